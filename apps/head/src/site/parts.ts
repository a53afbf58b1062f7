import { readFileSync } from "node:fs";
import { join } from "node:path";
import {
  type MachineFile,
  SITE_DATABASES,
  SITE_LAYOUT,
  SITE_SECRETS,
  SITE_SERVER_PORT,
  type SiteIdentity,
} from "@sluice/boot";
import { renderSlurmdbdConf } from "@sluice/slurm";
import { install, makeDirectory } from "../setup/files.ts";
import { isListening, until } from "../setup/services.ts";

/** Seconds that the first server takes, which makes the tables. */
export const SERVER_START = 120;

export function makeFolders(): void {
  makeDirectory(SITE_LAYOUT.volume, 0o711);
  makeDirectory(SITE_LAYOUT.logs, 0o755, "slurm");
  makeDirectory(SITE_LAYOUT.run, 0o750);
  makeDirectory("/run/munge", 0o755, "munge");
}

/** munged and slurmdbd insist on owning what they read. */
export function slurmSecrets(
  read: (name: "munge" | "jwt" | "authority") => Uint8Array,
): readonly MachineFile[] {
  return [
    { path: "/etc/munge/munge.key", content: read("munge"), mode: 0o400, owner: "munge" },
    { path: SITE_LAYOUT.jwtKey, content: read("jwt"), mode: 0o600, owner: "slurm" },
    { path: SITE_LAYOUT.authority, content: read("authority"), mode: 0o644 },
  ];
}

/** `SITE_SECRETS` of this machine, once it has them. */
export function readSecret(name: keyof typeof SITE_SECRETS): Buffer {
  return readFileSync(join(SITE_LAYOUT.secrets, SITE_SECRETS[name]));
}

/**
 * The database is where slurmdbd is, and the other machines' wait. Where the database is nobody's, two
 * slurmdbd are each other's stand-by: by their host names they know which of the two they are.
 */
export function slurmdbdConf({
  databaseAddress,
  database: managed,
  slurmdbd = [],
}: SiteIdentity): MachineFile {
  const { user, database } = SITE_DATABASES.slurm;
  const [first, second] = slurmdbd;
  const content = renderSlurmdbdConf({
    host: first?.name ?? "localhost",
    storage: {
      host: databaseAddress,
      ...(managed === undefined ? {} : { port: managed.port }),
      ...{ database, user, password: readSecret("slurmPassword").toString().trim() },
    },
    logFile: `${SITE_LAYOUT.logs}/slurmdbd.log`,
    jwtKey: SITE_LAYOUT.jwtKey,
    customSettings: {
      ...(second === undefined ? {} : { DbdBackupHost: second.name }),
      PidFile: "/run/slurmdbd/slurmdbd.pid",
      StorageParameters: `SSL_CA=${SITE_LAYOUT.authority}`,
    },
  });
  return {
    path: join(SITE_LAYOUT.slurmEtc, "slurmdbd.conf"),
    mode: 0o600,
    owner: "slurm",
    content,
  };
}

export function installAll(files: readonly MachineFile[]): void {
  for (const file of files) install(file);
}

/** Resolves when the server takes connections. */
export function serverIsUp({ address }: SiteIdentity): Promise<void> {
  return until("sluice-server", () => isListening(address, SITE_SERVER_PORT), SERVER_START);
}
