import { messageOf } from "@sluice/model";

/** `sluice-head setup | lead | daemon | gateway | update | ctl …`. What a verb does not need is not loaded. */
async function main(argv: readonly string[]): Promise<number> {
  const [verb, ...rest] = argv;
  switch (verb) {
    case "setup":
      return (await import("./setup/index.ts")).setup();
    case "daemon":
      await (await import("./daemon/index.ts")).daemon();
      return 0;
    case "gateway":
      await (await import("./gateway/index.ts")).gateway();
      return 0;
    case "worker":
      await (await import("./gateway/worker.ts")).worker(rest);
      return 0;
    case "update":
      await (await import("./update/index.ts")).update();
      return 0;
    case "lead":
      await (await import("./lead/index.ts")).lead();
      return 0;
    case "backup":
      return (await import("./backup/index.ts")).backup(rest);
    case "restore":
      return (await import("./backup/restore.ts")).restore(rest);
    case "site-setup":
      return (await import("./site/setup.ts")).siteSetup();
    case "site-database":
      await (await import("./site/database.ts")).siteDatabase();
      return 0;
    case "site-dump":
      return (await import("./site/dump.ts")).siteDump(rest);
    case "site-restore":
      return (await import("./site/restore.ts")).siteRestore(rest);
    case "site-backup":
      return (await import("./site/backup/index.ts")).siteBackup(rest);
    case "site-logs":
      await (await import("./site/managed/logs.ts")).siteLogs();
      return 0;
    case "site-ctl":
      return (await import("./site/ctl.ts")).siteCtl(rest);
    case "ctl":
      return (await import("./ctl.ts")).ctl(rest);
    default:
      process.stderr.write(
        "usage: sluice-head setup | lead | daemon | gateway | update | ctl VERB\n",
      );
      return 2;
  }
}

try {
  process.exitCode = await main(process.argv.slice(2));
} catch (error) {
  process.stderr.write(`sluice-head: ${messageOf(error)}\n`);
  process.exit(1);
}
