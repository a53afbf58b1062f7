import fc from "fast-check";
import { isSection } from "../change/same-value.ts";
import type { ClusterConfig } from "../cluster-file/config.ts";
import { parseClusterFile } from "../cluster-file/parse.ts";

/**
 * Cluster files that pass every check. Names come from small pools, so that two of them often have
 * queues, users and tags of the same names and differ within those.
 */
export function arbitraryConfig(provider: "aws" | "local"): fc.Arbitrary<ClusterConfig> {
  return arbitraryFile(provider)
    .map(configOf)
    .filter((config) => config !== undefined);
}

/** Two files of which the second keeps part of the first. */
export function arbitraryPair(
  provider: "aws" | "local",
): fc.Arbitrary<readonly [ClusterConfig, ClusterConfig]> {
  const coins = fc.array(fc.boolean(), { minLength: 50, maxLength: 50 });
  return fc
    .tuple(arbitraryFile(provider), arbitraryFile(provider), coins)
    .map(([one, other, sides]) => [configOf(one), configOf(crossed(one, other, sides))] as const)
    .filter((pair): pair is readonly [ClusterConfig, ClusterConfig] => !pair.includes(undefined));
}

/** Keys of which half from another file makes no valid one. */
const TOGETHER: Readonly<Record<string, string>> = {
  Instances: "InstanceType",
  EbsSettings: "StorageType",
  EfsSettings: "StorageType",
};

/** Each part from either file by a coin: keys one by one, entries of lists by their name. */
function crossed(one: unknown, other: unknown, coins: readonly boolean[]): unknown {
  let tossed = 0;
  const toss = () => coins[tossed++ % coins.length];
  const cross = (mine: unknown, theirs: unknown, coin: boolean | undefined): unknown => {
    const [entries, others] = [entriesOf(mine), entriesOf(theirs)];
    if (entries && others) {
      const kept = Object.values(cross(entries, others, coin) as object);
      return kept.filter((entry) => entry !== undefined);
    }
    if (!isSection(mine) || !isSection(theirs)) return coin ? mine : theirs;
    const coinOf: Record<string, boolean | undefined> = {};
    return Object.fromEntries(
      Object.keys({ ...mine, ...theirs }).map((key) => {
        const group = TOGETHER[key] ?? key;
        if (!Object.hasOwn(coinOf, group)) coinOf[group] = toss();
        return [key, cross(mine[key], theirs[key], coinOf[group])];
      }),
    );
  };
  return cross(one, other, toss());
}

function entriesOf(list: unknown): Readonly<Record<string, unknown>> | undefined {
  return Array.isArray(list) && list.every((entry) => entry?.Name !== undefined)
    ? Object.fromEntries(list.map((entry) => [entry.Name, entry]))
    : undefined;
}

function configOf(file: unknown): ClusterConfig | undefined {
  const result = parseClusterFile(JSON.stringify(file), { fileName: "arbitrary.yaml" });
  return result.ok ? result.config : undefined;
}

function arbitraryFile(provider: "aws" | "local"): fc.Arbitrary<unknown> {
  return provider === "local" ? localFile() : awsFile();
}

const maybe = <T>(arbitrary: fc.Arbitrary<T>) => fc.option(arbitrary, { nil: undefined });

const named = <T extends object>(names: readonly string[], entry: fc.Arbitrary<T>) =>
  fc
    .uniqueArray(fc.tuple(fc.constantFrom(...names), entry), { selector: ([Name]) => Name })
    .map((entries) => entries.map(([Name, rest]) => ({ Name, ...rest })));

const some = <T extends object>(names: readonly string[], entry: fc.Arbitrary<T>) =>
  named(names, entry).filter((entries) => entries.length > 0);

const tags = fc
  .dictionary(fc.constantFrom("team", "cost.centre"), fc.constantFrom("a", "b"))
  .map((all) => Object.entries(all).map(([Key, Value]) => ({ Key, Value })));

const counts = fc.record({ MinCount: fc.nat(3), MaxCount: fc.integer({ min: 5, max: 8 }) });

const types = (names: readonly [string, ...string[]]) =>
  fc.oneof(
    fc.constantFrom(...names).map((InstanceType) => ({ InstanceType })),
    fc
      .uniqueArray(fc.constantFrom(...names), { minLength: 1 })
      .map((all) => ({ Instances: all.map((InstanceType) => ({ InstanceType })) })),
  );

const resource = (names: readonly [string, ...string[]]) =>
  fc
    .tuple(
      counts,
      types(names),
      fc.record({
        StaticNodePriority: maybe(fc.integer({ min: 1, max: 3 })),
        DisableSimultaneousMultithreading: fc.boolean(),
        Tags: tags,
        CustomSlurmSettings: fc.constantFrom({}, { CoreSpecCount: 1 }),
      }),
    )
    .map((parts) => Object.assign({}, ...parts));

const warmNodes = maybe(
  fc.record({ Count: fc.nat(2), DemandShare: fc.constantFrom(0, 50) }, { requiredKeys: [] }),
);

const queue = <T extends object>(names: readonly [string, ...string[]], more: fc.Arbitrary<T>) =>
  fc
    .tuple(
      fc.record({
        CapacityType: fc.constantFrom("ONDEMAND", "SPOT"),
        JobExclusiveAllocation: fc.boolean(),
        WarmNodes: warmNodes,
        Tags: tags,
        ScaledownIdletime: maybe(fc.constantFrom(5, "90s", -1)),
        ComputeResources: some(["small", "large", "mixed"], resource(names)),
      }),
      more,
    )
    .map((parts) => Object.assign({}, ...parts));

const settings = fc.record({
  QueueUpdateStrategy: fc.constantFrom("DRAIN", "TERMINATE", "COMPUTE_FLEET_STOP"),
  ScaledownIdletime: fc.constantFrom(5, 10),
  EnableMemoryBasedScheduling: fc.boolean(),
  CustomSlurmSettings: fc.constantFrom([], [{ DebugFlags: "Power" }]),
});

const scheduling = (queues: fc.Arbitrary<object>) =>
  fc.record({
    ScalingStrategy: fc.constantFrom("all-or-nothing", "best-effort"),
    SlurmSettings: settings,
    SlurmQueues: some(["cpu", "gpu", "long"], queues),
  });

const LOCAL_TYPES = ["local.small", "local.medium", "site.big"] as const;

function localFile(): fc.Arbitrary<unknown> {
  const machineType = (Name: string) =>
    fc.record({
      Name: fc.constant(Name),
      VCpus: fc.constantFrom(2, 4),
      Memory: fc.constantFrom(1024, 2048),
      Price: maybe(fc.constantFrom(0.1, 0.2)),
      BootSeconds: fc.constantFrom(0, 5),
    });
  const storage = fc.record({
    StorageType: fc.constant("Local"),
    MountDir: fc.constantFrom("/data", "/scratch"),
  });
  const zones = fc.record({ Zones: fc.constantFrom(["a"], ["b"], ["a", "b"]) });
  return fc.record({
    Provider: fc.constant("local"),
    HeadNode: maybe(
      fc.record({
        InstanceType: fc.constantFrom("local.head", "local.large"),
        Zone: maybe(fc.constantFrom("a", "b")),
        Standby: maybe(fc.constant({})),
      }),
    ),
    Backup: maybe(fc.record({ Keep: fc.constantFrom(1, 2) })),
    Users: fc.subarray([{ Name: "ada" }, { Name: "bob", Uid: 3000 }, { Name: "eve", Uid: 3001 }]),
    SharedStorage: fc.oneof(fc.constant([]), named(["data"], storage)),
    Tags: tags,
    Local: fc.record({
      Zones: fc.constant(["a", "b"]),
      MachineTypes: fc
        .tuple(machineType("site.big"), maybe(machineType("local.small")))
        .map((all) => all.filter((type) => type !== undefined)),
    }),
    Scheduling: scheduling(queue(LOCAL_TYPES, fc.record({ Networking: maybe(zones) }))),
  });
}

const SUBNETS = ["subnet-0123456789abcdef0", "subnet-0123456789abcdef1"] as const;
const AWS_TYPES = ["c5.large", "c6i.large", "m5.large"] as const;

function awsFile(): fc.Arbitrary<unknown> {
  const networking = fc.record({
    SubnetIds: fc.constantFrom([SUBNETS[0]], [SUBNETS[1]]),
    SecurityGroups: maybe(fc.constant(["sg-0123456789abcdef0"])),
    PlacementGroup: maybe(fc.constantFrom({ Enabled: true }, { Name: "mine" })),
  });
  const efs = fc.constantFrom(
    { StorageType: "Efs", EfsSettings: { FileSystemId: "fs-0123456789abcdef0" } },
    { StorageType: "Efs", EfsSettings: { ThroughputMode: "bursting" } },
    { StorageType: "Ebs", EbsSettings: { Size: 100 } },
  );
  const storage = fc
    .tuple(efs, fc.record({ MountDir: fc.constantFrom("/data", "/scratch") }))
    .map((parts) => Object.assign({}, ...parts));
  return fc.record({
    Region: fc.constantFrom("eu-central-1", "us-east-1"),
    Image: fc.constantFrom({ Os: "alinux2023" }, { Os: "ubuntu2404" }),
    HeadNode: fc.record({
      InstanceType: fc.constantFrom("t3.small", "t3.medium"),
      Networking: fc.record({ SubnetId: fc.constantFrom(...SUBNETS) }),
      Ssh: maybe(fc.record({ KeyName: maybe(fc.constantFrom("mine", "yours")) })),
    }),
    SharedStorage: named(["data"], storage),
    Tags: tags,
    Scheduling: scheduling(queue(AWS_TYPES, fc.record({ Networking: networking }))),
  });
}
