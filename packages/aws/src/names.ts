/**
 * Names that a cluster goes by in an account: what the stack makes, what the head looks for and what
 * the command line cleans up. A cluster has a name, chosen by people and used again, and an id, which
 * is the unique end of its stack's id.
 */

/** Tags on everything of a cluster, machines and volumes included. */
export const TAGS = {
  cluster: "sluice:cluster-name",
  clusterId: "sluice:cluster-id",
  /** `head`, `login` or `compute`. */
  role: "sluice:role",
  queue: "sluice:queue-name",
  computeResource: "sluice:compute-resource-name",
  /** Which launch a machine came out of: the token of its call. */
  batch: "sluice:batch",
  version: "sluice:version",
  /** On stacks: the bucket with the cluster's files. */
  bucket: "sluice:bucket",
  /** On images, with what CustomAmiTagValidator looks at. */
  os: "sluice:os",
  imageId: "sluice:image-id",
  /** Which build of that id: a part that no other has. */
  imageBuild: "sluice:image-build",
  slurmVersion: "sluice:slurm-version",
  /** On a site's stack and all in it, and on the stacks of its clusters. */
  site: "sluice:site-name",
  /** Of a machine of a site: its host name. */
  siteMachine: "sluice:site-machine",
  /** What a machine of a site was made of: a hash, another for each change. */
  revision: "sluice:revision",
} as const;

/** What addresses of AWS in a region end in, as CloudFormation's `AWS::URLSuffix`. */
export function urlSuffix(region: string): string {
  return region.startsWith("cn-") ? "amazonaws.com.cn" : "amazonaws.com";
}

/** What ARNs of a region begin with. */
export function partitionOf(region: string): string {
  if (region.startsWith("cn-")) return "aws-cn";
  return region.startsWith("us-gov-") ? "aws-us-gov" : "aws";
}

/** Name of a cluster's stack, and of the first of its stacks when it has several. */
export function stackName(cluster: string): string {
  return `sluice-${cluster}`;
}

/** Name of a site's stack. */
export function siteStackName(site: string): string {
  return `sluice-site-${site}`;
}

/** The site that a stack of ours is of; undefined for others'. */
export function siteOfStack(stack: string): string | undefined {
  return /^sluice-site-([a-z][a-z0-9-]*)$/.exec(stack)?.[1];
}

/** What everything of a site is called that has a name of its own in the account. */
export function siteLabel(site: string, unique: string): string {
  return `site-${site}-${unique}`;
}

/** Name of the stack with a cluster's job API. */
export function jobApiStackName(cluster: string): string {
  return `sluice-job-api-${cluster}`;
}

/** Name of the stack of a build: there is one at a time for an id. Ids are made shorter to fit. */
export function imageStackName(id: string): string {
  return `sluice-image-${id.slice(0, 100)}`;
}

/** What else a build of an image is called in the account. */
export function imageLabel(id: string, build: string): string {
  return `sluice-image-${id.slice(0, 80).toLowerCase()}-${build}`;
}

/** Where Image Builder keeps what the build said. */
export function imageLogGroup(id: string, build: string): string {
  return `/aws/imagebuilder/${imageLabel(id, build)}`;
}

/** Logical id in the stack of the group of one that keeps the head machine. */
export const HEAD_RESOURCE = "HeadGroup";

/** Register of the lease that says which of two heads leads. */
export const HEAD_LEASE = "head";

/** That of the second head, where there is one. */
export const STANDBY_RESOURCE = "StandbyGroup";

/** Output of a cluster's stack: ARN of the key of its tokens, where that is not the cluster's own. */
export const JWT_KEY_OUTPUT = "JwtKey";

/** The group that keeps the machines of a login pool. */
export function loginGroupName(cluster: string, unique: string, pool: string): string {
  return `sluice-${cluster}-${unique}-login-${pool}`;
}

/** What holds a login machine that is to go until people have left it. */
export const FAREWELL_HOOK = "farewell";

/** The cluster that a stack of ours is of; undefined for others'. */
export function clusterOfStack(stack: string): string | undefined {
  return /^sluice-([A-Za-z][A-Za-z0-9-]*)$/.exec(stack)?.[1];
}

/** The account's bucket for clusters of a region, unless a cluster's file names its own. */
export function bucketName(account: string, region: string): string {
  return `sluice-${account}-${region}`;
}

/** Keys in the bucket. Every object of a cluster is below its own prefix. */
export const OBJECTS = {
  /** `cluster` and a part that no other cluster of that name will have. */
  prefix: (cluster: string, unique: string): string => `clusters/${cluster}-${unique}`,
  /** A cluster file as it was given. */
  file: (prefix: string, version: number): string => `${prefix}/files/${version}.yaml`,
  /** One that heads are made with, before it is in force; `hash` of its text. */
  headFile: (prefix: string, hash: string): string => `${prefix}/files/head-${hash}.yaml`,
  /** States of the versions, see `FileIndex`. */
  index: (prefix: string): string => `${prefix}/files/index.json`,
  /** What the head said last of how far it is, see `HeadReport`. */
  report: (prefix: string): string => `${prefix}/head/report.json`,
  /** What the head said that leads, when it was ready; where two are the head in turn. */
  ready: (prefix: string): string => `${prefix}/head/ready.json`,
  /** What heads agree on; `name` may have folders in it. */
  register: (prefix: string, name: string): string => `${prefix}/head/registers/${name}`,
  /** Where login machines find the head and its certificate. */
  join: (prefix: string): string => `${prefix}/head/join.txt`,
  /** Templates of nested stacks. */
  template: (prefix: string, hash: string): string => `${prefix}/templates/${hash}.json`,
  /** Backups of every cluster of that name that there was: they outlive clusters. */
  backups: (cluster: string): string => `backups/${cluster}`,
  /** Everything of a build of an image. */
  image: (id: string, build: string): string => `images/${id}-${build}`,
  /** The function of job APIs; `sha256` of the archive. */
  function: (sha256: string): string => `functions/${sha256}.zip`,
  /** Everything of a cluster's job API. */
  jobApi: (cluster: string): string => `job-apis/${cluster}`,
  /** Every object of a site, its machines' included. */
  sitePrefix: (site: string, unique: string): string => `sites/${site}-${unique}`,
  /** What the site was told, see `SiteDocument`. */
  siteDocument: (prefix: string): string => `${prefix}/site.json`,
  /** The servers' own part of their file; `sha256` of the text. */
  serverFile: (prefix: string, sha256: string): string => `${prefix}/server-${sha256}.yaml`,
  /** What one machine of a site has for itself; below it is its `report`. */
  siteMachine: (prefix: string, machine: string): string => `${prefix}/machines/${machine}`,
  /** The server that a site's machines run, for all kinds of processors; `sha256` of the archive. */
  server: (sha256: string): string => `bundles/${sha256}-server.tar.gz`,
  /** Sluice's program and its Node, for all clusters; `sha256` of the archive. */
  bundle: (sha256: string, arch: string): string => `bundles/${sha256}-${arch}.tar.gz`,
} as const;

/** Where the stack leaves what the head has to know: parameters of SSM below this path. */
export function factsPath(cluster: string, unique: string): string {
  return `/sluice/${cluster}-${unique}/facts`;
}

/**
 * Where a site's stack leaves what its machines have to know, `SiteMachineFacts` in parts: below
 * `/site` what is the same for all, below `/machines/NAME` what is one machine's.
 */
export function siteFactsPath(site: string, unique: string): string {
  return `/sluice/site-${site}-${unique}/facts`;
}

/** Name of a secret of a site in Secrets Manager. */
export function siteSecretName(site: string, unique: string, name: string): string {
  return `sluice/site-${site}-${unique}/${name}`;
}

/** Name of a secret of the cluster in Secrets Manager. */
export function secretName(cluster: string, unique: string, name: string): string {
  return `sluice/${cluster}-${unique}/${name}`;
}

/** Name of the file system of `SharedStorageType: Efs`, which no `SharedStorage` may have. */
export const OWN_FILE_SYSTEM = "default";

export function logGroupName(cluster: string, unique: string): string {
  return `/sluice/${cluster}-${unique}`;
}

export function siteLogGroup(site: string, unique: string): string {
  return `/sluice/${siteLabel(site, unique)}`;
}

/**
 * A placement group that the head makes for a compute resource, and that goes with the cluster. While
 * there are machines in one it is in their zone, so that each zone has its own.
 */
export function placementGroupName(
  cluster: string,
  unique: string,
  queue: string,
  computeResource: string,
  zone: string,
): string {
  return `sluice-${cluster}-${unique}-${queue}-${computeResource}-${zone}`;
}

/** A launch template that the head makes for CreateFleet; `hash` of all that is in it. */
export function launchTemplateName(cluster: string, unique: string, hash: string): string {
  return `sluice-${cluster}-${unique}-${hash}`;
}

/** What the head says of itself once a minute, as metrics in CloudWatch. */
export const HEAD_METRICS = {
  namespace: "Sluice",
  /** The one dimension; its value is `NAME-UNIQUE`. */
  dimension: "Cluster",
  /** 1 while the node manager runs. */
  heartbeat: "Heartbeat",
  /** These in percent. */
  rootDisk: "RootDiskUsed",
  stateDisk: "StateDiskUsed",
  memory: "MemoryUsed",
} as const;
