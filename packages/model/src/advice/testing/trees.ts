import { printClusterFile } from "../../cluster-file/edit/index.ts";

export type Tree = Readonly<Record<string, unknown>>;

export const ZONE_A = "subnet-0123456789abcdef0";
export const ZONE_B = "subnet-0123456789abcdef1";

/** A queue of single-node jobs on four machines that nothing is to be said about. */
export function queue(more: Tree = {}, resource: Tree = {}): Tree {
  return {
    Name: "cpu",
    Networking: { SubnetIds: [ZONE_A] },
    ComputeResources: [{ Name: "large", InstanceType: "c6i.4xlarge", MaxCount: 4, ...resource }],
    ...more,
  };
}

const HEAD: Tree = {
  InstanceType: "m6i.xlarge",
  Networking: { SubnetId: ZONE_A },
  Ssh: { AllowedIps: "10.0.0.0/8" },
};

export function aws(queues: readonly Tree[], more: Tree = {}): string {
  const { Settings = {}, Head = {}, ...rest } = more;
  return printClusterFile({
    Region: "us-east-1",
    Image: { Os: "alinux2023" },
    HeadNode: { ...HEAD, ...(Head as Tree) },
    Scheduling: {
      ...(Object.keys(Settings as Tree).length === 0 ? {} : { SlurmSettings: Settings }),
      SlurmQueues: queues,
    },
    ...rest,
  });
}

export function azure(queues: readonly Tree[]): string {
  return printClusterFile({
    Provider: "azure",
    Region: "eastus",
    Image: { Os: "ubuntu2404" },
    HeadNode: { ...HEAD, InstanceType: "Standard_D4s_v5" },
    Scheduling: { SlurmQueues: queues },
  });
}

export const nodes = (MaxCount: number, more: Tree = {}) => queue({}, { MaxCount, ...more });
export const mpi = (resource: Tree, more: Tree = {}) =>
  queue({ Name: "mpi", ...more }, { InstanceType: "c6i.32xlarge", ...resource });
export const placed = (group: unknown) => ({ SubnetIds: [ZONE_A], PlacementGroup: group });
export const storage = (StorageType: string, settings: Tree, MountDir = "/scratch") => [
  { Name: "data", MountDir, StorageType, [`${StorageType}Settings`]: settings },
];
export const spot = (resource: Tree = {}, more: Tree = {}) =>
  queue({ Name: "spot", CapacityType: "SPOT", ...more }, resource);
export const instances = (...names: readonly string[]) => ({
  InstanceType: undefined,
  Instances: names.map((InstanceType) => ({ InstanceType })),
});
export const script = (Script: string) => ({ CustomActions: { OnNodeConfigured: { Script } } });
export const policy = (name: string) => ({
  Iam: { AdditionalIamPolicies: [{ Policy: `arn:aws:iam::aws:policy/${name}` }] },
});

export function persistent(more: Tree): Tree {
  return {
    StorageCapacity: 1200,
    DeploymentType: "PERSISTENT_2",
    PerUnitStorageThroughput: 125,
    DeletionPolicy: "Retain",
    ...more,
  };
}

/** Two compute resources: the one with 8 GiB for each core is half as dear again as the other. */
export function priorities(dear: number, cheap: number): Tree {
  const resource = (Name: string, InstanceType: string, DynamicNodePriority: number) => ({
    Name,
    InstanceType,
    DynamicNodePriority,
    MaxCount: 2,
  });
  return queue({
    ComputeResources: [
      resource("memory", "r6i.4xlarge", dear),
      resource("compute", "c6i.4xlarge", cheap),
    ],
  });
}

export function database(): Tree {
  return {
    Uri: "db.example.com",
    UserName: "slurm",
    PasswordSecretArn: "arn:aws:secretsmanager:us-east-1:123456789012:secret:slurm-abcdef",
  };
}

export function loginNodes(Ssh: Tree): Tree {
  return {
    Pools: [
      {
        Name: "login",
        InstanceType: "m6i.large",
        Count: 1,
        Networking: { SubnetIds: [ZONE_A] },
        Ssh,
      },
    ],
  };
}

export function rootDisk(Encrypted: boolean): Tree {
  return { ComputeSettings: { LocalStorage: { RootVolume: { Encrypted } } } };
}
