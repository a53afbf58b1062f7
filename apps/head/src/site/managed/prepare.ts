import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import {
  MACHINE_SECRETS,
  MANAGED_SITE_SECRETS,
  type MachineFile,
  type ManagedSiteSecret,
  managedSiteUnits,
  mungeUnit,
  SERVER_UNIT,
  SITE_LAYOUT,
  SITE_LOGS_UNIT,
  SITE_SECRETS,
  type SiteIdentity,
  SLURMDBD_PORT,
  SLURMDBD_UNIT,
} from "@sluice/boot";
import { isSluiceError, SluiceError } from "@sluice/model";
import { run } from "../../run.ts";
import { install, makeDirectory } from "../../setup/files.ts";
import { isListening, until } from "../../setup/services.ts";
import { systemClock } from "../../system-clock.ts";
import { clientFolder } from "../dump.ts";
import type { SeatedMachine } from "../identity.ts";
import { makeFolders, readSecret, serverIsUp, slurmdbdConf, slurmSecrets } from "../parts.ts";
import { siteServerFile } from "../server-file.ts";
import { databaseAuthority } from "./authority.ts";
import { type DatabaseAccounts, makeDatabases } from "./databases.ts";

/** Seconds that a database has which sleeps while nobody asks it. */
const DATABASE_WAKES = 180;

/** How lines of the hosts file end that are ours. */
const OF_SITE = "# of the site, by Sluice";

/** The secrets of a machine, by their names. */
type Brought = Readonly<Record<ManagedSiteSecret, Uint8Array>>;

/**
 * A machine of a site whose database is the cloud's, as is who it is and what it must keep secret. Done
 * again it restarts what has other files now.
 */
export async function prepareManaged(
  { identity, logs, secret }: SeatedMachine,
  say: (message: string) => Promise<void>,
): Promise<void> {
  const { database, hasServer, name, region = "", slurmdbd = [] } = identity;
  if (database === undefined) throw new TypeError(`${name} was told of no database`);
  makeFolders();
  makeDirectory(SITE_LAYOUT.secrets, 0o700);
  install({ path: SITE_LAYOUT.siteFile, mode: 0o644, content: `${JSON.stringify(identity)}\n` });
  nameMachines(identity);
  const secrets = await bring(secret, region);
  await ensureCertificate(identity);
  const isChanged = installed([...slurmSecrets(readSecret), slurmdbdConf(identity)]);
  await say("waiting for the site's database");
  await makeDatabasesPatiently({
    place: database,
    masterPassword: text(secrets.database),
    passwords: { slurm: text(secrets.slurmPassword), server: text(secrets.serverPassword) },
    folder: clientFolder(),
  });
  for (const file of [mungeUnit(), ...managedSiteUnits()]) install(file);
  await run(["systemctl", "daemon-reload"]);
  await run(["systemctl", "start", "munge", ...(logs === undefined ? [] : [SITE_LOGS_UNIT])]);
  if (slurmdbd.some((one) => one.name === name)) await runSlurmdbd(identity, isChanged);
  if (!hasServer) return;
  await say("starting the server");
  const file = { path: SITE_LAYOUT.serverFile, mode: 0o600, content: siteServerFile(identity) };
  await startOrRestart(SERVER_UNIT, installed([file]));
  await serverIsUp(identity);
}

async function makeDatabasesPatiently(accounts: DatabaseAccounts): Promise<void> {
  const deadline = Date.now() + DATABASE_WAKES * 1000;
  for (;;) {
    try {
      return await makeDatabases(accounts);
    } catch (error) {
      const isAway = isSluiceError(error) && error.code === "DATABASE_UNREACHABLE";
      if (!isAway || Date.now() > deadline) throw error;
    }
    await systemClock.sleep(2000);
  }
}

/** slurmdbd asks for the other one by its name, which no name server knows. */
function nameMachines({ name, slurmdbd = [] }: SiteIdentity): void {
  const lines = slurmdbd
    .filter((one) => one.name !== name)
    .map((one) => `${one.address} ${one.name} ${OF_SITE}`);
  const path = "/etc/hosts";
  const others = readFileSync(path, "utf8")
    .split("\n")
    .filter((line) => line !== "" && !line.endsWith(OF_SITE));
  install({ path, mode: 0o644, content: `${[...others, ...lines].join("\n")}\n` });
}

async function bring(secret: SeatedMachine["secret"], region: string): Promise<Brought> {
  const names = Object.keys(MANAGED_SITE_SECRETS) as ManagedSiteSecret[];
  const read = async (name: ManagedSiteSecret) => [name, await secret(name)] as const;
  const secrets = Object.fromEntries(await Promise.all(names.map(read))) as Brought;
  for (const name of names) {
    if (secrets[name].length === 0) throw missing(name);
    // It is asked for once, when there is something to make.
    if (name !== "database") keep(MANAGED_SITE_SECRETS[name], secrets[name]);
  }
  keep(SITE_SECRETS.authority, Buffer.from(await databaseAuthority({ region })));
  return secrets;
}

function keep(file: string, content: Uint8Array): void {
  install({ path: join(SITE_LAYOUT.secrets, file), mode: 0o600, content });
}

function text(secret: Uint8Array): string {
  return Buffer.from(secret).toString().trim();
}

function missing(name: ManagedSiteSecret): SluiceError {
  return new SluiceError("SECRET_MISSING", "system", `the site's secret ${name} is empty`, {
    hint: "give it a value in Secrets Manager, then make the machine anew",
  });
}

/** By which the balancer reaches the server; it asks for none in particular. */
async function ensureCertificate({ name, address }: SiteIdentity): Promise<void> {
  const [certificate, key] = [MACHINE_SECRETS.certificate, MACHINE_SECRETS.key].map((file) =>
    join(SITE_LAYOUT.secrets, file),
  ) as [string, string];
  if (existsSync(certificate)) return;
  await run([
    ...["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1"],
    ...["-nodes", "-days", "3650", "-subj", `/CN=${name}`],
    ...["-addext", `subjectAltName=DNS:${name},IP:${address}`],
    ...["-keyout", key, "-out", `${certificate}.new`],
  ]);
  await run(["mv", `${certificate}.new`, certificate]);
}

/** The first of two answers once it is up; the other one waits until it is missing. */
async function runSlurmdbd({ name, address, slurmdbd = [] }: SiteIdentity, isChanged: boolean) {
  await startOrRestart(SLURMDBD_UNIT, isChanged);
  if (slurmdbd[0]?.name !== name) return;
  await until("slurmdbd", () => isListening(address, SLURMDBD_PORT));
}

async function startOrRestart(unit: string, isChanged: boolean): Promise<void> {
  await run(["systemctl", isChanged ? "restart" : "start", unit]);
}

/** Whether any was not there as it is to be. */
function installed(files: readonly MachineFile[]): boolean {
  let isChanged = false;
  for (const file of files) {
    const was = existsSync(file.path) ? readFileSync(file.path) : undefined;
    isChanged ||= was === undefined || !was.equals(Buffer.from(file.content));
    install(file);
  }
  return isChanged;
}
