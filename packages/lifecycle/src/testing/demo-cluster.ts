import { type ClusterConfig, parseClusterFile } from "@sluice/model";

/** A small cluster file for the fake cloud. */
export function demoClusterFile({
  staticNodes = 0,
}: {
  readonly staticNodes?: number;
} = {}): string {
  return `Provider: local
Image:
  Os: debian13
HeadNode:
  InstanceType: local.head
Scheduling:
  Scheduler: slurm
  SlurmQueues:
    - Name: main
      ComputeResources:
        - Name: small
          InstanceType: local.small
          MinCount: ${staticNodes}
          MaxCount: 4
`;
}

export function parsed(configText: string): ClusterConfig {
  const result = parseClusterFile(configText, { fileName: "demo.yaml" });
  if (!result.ok) throw new Error(JSON.stringify(result.findings));
  return result.config;
}
