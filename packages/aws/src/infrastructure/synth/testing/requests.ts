import { readdirSync, readFileSync } from "node:fs";
import { type ClusterConfig, parseClusterFile } from "@sluice/model";
import type { SynthRequest } from "../contract.ts";

const FOLDER = new URL("./clusters/", import.meta.url);

/** Names of the cluster files beside this one. */
export const CLUSTERS: readonly string[] = readdirSync(FOLDER)
  .filter((file) => file.endsWith(".yaml"))
  .map((file) => file.slice(0, -".yaml".length))
  .sort();

export function clusterText(name: string): string {
  return readFileSync(new URL(`${name}.yaml`, FOLDER), "utf8");
}

export function configOf(text: string): ClusterConfig {
  const result = parseClusterFile(text, { fileName: "cluster.yaml" });
  if (result.ok) return result.config;
  throw new Error(result.findings.map(({ path, message }) => `${path}: ${message}`).join("\n"));
}

export function requestOf(config: ClusterConfig): SynthRequest {
  const pools = config.LoginNodes?.Pools ?? [];
  return {
    name: "demo",
    unique: "0a1b2c3d",
    config,
    region: "eu-central-1",
    bucket: {
      name: config.CustomS3Bucket ?? "sluice-123456789012-eu-central-1",
      prefix: "clusters/demo-0a1b2c3d",
    },
    headUserData: "#cloud-config\nruncmd: [[/opt/sluice/bin/sluice-head, setup]]\n",
    loginUserData: Object.fromEntries(
      pools.map(({ Name }) => [Name, `#cloud-config\n# ${Name}\n`]),
    ),
  };
}

/** A file of so many queues of five compute resources, each queue with rights of its own. */
export function manyQueues(queues: number): string {
  const resource = (index: number) =>
    `        - {Name: r${index}, Instances: [{InstanceType: c5.large}, {InstanceType: c6i.large}], MaxCount: 10}`;
  const queue = (index: number) => `    - Name: group${index % 10}-project${index}
      Iam:
        S3Access:
          - {BucketName: project-${index}, EnableWriteAccess: true}
          - {BucketName: shared, KeyName: "project-${index}/*"}
      Networking: {SubnetIds: [subnet-0123456789abcdef0, subnet-0123456789abcdef1]}
      ComputeResources:
${Array.from({ length: 5 }, (_, number) => resource(number)).join("\n")}`;
  return `Region: eu-central-1
Image: {Os: alinux2023}
HeadNode: {InstanceType: c6i.4xlarge, Networking: {SubnetId: subnet-0123456789abcdef0}}
Scheduling:
  SlurmQueues:
${Array.from({ length: queues }, (_, index) => queue(index)).join("\n")}
`;
}
