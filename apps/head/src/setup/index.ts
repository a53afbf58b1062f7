import { mkdirSync } from "node:fs";
import {
  addUsersScript,
  HEAD_LAYOUT,
  type HEAD_SERVICES,
  headHooks,
  headUnits,
  mariadbConf,
} from "@sluice/boot";
import { isSluiceError, messageOf, SluiceError } from "@sluice/model";
import { type HeadContext, readContext } from "../context.ts";
import { run } from "../run.ts";
import { ensureAccountingDatabase, ensureDataDirectory } from "./database.ts";
import { install, makeDirectory } from "./files.ts";
import { ensureSecrets } from "./secrets.ts";
import { slurmFiles } from "./slurm-files.ts";

/**
 * Makes a head out of a fresh machine and the volume: run by cloud-init at every boot of a head
 * machine, the first of a cluster or a later one. Every step finds what is there already, so it may
 * be killed and run again. Tells the cloud how it ended.
 */
export async function setup(): Promise<void> {
  const context = await readContext();
  const report = context.cloud.signal.report.bind(context.cloud.signal);
  try {
    await prepare(context, (message) => report("progress", message).catch(() => {}));
    await report("ready", "the head is ready");
  } catch (error) {
    const hint = isSluiceError(error) && error.hint !== undefined ? ` (${error.hint})` : "";
    await report("failed", `${messageOf(error)}${hint}`);
    throw error;
  }
}

async function prepare(
  context: HeadContext,
  say: (message: string) => Promise<void>,
): Promise<void> {
  await run(["sh", "-c", SYSTEM_USERS]);
  await run(["sh", "-c", addUsersScript(context.config.Users)]);
  for (const user of context.config.Users) makeDirectory(`/home/${user.Name}`, 0o750, user.Name);
  makeFolders();
  const { databasePassword } = await ensureSecrets(context.address);
  for (const file of [...headUnits(), ...headHooks(), mariadbConf()]) install(file);
  for (const file of await slurmFiles(context, databasePassword)) install(file);
  ensureDataDirectory();
  await run(["chown", "-R", "mysql:mysql", HEAD_LAYOUT.mysql]);
  await run(["systemctl", "daemon-reload"]);

  await say("starting MariaDB");
  await start("munge", "mariadb");
  await ensureAccountingDatabase(databasePassword);
  await say("starting slurmdbd");
  await start("slurmdbd");
  await ensureAccounts(context);
  await say("starting slurmctld");
  await start("slurmctld", "slurmrestd");
  await until("slurmctld", () => run(["scontrol", "ping"]).then((text) => / UP/.test(text)));
  await say("starting the node manager");
  await start("sluice-head");
  await until("sluice-head", () => run([HEAD_LAYOUT.program, "ctl", "fleet"]).then(() => true));
}

const SYSTEM_USERS = `grep -q '^slurmrestd:' /etc/passwd || {
  echo 'slurmrestd:x:64031:64031::/nonexistent:/usr/sbin/nologin' >> /etc/passwd
  echo 'slurmrestd:x:64031:' >> /etc/group
}`;

function makeFolders(): void {
  makeDirectory(HEAD_LAYOUT.volume, 0o755);
  makeDirectory(HEAD_LAYOUT.stateSave, 0o700, "slurm");
  makeDirectory(HEAD_LAYOUT.logs, 0o755, "slurm");
  makeDirectory("/run/munge", 0o755, "munge");
  mkdirSync(HEAD_LAYOUT.slurmEtc, { recursive: true });
  makeDirectory(HEAD_LAYOUT.run, 0o750);
}

async function start(...services: (typeof HEAD_SERVICES)[number][]): Promise<void> {
  try {
    await run(["systemctl", "start", ...services]);
  } catch (error) {
    for (const service of services) await explain(service, error);
    throw error;
  }
}

/** Throws what the service itself said last, when it is the one that is not there. */
async function explain(service: string, cause: unknown): Promise<void> {
  const state = await run([
    "systemctl",
    "show",
    "--value",
    "--property=ActiveState",
    service,
  ]).catch(() => "");
  if (state.trim() === "active") return;
  // Only what the service's own processes said, not what systemd says of them.
  const own = `_SYSTEMD_UNIT=${service}.service`;
  const log = await run([
    "journalctl",
    own,
    "--lines",
    "20",
    "--output",
    "cat",
    "--no-pager",
  ]).catch(() => "");
  const lines = log.trim().split("\n");
  const line = lines.findLast((text) => /fatal|error/i.test(text)) ?? lines.at(-1);
  throw new SluiceError(
    "SERVICE_NOT_STARTED",
    "system",
    `${service} did not start: ${line || "it gave no reason"}`,
    { cause },
  );
}

/** Services are up when they answer, which is later than when they are started. */
async function until(service: string, isUp: () => Promise<boolean>, seconds = 45): Promise<void> {
  const deadline = Date.now() + seconds * 1000;
  for (;;) {
    if (await isUp().catch(() => false)) return;
    if (Date.now() > deadline) {
      await explain(service, undefined);
      throw new SluiceError(
        "SERVICE_NOT_STARTED",
        "system",
        `${service} runs but did not answer within ${seconds} s`,
      );
    }
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

/** The cluster, one account and its users in slurmdbd, so that sreport knows whose job it was. */
async function ensureAccounts(context: HeadContext): Promise<void> {
  const sacctmgr = (...words: string[]): Promise<string> =>
    run(["sacctmgr", "--immediate", "--quiet", ...words]);
  const cluster = context.clusterName.toLowerCase();
  await until("slurmdbd", () =>
    run(["sacctmgr", "--noheader", "show", "cluster"]).then(() => true),
  );
  const known = await run([
    "sacctmgr",
    "--noheader",
    "--parsable2",
    "show",
    "associations",
    "format=cluster,account,user",
  ]);
  const has = (account: string, user: string): boolean =>
    known.split("\n").includes(`${cluster}|${account}|${user}`);
  if (!has("root", "")) await sacctmgr("add", "cluster", cluster);
  if (!has("users", ""))
    await sacctmgr(
      "add",
      "account",
      "users",
      `cluster=${cluster}`,
      "description=cluster users",
      "organization=sluice",
    );
  const missing = context.config.Users.map((user) => user.Name).filter(
    (name) => !has("users", name),
  );
  if (missing.length > 0)
    await sacctmgr("add", "user", missing.join(","), "account=users", `cluster=${cluster}`);
}
