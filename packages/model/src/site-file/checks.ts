import { backups } from "../checks/backup.ts";
import { type Check, repeated } from "../checks/check.ts";
import { privateRange } from "../checks/cidr.ts";
import { efsMountOptions, efsSettings } from "../checks/efs.ts";
import {
  existingLustre,
  lustreBackups,
  lustreCapacity,
  lustreDeployment,
  lustreDisks,
  lustreRepositories,
} from "../checks/fsx-lustre.ts";
import { schemaProblem } from "../checks/keys.ts";
import { encryptionKeys } from "../checks/kms.ts";
import { mountDirs } from "../checks/mount-dirs.ts";
import { foreignKeysOf, foreignValues } from "../checks/provider.ts";
import {
  deletionPolicies,
  homeOnFileCache,
  sharedStorageNames,
  storageSettings,
} from "../checks/shared-storage.ts";
import { tags } from "../checks/tags.ts";
import { controlCharacters } from "../checks/text.ts";
import { users } from "../checks/users.ts";
import { twice, undeclaredZones } from "../checks/zones.ts";
import { type Draft, type DraftFile, entriesOf } from "../cluster-file/draft.ts";
import { showValue } from "../cluster-file/finding.ts";
import { type Path, type Problem, problem } from "../cluster-file/problem.ts";
import type { SiteProvider } from "./config.ts";
import { siteDatabase, siteServers } from "./machine-checks.ts";
import { type SiteFile, siteSchema } from "./schema/site.ts";

export type DraftSite = NonNullable<Draft<SiteFile>>;
type SiteCheck = (file: DraftSite, provider: SiteProvider) => Iterable<Problem>;

const ID = "SiteValidator";

/** Everything that the checks between keys find in a site file. */
export function checkSite(file: DraftSite): Problem[] {
  const provider = file.Provider === undefined ? "aws" : file.Provider;
  if (provider === null) return [...controlCharacters(file)];
  return [
    ...SITE_CHECKS.flatMap((check) => [...check(file, provider)]),
    ...CLUSTER_CHECKS.flatMap((check) => [...check(likeCluster(file, provider))]),
    ...controlCharacters(file),
  ];
}

/** Of what has the same keys at the same places as in a cluster file. */
const CLUSTER_CHECKS: readonly Check[] = [
  users,
  tags,
  backups,
  foreignValues,
  sharedStorageNames,
  storageSettings,
  mountDirs,
  homeOnFileCache,
  deletionPolicies,
  efsSettings,
  efsMountOptions,
  existingLustre,
  lustreRepositories,
  lustreDeployment,
  lustreDisks,
  lustreCapacity,
  lustreBackups,
  encryptionKeys,
];

function likeCluster(file: DraftSite, provider: SiteProvider): DraftFile {
  const { Users, Tags, SharedStorage, Backup } = file;
  return { Provider: provider, Users, Tags, SharedStorage, Backup };
}

const SITE_CHECKS: readonly SiteCheck[] = [
  (file, provider) => foreignKeysOf(siteSchema, file, provider),
  zones,
  network,
  vpc,
  clusters,
  sharedDisks,
  siteServers,
  siteDatabase,
];

/** Zones as the cloud names them, once each. */
function* zones(file: DraftSite, provider: SiteProvider): Generator<Problem> {
  const entries = entriesOf(file.Zones).map(({ index, item }) => ({
    name: item,
    path: ["Zones", index],
  }));
  yield* twice(entries);
  const { Region: region } = file;
  for (const { name, path } of entries) {
    const isFit =
      provider === "local"
        ? /^[a-z][a-z0-9]{0,7}$/.test(name)
        : typeof region !== "string" || (name.startsWith(region) && /\d[a-z]$/.test(name));
    if (isFit) continue;
    const [message, suggestion] =
      provider === "local"
        ? ["is too long a name for a zone, or has a hyphen", "write at most 8 letters and digits"]
        : [`is not a zone of ${region}`, `write one such as ${region}a`];
    yield problem("ZoneValidator", path, `${showValue(name)} ${message}`, suggestion);
  }
  if (provider === "aws" && region === undefined) {
    const message = "Region is missing, and there is no default for it";
    const suggestion = "write the name of a region, such as eu-central-1";
    yield schemaProblem(["Region"], message, suggestion, "missing");
  }
}

function* network({ Network: text }: DraftSite, provider: SiteProvider): Generator<Problem> {
  if (typeof text !== "string" || provider !== "local") return;
  const range = { check: ID, path: ["Network"], widest: 16, narrowest: 18 } as const;
  yield* privateRange(text, { ...range, example: "10.77.0.0/18" });
}

/** A network that is there, with a subnet for each zone, or one that is made. */
function* vpc({ Vpc: section, Zones }: DraftSite, provider: SiteProvider): Generator<Problem> {
  if (provider !== "aws" || section === undefined || section === null) return;
  const { Id: id, Cidr: cidr, Subnets: subnets } = section;
  if (typeof cidr === "string") {
    const range = { check: ID, path: ["Vpc", "Cidr"], widest: 16, narrowest: 24 } as const;
    yield* privateRange(cidr, { ...range, example: "10.0.0.0/16" });
  }
  if (id !== undefined && cidr !== undefined) {
    const message = "Cidr is of a network that is made, and Id names one that is there";
    yield schemaProblem(["Vpc", "Cidr"], message, "keep one of the two");
  }
  const entries = entriesOf(subnets);
  if (id === undefined && entries.length > 0) {
    const message = "Subnets are those of a network that is there, and no Id names it";
    yield schemaProblem(["Vpc", "Subnets"], message, "write Id too, or remove them");
  }
  const named = entries.map(({ index, item }) => ({
    name: item.Zone,
    path: ["Vpc", "Subnets", index, "Zone"],
  }));
  yield* twice(named);
  const known = knownZones(Zones);
  if (known === undefined) return;
  yield* undeclaredZones(named, known, "Zones");
  if (id === undefined || subnets === null || entries.some(({ item }) => !item.Zone)) return;
  for (const zone of new Set(known)) {
    if (named.some(({ name }) => name === zone)) continue;
    const message = `nothing says which subnet of ${id ?? "the network"} is in ${zone}`;
    const suggestion = `write an entry with Zone: ${zone}`;
    yield schemaProblem(["Vpc", "Subnets"], message, suggestion, subnets ? "key" : "missing");
  }
}

/** Undefined where the list is wrong. */
export function knownZones(list: DraftSite["Zones"]): readonly string[] | undefined {
  const entries = entriesOf(list);
  const isWhole = entries.length > 0 && entries.length === list?.length;
  return isWhole ? entries.map(({ item }) => item) : undefined;
}

/** `sluice submit --cluster any`, and the site's own folder. */
const TAKEN: ReadonlySet<string> = new Set(["any", "all", "site"]);

/** Slurm takes cluster names for the same in whatever case, and files tell clusters apart. */
function* clusters({ Clusters }: DraftSite): Generator<Problem> {
  const entries = entriesOf(Clusters);
  const places = (key: "Name" | "File") =>
    entries.map(({ index, item }) => ({
      name: key === "Name" ? item.Name?.toLowerCase() : item.File,
      path: ["Clusters", index, key] satisfies Path,
    }));
  for (const { name, path } of places("Name")) {
    if (typeof name !== "string" || !TAKEN.has(name)) continue;
    const message = `${showValue(name)} has a meaning of its own where a cluster is named`;
    yield problem(ID, path, message, "write another name");
  }
  for (const { again, first } of repeated(places("Name"))) {
    const message = `${showValue(again.name)} is already the name of Clusters[${first.path[1]}]`;
    yield problem("DuplicateNameValidator", again.path, message, "write another name");
  }
  for (const { again, first } of repeated(places("File"))) {
    const message = `${showValue(again.name)} is already the file of Clusters[${first.path[1]}]`;
    const suggestion = "leave it if both shall be the same, or write a file for each";
    yield problem(ID, again.path, message, suggestion, { level: "INFO" });
  }
}

/** What all clusters mount can't be a disk of one head. */
function* sharedDisks(file: DraftSite, provider: SiteProvider): Generator<Problem> {
  if (provider !== "aws") return;
  for (const { index, item } of entriesOf(file.SharedStorage)) {
    if (item.StorageType !== "Ebs") continue;
    const message = "a disk is exported by one head, and the clusters of a site have one each";
    const path = ["SharedStorage", index, "StorageType"];
    yield problem(ID, path, message, "write Efs, or another file system");
  }
}
