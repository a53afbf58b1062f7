import { SITE_LAYOUT } from "@sluice/boot";
import type { Cloud, SiteMachineBackups, SiteRecord } from "@sluice/cloud";
import { dumpDatabases } from "@sluice/database";
import { backupCluster } from "@sluice/lifecycle";
import {
  type ArchivedFile,
  BACKUP_FORMAT,
  type BackupStore,
  backupsIn,
  dumpFiles,
  keepNewestOfSite,
  SITE_DUMPS,
  type SiteBackupMember,
  type SiteBackupRecord,
  type SiteContents,
  type SiteDump,
  type SiteManifest,
  sealed,
  siteArchive,
  siteBackupFile,
} from "@sluice/lifecycle/backup";
import { messageOf } from "@sluice/model";
import { VERSION } from "../../version.ts";
import { clientFolder, siteDatabaseNamed } from "../dump.ts";
import { type KeyMemory, clusterKeys as keysOf } from "./cluster-keys.ts";

export interface MakeSiteBackup {
  readonly cloud: Cloud;
  readonly backups: Pick<SiteMachineBackups, "sealedSecrets" | "tell">;
  readonly record: SiteRecord;
  /** Of the clusters that are in the site's file. */
  readonly clusters: readonly string[];
  /** This machine and the heads reach it by the same name. */
  readonly store: BackupStore;
  readonly keep: number;
  readonly keys: KeyMemory;
  readonly now: () => Date;
  /** SQL of a database; for tests. */
  readonly dump?: (dump: SiteDump) => AsyncIterable<Uint8Array>;
  readonly signal?: AbortSignal;
}

/**
 * A backup of the site as `backupSite` makes it, made by a machine of the site: heads put theirs beside
 * it by themselves. A cluster that can't be backed up now goes in as it was when it last could, and an
 * event says so.
 *
 * Errors: `BACKUP_FAILED` and those of the store; of a cluster of which there is no backup at all.
 */
export async function makeSiteBackup(options: MakeSiteBackup): Promise<SiteBackupRecord> {
  const { backups, record, clusters, store, keep, now, dump = sqlOf } = options;
  // Before accounting: what that has and Slurm does not know is mended, the other way round is not.
  const members: SiteBackupMember[] = [];
  for (const name of clusters) members.push(await memberOf(options, name));
  const clusterKeys = await keysOf(options.cloud, clusters, options.keys);
  const { recipients, sealed: sealedSecrets } = await backups.sealedSecrets();
  const { text: siteFile, clusters: clusterFiles, serverText } = record;
  const contents: SiteContents = {
    ...{ siteFile, clusterFiles, clusterKeys, sealedSecrets, secrets: {} },
    ...(serverText === undefined ? {} : { serverFile: serverText }),
  };
  const manifest: SiteManifest = {
    ...{ format: BACKUP_FORMAT, siteName: record.name, createdAt: now(), members },
    ...{ sluiceVersion: VERSION, provider: record.provider },
  };
  const dumps = async function* (): AsyncGenerator<ArchivedFile> {
    for (const one of SITE_DUMPS) yield* dumpFiles(one, dump(one), manifest.createdAt);
  };
  const file = siteBackupFile(manifest);
  const made = await store.write<SiteBackupRecord>({
    file,
    content: sealed(siteArchive(manifest, contents, dumps()), recipients),
    record: (written) => ({ ...manifest, recipients, file, ...written }),
  });
  await keepNewestOfSite(store, record.name, keep);
  return made;
}

async function memberOf(
  { cloud, backups, store, signal }: MakeSiteBackup,
  name: string,
): Promise<SiteBackupMember> {
  const options = { cloud, name, place: store.name, ...(signal === undefined ? {} : { signal }) };
  try {
    const { file, sha256 } = (await backupCluster(options)).backup;
    return { name, file, sha256 };
  } catch (error) {
    const last = (await backupsIn(store, name)).at(-1);
    if (last === undefined || signal?.aborted === true) throw error;
    const then = last.createdAt.toISOString();
    const what = `cluster ${name} can't be backed up: ${messageOf(error)}; it is taken as of ${then}`;
    await backups.tell("failed", what);
    return { name, file: last.file, sha256: last.sha256 };
  }
}

async function* sqlOf(dump: SiteDump): AsyncGenerator<Uint8Array> {
  const { name, ...address } = siteDatabaseNamed(dump);
  const made = await dumpDatabases({
    address,
    certificateAuthorityFile: SITE_LAYOUT.authority,
    databases: [name],
    folder: clientFolder(),
  });
  yield* made.stream as AsyncIterable<Uint8Array>;
  await made.done;
}
