import { readFileSync } from "node:fs";
import { join } from "node:path";
import {
  DATABASE_UNIT,
  mungeUnit,
  renderFence,
  SERVER_UNIT,
  SITE_DATABASES,
  SITE_FENCE_UNIT,
  SITE_LAYOUT,
  SITE_SECRETS,
  SITE_SERVER_PORT,
  type SiteIdentity,
  SLURMDBD_UNIT,
  siteUnits,
} from "@sluice/boot";
import { isSluiceError, messageOf } from "@sluice/model";
import { renderSlurmdbdConf } from "@sluice/slurm";
import { run } from "../run.ts";
import { install, makeDirectory } from "../setup/files.ts";
import { isListening, until } from "../setup/services.ts";
import { openSiteCloud, readSiteIdentity } from "./identity.ts";
import { siteServerFile } from "./server-file.ts";

/** Exit code of a set-up that failed and has told the cloud why. */
const FAILED_AND_REPORTED = 3;

/** Seconds that the first server takes, which makes the tables. */
const SERVER_START = 120;

/**
 * Makes a machine of a site out of a fresh one and its volume; run at every boot. Every step finds
 * what is there already. Returns the exit code.
 */
export async function siteSetup(): Promise<number> {
  const identity = readSiteIdentity();
  await using cloud = await openSiteCloud(identity);
  const { signal } = cloud;
  try {
    await prepare(identity, (message) => signal.report("progress", message).catch(() => {}));
    await signal.report("ready", `${identity.name} is ready`);
    return 0;
  } catch (error) {
    const hint = isSluiceError(error) && error.hint !== undefined ? ` (${error.hint})` : "";
    await signal.report("failed", `${messageOf(error)}${hint}`);
    process.stderr.write(`sluice-head: ${messageOf(error)}\n`);
    return FAILED_AND_REPORTED;
  }
}

async function prepare(
  identity: SiteIdentity,
  say: (message: string) => Promise<void>,
): Promise<void> {
  makeDirectory(SITE_LAYOUT.volume, 0o711);
  makeDirectory(SITE_LAYOUT.logs, 0o755, "slurm");
  makeDirectory(SITE_LAYOUT.run, 0o750);
  makeDirectory("/run/munge", 0o755, "munge");
  installSecrets();
  install({
    path: join(SITE_LAYOUT.slurmEtc, "slurmdbd.conf"),
    mode: 0o600,
    owner: "slurm",
    content: slurmdbdConf(identity),
  });
  if (identity.hasServer) {
    install({ path: SITE_LAYOUT.serverFile, mode: 0o600, content: siteServerFile(identity) });
  }
  for (const file of [mungeUnit(), ...siteUnits()]) install(file);
  install({
    path: SITE_LAYOUT.fence,
    mode: 0o755,
    content: renderFence({
      units: [DATABASE_UNIT, SLURMDBD_UNIT],
      again: [DATABASE_UNIT],
      until: SITE_LAYOUT.primaryUntil,
      uptime: "/proc/uptime",
    }),
  });
  await run(["systemctl", "daemon-reload"]);
  await run(["systemctl", "start", "munge", SITE_FENCE_UNIT, DATABASE_UNIT]);
  if (!identity.hasServer) return;
  await say("waiting for the site's database");
  await until(DATABASE_UNIT, () => isListening(identity.databaseAddress, 3306), SERVER_START);
  await say("starting the server");
  await run(["systemctl", "start", SERVER_UNIT]);
  await until(SERVER_UNIT, () => isListening(identity.address, SITE_SERVER_PORT), SERVER_START);
}

/** munged and slurmdbd insist on owning what they read. */
function installSecrets(): void {
  const read = (name: string): Buffer => readFileSync(join(SITE_LAYOUT.secrets, name));
  const munge = read(SITE_SECRETS.munge);
  install({ path: "/etc/munge/munge.key", content: munge, mode: 0o400, owner: "munge" });
  const jwt = read(SITE_SECRETS.jwt);
  install({ path: SITE_LAYOUT.jwtKey, content: jwt, mode: 0o600, owner: "slurm" });
  install({ path: SITE_LAYOUT.authority, content: read(SITE_SECRETS.authority), mode: 0o644 });
}

/** The database is where slurmdbd is; the other machines' wait. */
function slurmdbdConf({ databaseAddress }: SiteIdentity): string {
  const { user, database } = SITE_DATABASES.slurm;
  const password = readFileSync(join(SITE_LAYOUT.secrets, SITE_SECRETS.slurmPassword), "utf8");
  return renderSlurmdbdConf({
    host: "localhost",
    storage: { host: databaseAddress, database, user, password: password.trim() },
    logFile: `${SITE_LAYOUT.logs}/slurmdbd.log`,
    jwtKey: SITE_LAYOUT.jwtKey,
    customSettings: {
      PidFile: "/run/slurmdbd/slurmdbd.pid",
      StorageParameters: `SSL_CA=${SITE_LAYOUT.authority}`,
    },
  });
}
