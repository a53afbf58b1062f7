import type { Cloud, SiteRecord, Sites } from "@sluice/cloud";
import { type Clock, isSluiceError, SluiceError } from "@sluice/model";
import { HEAD_PROGRAM } from "../head-control.ts";
import { type LongOperation, reporter, unsupported } from "../operation.ts";
import { requireSite, siteFileOf, sitesOf } from "../site/operation.ts";
import { databaseStatus } from "../site/views.ts";
import { backupKey, errorSaid, fetchBackup } from "./backup-cluster.ts";
import { BACKUP_FORMAT } from "./manifest.ts";
import { identitiesIn, newBackupKey, recipientOf, sealed } from "./seal.ts";
import {
  dumpFiles,
  SITE_DUMPS,
  type SiteContents,
  type SiteDump,
  siteArchive,
} from "./site-archive.ts";
import {
  parseSiteManifest,
  type SiteBackupMember,
  type SiteBackupRecord,
  type SiteManifest,
  siteBackupFile,
} from "./site-manifest.ts";
import { keepNewestOfSite, siteBackupsIn } from "./site-store.ts";
import type { BackupState } from "./state.ts";
import type { BackupStore } from "./store.ts";
import type { ArchivedFile } from "./tar.ts";

export interface BackupSite extends LongOperation {
  readonly clock: Clock;
  /** Of this program. */
  readonly version: string;
  readonly store: BackupStore;
  /** How many of this site stay there; missing: all. */
  readonly keep?: number;
}

export interface MadeSiteBackup {
  readonly folder: string;
  readonly backup: SiteBackupRecord;
  /** Older ones that went for it. */
  readonly removed: readonly string[];
}

/** Name of the cloud's secret with the key for a site's backups. */
const KEY = "backup.key";

/**
 * Writes a backup of a site into a place of the caller's: one of each cluster, and then the site's own file,
 * which names those. It is sealed here: the caller is whoever may read the site's secrets.
 *
 * Errors: `SITE_NOT_FOUND`, `UNSUPPORTED_BY_PROVIDER`, `SITE_DATABASE_AWAY`, `BACKUP_FAILED`, those of
 * `fetchBackup`, and of the place. Backups of clusters that were made by then stay.
 */
export async function backupSite(operation: BackupSite): Promise<MadeSiteBackup> {
  const { cloud, name, store, keep, version, clock } = operation;
  const record = await requireSite(cloud, name);
  const machine = await primaryOf(cloud, record);
  const clusters = siteFileOf(record).Clusters.map(({ Name }) => Name);
  const report = reporter(operation, "backup");
  const recipients = siteFileOf(record).Backup?.Recipients ?? (await ownRecipients(cloud, name));
  const members: SiteBackupMember[] = [];
  // Before accounting: what that has and Slurm does not know is mended, the other way round is not.
  for (const cluster of clusters) {
    report("info", `cluster ${cluster}`);
    const { backup } = await fetchBackup({
      ...{ ...within(operation), name: cluster, store, at: clock.now() },
    });
    members.push({ name: cluster, file: backup.file, sha256: backup.sha256 });
  }
  const manifest: SiteManifest = {
    ...{ format: BACKUP_FORMAT, siteName: name, createdAt: clock.now(), members },
    ...{ sluiceVersion: version, provider: record.provider },
  };
  report("info", "databases");
  const contents = await contentsOf(cloud, record, clusters);
  const dumps = allDumps(operation, machine, manifest.createdAt);
  const content = sealed(siteArchive(manifest, contents, dumps), recipients);
  const file = siteBackupFile(manifest);
  const backup = await store.write<SiteBackupRecord>({
    ...{ file, content },
    record: (written) => ({ ...manifest, recipients, file, ...written }),
  });
  const removed = keep === undefined ? [] : await keepNewestOfSite(store, name, keep);
  return { folder: store.name, backup, removed };
}

/** Those in a place of the caller's, of one site. */
export async function siteBackupsAt(store: BackupStore, name: string) {
  return { folder: store.name, backups: await siteBackupsIn(store, name) };
}

/**
 * Has the site make a backup of itself at once, where its file wants them; the machine that has the
 * database does it.
 *
 * Errors: `SITE_NOT_FOUND`, `SITE_DATABASE_AWAY`, `UNSUPPORTED_BY_PROVIDER`, `BACKUP_FAILED`.
 */
export async function backupSiteThere({
  cloud,
  name,
  signal,
}: Pick<LongOperation, "cloud" | "name" | "signal">): Promise<MadeSiteBackup> {
  const machine = await primaryOf(cloud, await requireSite(cloud, name));
  const argv = [HEAD_PROGRAM, "site-backup"];
  const options = signal === undefined ? {} : { signal };
  const { exitCode, stdout, stderr } = await sitesOf(cloud).exec(name, machine, argv, options);
  if (exitCode !== 0) throw errorSaid(stderr, "BACKUP_FAILED");
  const { folder, backup } = JSON.parse(stdout) as MadeSiteBackup;
  const parsed = { ...backup, ...parseSiteManifest(JSON.stringify(backup)) };
  return { folder, backup: parsed, removed: [] };
}

/** Those that a site has made by itself, as its machines see them. */
export interface OwnSiteBackups {
  readonly folder: string;
  /** Oldest first. */
  readonly backups: readonly SiteBackupRecord[];
  readonly isScheduled: boolean;
  readonly state: BackupState;
}

/**
 * Asks the machines of the site, one after the other, until one answers.
 *
 * Errors: `SITE_NOT_FOUND`; that of the last one: `UNSUPPORTED_BY_PROVIDER`, `BACKUP_FAILED`, and the cloud's.
 */
export async function siteBackups(
  cloud: Cloud,
  name: string,
  options: { readonly signal?: AbortSignal } = {},
): Promise<OwnSiteBackups> {
  const { machines } = await requireSite(cloud, name);
  const argv = [HEAD_PROGRAM, "site-backup", "--list"];
  let last: unknown = new SluiceError("BACKUP_FAILED", "system", `site ${name} has no machine`);
  for (const { node } of machines) {
    try {
      const { exitCode, stdout, stderr } = await sitesOf(cloud).exec(name, node, argv, options);
      if (exitCode !== 0) throw errorSaid(stderr, "BACKUP_FAILED");
      const found = JSON.parse(stdout) as OwnSiteBackups;
      const backups = found.backups.map((one) => ({
        ...one,
        ...parseSiteManifest(JSON.stringify(one)),
      }));
      return { ...found, backups };
    } catch (error) {
      last = error;
    }
  }
  throw last;
}

/** The site's key for backups, made when there is none. A secret. Errors: `SITE_NOT_FOUND`. */
export async function siteBackupKey(cloud: Cloud, name: string): Promise<string> {
  await requireSite(cloud, name);
  const sites = sitesOf(cloud);
  if (sites.keepSecret === undefined) throw noBackups();
  const { identity, recipient } = await newBackupKey();
  return sites.keepSecret(name, KEY, `# public key: ${recipient}\n${identity}\n`);
}

async function ownRecipients(cloud: Cloud, name: string): Promise<readonly string[]> {
  const identities = await identitiesIn(await siteBackupKey(cloud, name));
  return Promise.all(identities.map(recipientOf));
}

async function contentsOf(
  cloud: Cloud,
  { name, text, clusters, serverText }: SiteRecord,
  members: readonly string[],
): Promise<SiteContents> {
  const secrets = await sitesOf(cloud).secrets?.(name);
  if (secrets === undefined) throw noBackups();
  const clusterKeys: Record<string, string> = {};
  for (const cluster of members) {
    const key = await backupKey({ cloud, name: cluster }).catch((error: unknown) => {
      // Its backups are for others, who have their keys.
      if (isSluiceError(error) && error.code === "BACKUP_KEY_ELSEWHERE") return undefined;
      throw error;
    });
    if (key !== undefined) clusterKeys[cluster] = key;
  }
  return {
    ...{ siteFile: text, clusterFiles: clusters, secrets, clusterKeys },
    ...(serverText === undefined ? {} : { serverFile: serverText }),
  };
}

/** Errors: `SITE_DATABASE_AWAY`. */
export async function primaryOf(cloud: Cloud, { name, machines }: SiteRecord): Promise<string> {
  for (const { node } of machines) {
    if ((await databaseStatus(cloud, name, node))?.role === "primary") return node;
  }
  const message = `no machine of site ${name} has its database`;
  throw new SluiceError("SITE_DATABASE_AWAY", "system", message, {
    hint: `see how it is (sluice describe-site -n ${name}), then repeat`,
  });
}

async function* allDumps(
  operation: BackupSite,
  machine: string,
  createdAt: Date,
): AsyncGenerator<ArchivedFile> {
  for (const dump of SITE_DUMPS) {
    yield* dumpFiles(dump, sqlOf(operation, machine, dump), createdAt);
  }
}

/** What the machine writes, for as long as it is read. Errors: what it said. */
async function* sqlOf(
  { cloud, name, signal }: BackupSite,
  machine: string,
  dump: SiteDump,
): AsyncGenerator<Uint8Array> {
  const pipe = pipeOf(sitesOf(cloud));
  const { readable, writable } = new TransformStream<Uint8Array, Uint8Array>();
  const writer = writable.getWriter();
  const piped = pipe(name, machine, [HEAD_PROGRAM, "site-dump", dump], {
    ...(signal === undefined ? {} : { signal }),
    output: async (content) => {
      for await (const chunk of content) await writer.write(Uint8Array.from(chunk));
    },
  }).then(
    ({ exitCode, stderr }) =>
      exitCode === 0 ? writer.close() : writer.abort(errorSaid(stderr, "BACKUP_FAILED")),
    (error: unknown) => writer.abort(error),
  );
  piped.catch(() => {});
  yield* readable;
}

/** Errors: `UNSUPPORTED_BY_PROVIDER`. */
export function pipeOf(sites: Sites): NonNullable<Sites["pipe"]> {
  if (sites.pipe === undefined) throw noBackups();
  return sites.pipe;
}

function noBackups(): SluiceError {
  return unsupported(
    "this cloud can't carry a backup of a site",
    "back its clusters up one by one",
  );
}

function within({ cloud, signal }: BackupSite) {
  return { cloud, ...(signal === undefined ? {} : { signal }) };
}
