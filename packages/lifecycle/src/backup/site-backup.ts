import { rmSync } from "node:fs";
import type { Cloud, SiteRecord, Sites } from "@sluice/cloud";
import { type Clock, isSluiceError, SluiceError } from "@sluice/model";
import { HEAD_PROGRAM } from "../head-control.ts";
import { type LongOperation, reporter, unsupported } from "../operation.ts";
import { requireSite, siteFileOf, sitesOf } from "../site/operation.ts";
import { databaseStatus } from "../site/views.ts";
import { backupKey, errorSaid, fetchBackup } from "./backup-cluster.ts";
import { writeUnnamed } from "./folder.ts";
import { BACKUP_FORMAT } from "./manifest.ts";
import { identitiesIn, newBackupKey, recipientOf, sealed } from "./seal.ts";
import {
  dumpFiles,
  SITE_DUMPS,
  type SiteContents,
  type SiteDump,
  siteArchive,
} from "./site-archive.ts";
import { keepNewestOfSite, nameSiteBackup, siteBackupsIn } from "./site-folder.ts";
import type { SiteBackupMember, SiteBackupRecord, SiteManifest } from "./site-manifest.ts";
import type { ArchivedFile } from "./tar.ts";

export interface BackupSite extends LongOperation {
  readonly clock: Clock;
  /** Of this program. */
  readonly version: string;
  readonly folder: string;
  /** How many of this site stay in the folder; missing: all. */
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
 * Writes a backup of a site into a folder here: one of each cluster, and then the site's own file,
 * which names those. It is sealed here: the caller is whoever may read the site's secrets.
 *
 * Errors: `SITE_NOT_FOUND`, `UNSUPPORTED_BY_PROVIDER`, `SITE_DATABASE_AWAY`, `BACKUP_FAILED`, those of
 * `fetchBackup`, and of the file system. Backups of clusters that were made by then stay.
 */
export async function backupSite(operation: BackupSite): Promise<MadeSiteBackup> {
  const { cloud, name, folder, keep, version, clock } = operation;
  const record = await requireSite(cloud, name);
  const machine = await primaryOf(cloud, record);
  const clusters = siteFileOf(record).Clusters.map(({ Name }) => Name);
  const report = reporter(operation, "backup");
  const identities = await identitiesIn(await siteBackupKey(cloud, name));
  const recipients = await Promise.all(identities.map(recipientOf));
  const members: SiteBackupMember[] = [];
  // Before accounting: what that has and Slurm does not know is mended, the other way round is not.
  for (const cluster of clusters) {
    report("info", `cluster ${cluster}`);
    const { backup } = await fetchBackup({ ...within(operation), name: cluster, folder });
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
  const written = await writeUnnamed(folder, `${name}-site`, content);
  try {
    const backup = await nameSiteBackup(folder, written, { ...manifest, recipients });
    const removed = keep === undefined ? [] : keepNewestOfSite(folder, name, keep);
    return { folder, backup, removed };
  } finally {
    rmSync(written.path, { force: true });
  }
}

/** Those in a folder here, of one site. */
export function siteBackupsHere(folder: string, name: string) {
  return { folder, backups: siteBackupsIn(folder, name) };
}

/** The site's key for backups, made when there is none. A secret. Errors: `SITE_NOT_FOUND`. */
export async function siteBackupKey(cloud: Cloud, name: string): Promise<string> {
  await requireSite(cloud, name);
  const sites = sitesOf(cloud);
  if (sites.keepSecret === undefined) throw noBackups();
  const { identity, recipient } = await newBackupKey();
  return sites.keepSecret(name, KEY, `# public key: ${recipient}\n${identity}\n`);
}

async function contentsOf(
  cloud: Cloud,
  { name, text, clusters }: SiteRecord,
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
  return { siteFile: text, clusterFiles: clusters, secrets, clusterKeys };
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
