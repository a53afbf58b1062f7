import type { Cloud, SiteRecord } from "@sluice/cloud";
import { findingsError, parseStoredSiteFile, SluiceError } from "@sluice/model";
import { errorSaid } from "../backup/backup-cluster.ts";
import { type CheckedBackup, checkBackup } from "../backup/check-backup.ts";
import { type RestoredCluster, restoreCluster } from "../backup/restore-cluster.ts";
import { identitiesIn } from "../backup/seal.ts";
import {
  type CheckedSiteBackup,
  checkSiteBackup,
  dumpIn,
  SITE_DUMPS,
} from "../backup/site-archive.ts";
import { pipeOf, primaryOf } from "../backup/site-backup.ts";
import type { SiteManifest } from "../backup/site-manifest.ts";
import { requireMembers } from "../backup/site-store.ts";
import type { BackupStore } from "../backup/store.ts";
import { HEAD_PROGRAM } from "../head-control.ts";
import { interrupted, type LongOperation, reporter } from "../operation.ts";
import { freeSites, optionsOf, requestOf, takeDown } from "./create-site.ts";
import { federate } from "./federation.ts";
import { memberOf, type SiteOperation, sitesOf } from "./operation.ts";
import { type SiteSummary, siteSummary } from "./views.ts";

export interface RestoreSite extends LongOperation {
  /** With the site's backup and those of its clusters. */
  readonly store: BackupStore;
  /** Name of the site's backup there. */
  readonly file: string;
  readonly identities: readonly string[];
}

export interface RestoredSite {
  readonly site: SiteSummary;
  readonly backup: SiteManifest;
  readonly clusters: readonly RestoredCluster[];
}

/** Units that use the databases, on machines of a site. */
const SERVER = "sluice-server.service";
const SLURMDBD = "slurmdbd.service";

/**
 * Makes a site out of a backup, where none of its name is: its secrets, its databases, its clusters.
 * Every byte of the backup and of those of its clusters is looked at before anything is made; when
 * anything fails then, all of it is taken down again.
 *
 * Errors: `SITE_EXISTS`, `CLUSTER_EXISTS`, `BACKUP_FOREIGN`, `BACKUP_KEY_WRONG`, `BACKUP_DAMAGED`,
 * `BACKUP_MEMBER_MISSING`, those of `createSite` and `restoreCluster`.
 */
export async function restoreSite(operation: RestoreSite): Promise<RestoredSite> {
  const { cloud, name, signal } = operation;
  const checked = await looked(operation);
  const site = operationOf(operation, checked);
  const sites = await freeSites(site);
  pipeOf(sites);
  const request = { ...requestOf(site), secrets: checked.contents.secrets };
  await sites.plan(request);
  if (signal?.aborted) throw interrupted(`restoring site ${name}`, "nothing was made");
  const made: string[] = [];
  try {
    const record = await sites.apply(request, optionsOf(site));
    await fillDatabases(operation, record);
    const clusters: RestoredCluster[] = [];
    for (const member of checked.members) {
      signal?.throwIfAborted();
      made.push(member.name);
      clusters.push(await restoreMember(site, member, record));
    }
    if (site.site.Federation !== undefined) await federate(site, site.site.Federation, made);
    return { site: await siteSummary(cloud, name), backup: checked.manifest, clusters };
  } catch (error) {
    await takeDown(site, sites, made);
    if (!signal?.aborted) throw error;
    throw interrupted(`restoring site ${name}`, "what was made is taken down again", error);
  }
}

interface Member {
  readonly name: string;
  readonly checked: CheckedBackup;
  readonly content: () => AsyncIterable<Uint8Array>;
  readonly identities: readonly string[];
}

/** All of a backup, with those of the clusters. */
async function looked({ name, store, file, identities }: RestoreSite) {
  const { manifest, contents } = await checkSiteBackup(store.read(file), identities);
  if (manifest.siteName !== name) {
    const message = `the backup is of site ${manifest.siteName}, not of ${name}`;
    throw new SluiceError("BACKUP_FOREIGN", "user", message, {
      hint: `restore it as ${manifest.siteName}`,
    });
  }
  await requireMembers(store, manifest.members);
  const members: Member[] = [];
  for (const member of manifest.members) {
    const content = () => store.read(member.file);
    const own = contents.clusterKeys[member.name];
    const keys = [...identities, ...(own === undefined ? [] : await identitiesIn(own))];
    const checked = await checkBackup(content(), keys);
    members.push({ name: member.name, checked, content, identities: keys });
  }
  return { manifest, contents, members };
}

function operationOf(operation: RestoreSite, { contents }: CheckedSiteBackup): SiteOperation {
  const parsed = parseStoredSiteFile(contents.siteFile, "the backup's site file");
  if (!parsed.ok) throw findingsError(parsed.findings);
  const { cloud, clock, name, onProgress, signal } = operation;
  return {
    ...{ cloud, clock, name, site: parsed.config },
    ...{ siteText: contents.siteFile, clusterTexts: contents.clusterFiles },
    ...(contents.serverFile === undefined ? {} : { serverText: contents.serverFile }),
    ...(onProgress === undefined ? {} : { onProgress }),
    ...(signal === undefined ? {} : { signal }),
  };
}

/** Nobody uses them meanwhile: servers and slurmdbd find what was restored, or nothing. */
async function fillDatabases(operation: RestoreSite, record: SiteRecord): Promise<void> {
  const { cloud, name, store, file, identities, signal } = operation;
  const report = reporter(operation, "databases");
  report("started", "what the servers and accounting knew");
  const { hasServer, on } = await unitsOf(cloud, record);
  for (const { node } of record.machines) await on(node, "stop", SERVER, SLURMDBD);
  const primary = await primaryOf(cloud, record);
  for (const dump of SITE_DUMPS) {
    const { exitCode, stderr } = await pipeOf(sitesOf(cloud))(
      name,
      primary,
      [HEAD_PROGRAM, "site-restore", dump],
      {
        input: dumpIn(store.read(file), identities, dump),
        output: async (content) => {
          for await (const _ of content);
        },
        ...(signal === undefined ? {} : { signal }),
      },
    );
    if (exitCode !== 0) throw errorSaid(stderr, "RESTORE_FAILED");
  }
  await on(primary, "start", SLURMDBD);
  for (const node of hasServer) await on(node, "start", SERVER);
  report("done", "loaded");
}

async function unitsOf(cloud: Cloud, { name, machines }: SiteRecord) {
  const systemctl = (node: string, ...words: readonly string[]) =>
    sitesOf(cloud).exec(name, node, ["systemctl", ...words]);
  const hasServer: string[] = [];
  for (const { node } of machines) {
    const { exitCode } = await systemctl(node, "is-active", "--quiet", SERVER);
    if (exitCode === 0) hasServer.push(node);
  }
  const on = async (node: string, verb: "start" | "stop", ...units: readonly string[]) => {
    const { exitCode, stderr } = await systemctl(node, verb, ...units);
    if (exitCode === 0) return;
    const why = `${node} can't ${verb} ${units.join(", ")}: ${stderr.trim()}`;
    throw new SluiceError("RESTORE_FAILED", "system", why);
  };
  return { hasServer, on };
}

async function restoreMember(
  operation: SiteOperation,
  { name, checked, content, identities }: Member,
  { facts }: SiteRecord,
): Promise<RestoredCluster> {
  const { cloud, clock, onProgress, signal, name: site } = operation;
  const { config, text } = memberOf(operation, name, facts);
  const restored = await restoreCluster({
    ...{ cloud, clock, name, site, checked, content, identities },
    ...{ config, configText: text, replace: false },
    ...(signal === undefined ? {} : { signal }),
    onProgress: (progress) =>
      onProgress?.({ ...progress, resource: `${name} ${progress.resource}` }),
  });
  // Jobs that began between the backups of the queue and of accounting: Slurm's own repair ends them.
  const argv = ["sacctmgr", "--immediate", "show", "runawayjobs"];
  await cloud.shell.exec(name, { argv, user: "root" });
  return restored;
}
