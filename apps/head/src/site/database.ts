import { mkdirSync, renameSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import {
  MACHINE_SECRETS,
  SITE_DATABASE_PORT,
  SITE_DATABASES,
  SITE_LAYOUT,
  SITE_SECRETS,
  type SiteIdentity,
  SLURMDBD_UNIT,
} from "@sluice/boot";
import { databaseFolder, keepReplicatedDatabase } from "@sluice/database";
import { listen } from "../lead/control.ts";
import { uptimeClock } from "../lead/uptime.ts";
import { run } from "../run.ts";
import { buildDatabaseControl } from "./control.ts";
import { openSiteCloud, readSiteIdentity } from "./identity.ts";

const secret = (name: string): string => join(SITE_LAYOUT.secrets, name);

/** This machine's part in the site's database, until it is told to end. */
export async function siteDatabase(): Promise<void> {
  const identity = readSiteIdentity();
  await using cloud = await openSiteCloud(identity);
  const { leadership } = cloud;
  if (leadership === undefined) throw new TypeError(`${identity.name} has no database of its own`);
  const over = new AbortController();
  process.once("SIGTERM", () => over.abort());
  const say = (text: string): void => void process.stderr.write(`${text}\n`);
  const kept = keepReplicatedDatabase({
    name: identity.name,
    peers: identity.peers.map(({ name, address }) => ({
      name,
      host: address,
      port: SITE_DATABASE_PORT,
    })),
    folder: folderOf(identity),
    leadership,
    clock: uptimeClock,
    onHeldUntil: writeUntil,
    // What was connected to a former primary begins anew.
    onPrimary: () => run(["systemctl", "restart", SLURMDBD_UNIT]).then(() => {}),
    onOver: async () => {
      await run(["systemctl", "kill", "--signal=KILL", SLURMDBD_UNIT]).catch(() => {});
      await run(["systemctl", "stop", SLURMDBD_UNIT]);
    },
    onEvent: say,
    onError: (error) => say(String(error)),
  });
  const control = buildDatabaseControl(kept);
  await listen(control, SITE_LAYOUT.databaseSocket);
  await kept.run(over.signal);
  await control.close();
}

function folderOf(identity: SiteIdentity) {
  return databaseFolder({
    name: identity.name,
    folder: SITE_LAYOUT.database,
    // The machine has no other network than the site's, and the common address comes and goes.
    listen: ["0.0.0.0"],
    serverId: identity.number,
    tls: {
      authorityFile: secret(SITE_SECRETS.authority),
      certificateFile: secret(MACHINE_SECRETS.certificate),
      keyFile: secret(MACHINE_SECRETS.key),
    },
    replicationPasswordFile: secret(SITE_SECRETS.replication),
    accounts: [
      {
        user: SITE_DATABASES.slurm.user,
        passwordFile: secret(SITE_SECRETS.slurmPassword),
        databases: [SITE_DATABASES.slurm.database],
      },
      {
        user: SITE_DATABASES.server.user,
        passwordFile: secret(SITE_SECRETS.serverPassword),
        databases: [SITE_DATABASES.server.database],
      },
    ],
    now: () => new Date(),
  });
}

/** For the dead man's switch, which reads it at any moment. */
function writeUntil(until: number): void {
  const path = SITE_LAYOUT.primaryUntil;
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(`${path}.new`, `${Math.floor(until)}\n`);
  renameSync(`${path}.new`, path);
}
