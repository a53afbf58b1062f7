import type { CloudFormationClient } from "@aws-sdk/client-cloudformation";
import type { CloudWatchLogsClient } from "@aws-sdk/client-cloudwatch-logs";
import type { S3Client } from "@aws-sdk/client-s3";
import type { SecretsManagerClient } from "@aws-sdk/client-secrets-manager";
import type { SQSClient } from "@aws-sdk/client-sqs";
import type { SSMClient } from "@aws-sdk/client-ssm";
import { HEAD_LAYOUT } from "@sluice/boot";
import type { GuestAccess, HeadCloud } from "@sluice/cloud";
import { type Clock, type ClusterConfig, SluiceError } from "@sluice/model";
import { awsCatalogue } from "./catalogue/index.ts";
import { type ClientOptions, Clients, timeouts } from "./clients.ts";
import type { ClusterFacts } from "./facts.ts";
import { awsGuest } from "./guest/index.ts";
import { awsDisks, type DisksOptions } from "./head/disks.ts";
import { currentRouteTables, readFacts } from "./head/facts.ts";
import { factsInForce } from "./head/facts-in-force.ts";
import { awsFiles } from "./head/files.ts";
import { awsIdentity } from "./head/identity.ts";
import { ownInstanceId } from "./head/imds.ts";
import { awsLeadership } from "./head/leadership.ts";
import { awsLogs } from "./head/logs.ts";
import { clusterMounts } from "./head/mounts.ts";
import { s3Registers } from "./head/registers.ts";
import { awsSecrets } from "./head/secrets.ts";
import { awsSignal } from "./head/signal.ts";
import { awsSigns } from "./head/signs.ts";
import { systemClock } from "./head/system-clock.ts";
import { awsSlurmTraits } from "./head/traits.ts";
import { awsMachines } from "./machines/index.ts";
import { MachineStore } from "./machines/store.ts";
import { Subnets } from "./machines/subnets.ts";
import { OBJECTS, urlSuffix } from "./names.ts";
import { openObjectFolder } from "./open-object-folder.ts";

export { type AwsSiteMachine, createAwsSiteMachine } from "./head/site-machine.ts";

export interface AwsHeadCloudOptions {
  readonly config: ClusterConfig;
  readonly slurmVersion: string;
  /** What the stack says is read now; what it said before is not good enough. */
  readonly isFresh?: boolean;
  /** `HeadIdentity.cloud`: `region`, and `factsPath` as `factsPath()` gives it. */
  readonly cloud: Readonly<Record<string, string>>;
  /** Of the SDK; endpoint and credentials by its own chain when missing. */
  readonly client?: ClientOptions;
  /** Folder that outlives the head machine; that of `HEAD_LAYOUT`. */
  readonly folder?: string;
  readonly clock?: Clock;
  /** Of this machine; asked of the metadata service when missing. */
  readonly instanceId?: () => Promise<string>;
  readonly deviceOf?: DisksOptions["deviceOf"];
  /** A command of this machine; for tests. */
  readonly run?: (argv: readonly string[]) => Promise<void>;
  /** For people: what happens beside calls. To standard error when missing. */
  readonly log?: (message: string) => void;
}

/** The SDK waits for ever by itself. SQS answers after 20 s at the latest. */
const REQUEST_HANDLER = timeouts(50_000);

/** Who leads renews his lease every second, and is none any more after four. */
const LEADING = { connectionTimeout: 1000, requestTimeout: 1400, throwOnRequestTimeout: true };

/**
 * What the head of a cluster on AWS holds of its account, by the rights of the head's role.
 *
 * @throws SluiceError `AWS_FACTS_MISSING` when what the stack says can't be read.
 */
export async function createAwsHeadCloud(options: AwsHeadCloudOptions): Promise<HeadCloud> {
  const { slurmVersion, clock = systemClock, folder = HEAD_LAYOUT.volume } = options;
  const region = required(options.cloud, "region");
  const factsPath = required(options.cloud, "factsPath");
  const clients = clientsOf({ ...options.client, region });
  const all = await readFacts(clients.ssm, factsPath, `${folder}/facts.json`, {
    isFresh: options.isFresh === true,
  });
  const facts = factsInForce(options.config, all);
  let config = options.config;
  let store: MachineStore | undefined;
  const subnets = new Subnets(clients.ec2, clock, () => subnetIds(config, facts));
  const shared = { ...clients, facts, clock, subnets, config: () => config };
  const instanceId = options.instanceId ?? ownInstanceId();
  const log = options.log ?? ((message: string) => void process.stderr.write(`${message}\n`));
  const machines = awsMachines({
    ...shared,
    // Only who has to do with machines opens it: it is for one process.
    store: () => {
      store ??= new MachineStore(`${folder}/aws.sqlite`);
      return store;
    },
    log,
  });
  const given = options.run === undefined ? {} : { run: options.run };
  const { CloudWatch } = config.Monitoring?.Logs ?? {};
  const logs = awsLogs(clients.logs, facts.logGroup);
  const cluster = `${facts.cluster.name}-${facts.cluster.unique}`;
  const registers = s3Registers({ s3: clients.leadingS3, bucket: facts.bucket });
  return {
    registers,
    objects: {
      backups: `s3://${facts.bucket.name}/${OBJECTS.backups(facts.cluster.name)}`,
      open: (place) => openObjectFolder(place, { ...options.client, region }),
    },
    machines: machines.machines,
    standby: machines.standby,
    consoles: machines.consoles,
    notices: machines.notices,
    catalogue: awsCatalogue(shared),
    identity: awsIdentity({
      facts,
      endpoint: stsEndpoint(region, options.client?.endpoint),
      roster: machines.roster,
      clock,
    }),
    signal: awsSignal({ ...shared, instanceId }),
    files: awsFiles({
      ...shared,
      prepare: (next) => {
        config = next;
      },
    }),
    secrets: awsSecrets(shared),
    ...(facts.leadership === undefined
      ? {}
      : {
          leadership: awsLeadership({
            ec2: clients.leadingEc2,
            registers,
            facts: { ...facts, leadership: facts.leadership },
            routeTables: () => currentRouteTables(clients.leadingSsm, factsPath),
            self: await instanceId(),
            clock,
            log,
            ...given,
          }),
        }),
    disks: awsDisks({
      ec2: clients.ec2,
      disks: facts.disks,
      known: all.disks,
      ...(facts.leadership === undefined ? {} : { state: facts.leadership.state }),
      ...given,
      instanceId,
      clock,
      ...(options.deviceOf === undefined ? {} : { deviceOf: options.deviceOf }),
    }),
    ...(CloudWatch?.Enabled === false ? {} : { logs, signs: awsSigns(logs, cluster) }),
    ...(facts.database === undefined ? {} : { database: facts.database }),
    guest: await guestOf(config, facts, subnets),
    slurm: awsSlurmTraits(slurmVersion),
    async [Symbol.asyncDispose]() {
      await machines[Symbol.asyncDispose]();
      store?.[Symbol.dispose]();
      store = undefined;
      clients.destroy();
    },
  };
}

/** Each made when it is first used. */
function clientsOf(options: ClientOptions) {
  const clients = new Clients({ requestHandler: REQUEST_HANDLER, ...options });
  const launching = new Clients({ requestHandler: REQUEST_HANDLER, ...options, maxAttempts: 1 });
  const leading = new Clients({ ...options, requestHandler: LEADING, maxAttempts: 3 });
  const once = new Clients({ ...options, requestHandler: LEADING, maxAttempts: 1 });
  return {
    ec2: () => clients.ec2(),
    launchingEc2: () => launching.ec2(),
    ssm: () => ssmOf(clients),
    sqs: () =>
      clients.get<SQSClient>("sqs", async (config) => {
        const { SQSClient } = await import("@aws-sdk/client-sqs");
        return new SQSClient(config);
      }),
    s3: () => s3Of(clients),
    leadingS3: () => s3Of(once),
    leadingEc2: () => leading.ec2(),
    leadingSsm: () => ssmOf(once),
    secretsManager: () =>
      clients.get<SecretsManagerClient>("secretsmanager", async (config) => {
        const { SecretsManagerClient } = await import("@aws-sdk/client-secrets-manager");
        return new SecretsManagerClient(config);
      }),
    cloudFormation: () =>
      clients.get<CloudFormationClient>("cloudformation", async (config) => {
        const { CloudFormationClient } = await import("@aws-sdk/client-cloudformation");
        return new CloudFormationClient(config);
      }),
    logs: () =>
      clients.get<CloudWatchLogsClient>("logs", async (config) => {
        const { CloudWatchLogsClient } = await import("@aws-sdk/client-cloudwatch-logs");
        return new CloudWatchLogsClient(config);
      }),
    destroy: () => {
      for (const one of [clients, launching, leading, once]) one.destroy();
    },
  };
}

function ssmOf(clients: Clients): Promise<SSMClient> {
  return clients.get<SSMClient>("ssm", async (config) => {
    const { SSMClient } = await import("@aws-sdk/client-ssm");
    return new SSMClient(config);
  });
}

function s3Of(clients: Clients): Promise<S3Client> {
  return clients.get<S3Client>("s3", async (config) => {
    const { S3Client } = await import("@aws-sdk/client-s3");
    return new S3Client({ ...config, forcePathStyle: isElsewhere(config) });
  });
}

/** Buckets have no names of their own at an address that is not AWS's. */
function isElsewhere({ endpoint = process.env.AWS_ENDPOINT_URL }: ClientOptions): boolean {
  return endpoint !== undefined && endpoint !== "";
}

async function guestOf(
  config: ClusterConfig,
  facts: ClusterFacts,
  subnets: Subnets,
): Promise<GuestAccess> {
  const { name, unique, region, headResource } = facts.cluster;
  const guest = awsGuest({
    region,
    bucket: facts.bucket.name,
    name,
    unique,
    prefix: facts.bucket.prefix,
    headResource,
  });
  const { files, pack, localDisks } = guest;
  const { identityCommand, noticeCommand, fetchUrlCommand, publishCommand } = guest;
  const networks = await networksOf(config, facts, subnets);
  return {
    files,
    pack,
    identityCommand,
    noticeCommand,
    fetchUrlCommand,
    publishCommand,
    localDisks,
    isLight: () => false,
    mounts: clusterMounts(config, facts),
    ...(networks.length === 0 ? {} : { networks }),
  };
}

/** Of every subnet that a machine of the cluster may be in; none when EC2 can't be asked. */
async function networksOf(
  config: ClusterConfig,
  facts: ClusterFacts,
  subnets: Subnets,
): Promise<readonly string[]> {
  const found = await subnets.of(subnetIds(config, facts)).catch(() => []);
  return [...new Set(found.map(({ cidr }) => cidr))];
}

function subnetIds(config: ClusterConfig, { network }: ClusterFacts): readonly string[] {
  const all = [
    network.headSubnet,
    ...network.computeSubnets,
    ...config.Scheduling.SlurmQueues.flatMap((queue) => queue.Networking?.SubnetIds ?? []),
    ...(config.LoginNodes?.Pools ?? []).flatMap((pool) => pool.Networking?.SubnetIds ?? []),
  ];
  return [...new Set(all)];
}

function stsEndpoint(region: string, endpoint = process.env.AWS_ENDPOINT_URL): string {
  if (endpoint !== undefined && endpoint !== "") return endpoint;
  return `https://sts.${region}.${urlSuffix(region)}`;
}

function required(cloud: Readonly<Record<string, string>>, key: string): string {
  const value = cloud[key];
  if (value !== undefined) return value;
  throw new SluiceError(
    "AWS_FACTS_MISSING",
    "system",
    `this head was not told its ${key}: head.json has none`,
    { hint: "make the cluster anew with this version of Sluice" },
  );
}
