import {
  DATABASE_UNIT,
  mungeUnit,
  renderFence,
  SERVER_UNIT,
  SITE_BACKUP_UNIT,
  SITE_DATABASE_PORT,
  SITE_FENCE_UNIT,
  SITE_LAYOUT,
  type SiteIdentity,
  SLURMDBD_UNIT,
  siteUnits,
} from "@sluice/boot";
import { run } from "../run.ts";
import { isListening, until } from "../setup/services.ts";
import {
  installAll,
  makeFolders,
  readSecret,
  SERVER_START,
  serverIsUp,
  slurmdbdConf,
  slurmSecrets,
} from "./parts.ts";
import { siteServerFile } from "./server-file.ts";

/** A machine that has the site's database, or may have it, and finds its secrets where they belong. */
export async function prepareOwn(
  identity: SiteIdentity,
  say: (message: string) => Promise<void>,
): Promise<void> {
  const { databaseAddress, hasServer } = identity;
  makeFolders();
  installAll([
    ...slurmSecrets(readSecret),
    slurmdbdConf(identity),
    ...(hasServer
      ? [{ path: SITE_LAYOUT.serverFile, mode: 0o600, content: siteServerFile(identity) }]
      : []),
    mungeUnit(),
    ...siteUnits(),
    {
      path: SITE_LAYOUT.fence,
      mode: 0o755,
      content: renderFence({
        units: [DATABASE_UNIT, SLURMDBD_UNIT],
        again: [DATABASE_UNIT],
        until: SITE_LAYOUT.primaryUntil,
        uptime: "/proc/uptime",
      }),
    },
  ]);
  await run(["systemctl", "daemon-reload"]);
  await run(["systemctl", "start", "munge", SITE_FENCE_UNIT, DATABASE_UNIT, SITE_BACKUP_UNIT]);
  if (!hasServer) return;
  await say("waiting for the site's database");
  const isThere = () => isListening(databaseAddress, SITE_DATABASE_PORT);
  await until("sluice-database", isThere, SERVER_START);
  await say("starting the server");
  await run(["systemctl", "start", SERVER_UNIT]);
  await serverIsUp(identity);
}
