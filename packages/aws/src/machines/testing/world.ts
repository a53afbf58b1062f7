import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { CreateLogGroupCommand } from "@aws-sdk/client-cloudwatch-logs";
import {
  AddRoleToInstanceProfileCommand,
  CreateInstanceProfileCommand,
  CreateRoleCommand,
} from "@aws-sdk/client-iam";
import { CreateBucketCommand } from "@aws-sdk/client-s3";
import { CreateQueueCommand } from "@aws-sdk/client-sqs";
import { PutParameterCommand } from "@aws-sdk/client-ssm";
import type { HeadCloud } from "@sluice/cloud";
import { type ClusterConfig, parseClusterFile } from "@sluice/model";
import type { ClusterFacts } from "../../facts.ts";
import { type AwsHeadCloudOptions, createAwsHeadCloud } from "../../head.ts";
import { factsPath, logGroupName, OBJECTS } from "../../names.ts";
import { type Ground, imageOf, layGround } from "../../testing/region/ground.ts";
import { IdleHypervisor } from "../../testing/region/idle-hypervisor.ts";
import { Region } from "../../testing/region/region.ts";

const ROLE = "compute-role";
export const UNIQUE = "0a1b2c3d";
export const OTHER = "4e5f6a7b";

/** A region with what a stack would have made of one cluster, and its head's cloud on demand. */
export class World implements AsyncDisposable {
  readonly region: Region;
  readonly hypervisor: IdleHypervisor;
  readonly ground: Ground;
  readonly folder = mkdtempSync(join(tmpdir(), "aws-head-"));
  readonly log: string[] = [];
  readonly #heads: HeadCloud[] = [];

  private constructor(region: Region, hypervisor: IdleHypervisor, ground: Ground) {
    this.region = region;
    this.hypervisor = hypervisor;
    this.ground = ground;
  }

  static async open(): Promise<World> {
    const hypervisor = new IdleHypervisor();
    const region = await Region.start({ hypervisor });
    await region.call(CreateRoleCommand, {
      RoleName: ROLE,
      AssumeRolePolicyDocument: JSON.stringify({
        Version: "2012-10-17",
        Statement: [
          {
            Effect: "Allow",
            Principal: { Service: "ec2.amazonaws.com" },
            Action: "sts:AssumeRole",
          },
        ],
      }),
    });
    const profile = { InstanceProfileName: ROLE };
    await region.call(CreateInstanceProfileCommand, profile);
    await region.call(AddRoleToInstanceProfileCommand, { ...profile, RoleName: ROLE });
    await region.call(CreateBucketCommand, {
      Bucket: "bucket",
      CreateBucketConfiguration: { LocationConstraint: region.name },
    });
    return new World(region, hypervisor, await layGround(region));
  }

  /** What the stack says of a cluster, and the things that it names. */
  async makeCluster(unique = UNIQUE, more: Partial<ClusterFacts> = {}): Promise<ClusterFacts> {
    const { region, ground } = this;
    const QueueName = `notices-${unique}`;
    const { QueueUrl = "" } = await region.call(CreateQueueCommand, { QueueName });
    region.rules.set(QueueName, {
      pattern: { source: ["aws.ec2", "aws.health"] },
      targets: [`arn:aws:sqs:${region.name}:${region.account}:${QueueName}`],
    });
    const logGroup = logGroupName("c", unique);
    await region.call(CreateLogGroupCommand, { logGroupName: logGroup });
    const images = {
      "ubuntu2404/x86_64": imageOf("ubuntu2404", "x86_64"),
      "ubuntu2404/arm64": imageOf("ubuntu2404", "arm64"),
    };
    const facts: ClusterFacts = {
      cluster: {
        name: "c",
        unique,
        region: region.name,
        account: region.account,
        partition: "aws",
        stackId: `arn:aws:cloudformation:${region.name}:${region.account}:stack/sluice-c/${unique}`,
        headResource: "Head",
      },
      bucket: { name: "bucket", prefix: OBJECTS.prefix("c", unique) },
      network: {
        vpcId: ground.vpcId,
        computeSubnets: ground.subnetIds,
        headAddress: "10.0.0.250",
        headSubnet: ground.subnetIds[0] ?? "",
        headSecurityGroups: [],
        computeSecurityGroups: [ground.securityGroupId],
      },
      roles: { computeProfile: ROLE, queueProfiles: {} },
      disks: [],
      fileSystems: {},
      secrets: {},
      noticesQueue: QueueUrl,
      logGroup,
      images,
      ...more,
    };
    const { cluster, network, ...rest } = facts;
    for (const [index, part] of [{ cluster }, { network }, rest].entries()) {
      const Name = `${factsPath("c", unique)}/${index}`;
      await region.call(PutParameterCommand, { Name, Value: JSON.stringify(part), Type: "String" });
    }
    return facts;
  }

  /** As a head that was just started holds it, over the volume of those before. */
  async head(
    config: ClusterConfig,
    { unique = UNIQUE, ...options }: { unique?: string } & Partial<AwsHeadCloudOptions> = {},
  ): Promise<HeadCloud> {
    const { endpoint, credentials, name } = this.region;
    const head = await createAwsHeadCloud({
      config,
      slurmVersion: "24.11",
      cloud: { region: name, factsPath: factsPath("c", unique) },
      client: { endpoint, credentials },
      folder: join(this.folder, unique),
      instanceId: async () => "i-00000000000000001",
      log: (message) => this.log.push(message),
      ...options,
    });
    this.#heads.push(head);
    return head;
  }

  /** Credentials that the machine has by its role. */
  credentialsOf(instanceId: string) {
    return this.region.keys.issue(this.region.machineCaller(ROLE, instanceId), 3600);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const head of this.#heads) await head[Symbol.asyncDispose]();
    await this.region.close();
    rmSync(this.folder, { recursive: true, force: true });
  }
}

/** A cluster file of one queue `q` with these keys, on AWS. */
export function queueFile(text: string, more = ""): ClusterConfig {
  const file = `Provider: aws
Region: eu-central-1
Image: {Os: ubuntu2404}
HeadNode: {InstanceType: m7i.large}
${more}
Scheduling:
  SlurmQueues:
    - {Name: q, ${text}}
`;
  const result = parseClusterFile(file, { fileName: "c.yaml", suppressed: new Set(["ALL"]) });
  if (!result.ok) throw new Error(JSON.stringify(result.findings));
  return result.config;
}
