import { mariadbConf } from "@sluice/boot";
import { accountingOf } from "../accounting.ts";
import type { HeadContext } from "../context.ts";
import { run } from "../run.ts";
import { ensureAccountingDatabase, ensureDataDirectory, giveToMariadb } from "./database.ts";
import { install } from "./files.ts";
import { start } from "./services.ts";

/**
 * Has slurmdbd and its database run on this head as far as the cluster file has them here, and not
 * as far as it has them elsewhere. What an own database holds stays on the volume.
 */
export async function ensureAccounting(
  context: HeadContext,
  databasePassword: string,
  say: (message: string) => Promise<void> | void,
): Promise<void> {
  const { Os } = context.config.Image;
  const accounting = accountingOf(context);
  if (accounting === "own") {
    await say("starting MariaDB");
    install(mariadbConf(Os));
    ensureDataDirectory();
    await giveToMariadb();
    await start("mariadb");
    await ensureAccountingDatabase(databasePassword, Os);
  } else await run(["systemctl", "stop", "mariadb"]);
  if (accounting === "slurmdbd") await run(["systemctl", "stop", "slurmdbd"]);
  else {
    await say("starting slurmdbd");
    await start("slurmdbd");
  }
}
