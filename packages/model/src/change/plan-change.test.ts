import { describe, expect, it } from "vitest";
import type { ClusterConfig } from "../cluster-file/config.ts";
import { parseClusterFile } from "../cluster-file/parse.ts";
import { largeClusterText } from "../testing/large-cluster.ts";
import type { Change } from "./contract.ts";
import { planChange } from "./plan-change.ts";
import { stagedConfig } from "./staged-config.ts";

function config(text: string): ClusterConfig {
  const result = parseClusterFile(text, { fileName: "f.yaml" });
  if (!result.ok) throw new Error(JSON.stringify(result.findings));
  return result.config;
}

interface Local {
  readonly queues: string;
  readonly strategy?: "DRAIN" | "TERMINATE" | "COMPUTE_FLEET_STOP";
  readonly rest?: string;
}

const local = ({ queues, strategy = "DRAIN", rest = "" }: Local) =>
  config(`Provider: local
${rest}
Scheduling:
  SlurmSettings: {QueueUpdateStrategy: ${strategy}}
  SlurmQueues: [${queues}]
`);

const resource = (keys: string) => `{Name: r, ${keys}}`;
const queue = (keys: string, name = "q") => `{Name: ${name}, ComputeResources: [${keys}]}`;
const one = (keys: string) => queue(resource(keys));
const SMALL = one("InstanceType: local.small, MinCount: 1, MaxCount: 4");

/** The one change between two files, and its place below the compute resource. */
function changeOf(
  before: ClusterConfig,
  after: ClusterConfig,
  fleet: "running" | "stopped" = "running",
): Change {
  const { changes } = planChange(before, after, { fleet });
  expect(changes).toHaveLength(1);
  const [change] = changes;
  if (change === undefined) throw new Error("no change");
  return change;
}

describe("nodes of a compute resource", () => {
  const sized = (min: number, max: number, strategy: Local["strategy"] = "DRAIN") =>
    local({
      queues: one(`InstanceType: local.small, MinCount: ${min}, MaxCount: ${max}`),
      strategy,
    });

  it.each([
    ["MaxCount raised", sized(1, 4), sized(1, 6), "MaxCount", "live", []],
    ["MaxCount lowered", sized(1, 4), sized(1, 2), "MaxCount", "drain", ["q-dy-r-2", "q-dy-r-3"]],
    ["MinCount raised", sized(1, 4), sized(3, 4), "MinCount", "drain", ["q-dy-r-2", "q-dy-r-3"]],
    ["MinCount lowered", sized(2, 4), sized(1, 4), "MinCount", "drain", ["q-st-r-2"]],
    ["both raised alike", sized(1, 4), sized(2, 5), "{MinCount,MaxCount}", "live", []],
    ["both lowered", sized(2, 4), sized(1, 3), "{MinCount,MaxCount}", "drain", ["q-st-r-2"]],
  ] as const)("%s", (_, before, after, key, effect, nodes) => {
    expect(changeOf(before, after)).toMatchObject({
      path: `Scheduling.SlurmQueues[q].ComputeResources[r].${key}`,
      effect,
      nodes,
    });
  });

  it("go as the new file's strategy says, and at once with the fleet stopped", () => {
    const [before, after] = [sized(1, 4, "DRAIN"), sized(1, 3, "TERMINATE")];
    const shrunk = (fleet: "running" | "stopped") =>
      planChange(before, after, { fleet }).changes.find(({ path }) => path.endsWith("MaxCount"));
    expect(shrunk("running")).toMatchObject({ effect: "terminate", nodes: ["q-dy-r-3"] });
    expect(shrunk("stopped")).toMatchObject({ effect: "live", nodes: [] });
    const stop = planChange(sized(1, 4), sized(1, 3, "COMPUTE_FLEET_STOP"), { fleet: "running" });
    expect(stop.effect).toBe("fleet-stop");
    expect(stop.steps.at(-1)).toBe("start the compute fleet");
    expect(stop.removedNodes).toEqual(["q-dy-r-3"]);
  });

  it("wait for each other when some are added and others replaced", () => {
    const after = local({ queues: one("InstanceType: local.large, MinCount: 1, MaxCount: 6") });
    const { changes } = planChange(local({ queues: SMALL }), after, { fleet: "running" });
    const nodes = ["q-st-r-1", "q-dy-r-1", "q-dy-r-2", "q-dy-r-3"];
    expect(changes).toMatchObject([
      { path: expect.stringMatching(/InstanceType$/), effect: "drain", nodes },
      { path: expect.stringMatching(/MaxCount$/), effect: "drain", nodes },
    ]);
  });
});

describe("machine types of a compute resource", () => {
  const typed = (text: string) => local({ queues: one(`${text}, MinCount: 1, MaxCount: 2`) });
  const NODES = ["q-st-r-1", "q-dy-r-1"];
  const PATH = "Scheduling.SlurmQueues[q].ComputeResources[r]";

  it.each([
    [
      "another type",
      "InstanceType: local.small",
      "InstanceType: local.large",
      "InstanceType",
      "drain",
    ],
    [
      "a list of the same type",
      "InstanceType: local.large",
      "Instances: [{InstanceType: local.large}]",
      "{InstanceType,Instances}",
      "live",
    ],
    [
      "a larger type beside it",
      "InstanceType: local.small",
      "Instances: [{InstanceType: local.small}, {InstanceType: local.medium}]",
      "{InstanceType,Instances}",
      "live",
    ],
    [
      "a smaller type beside it",
      "Instances: [{InstanceType: local.medium}]",
      "Instances: [{InstanceType: local.medium}, {InstanceType: local.small}]",
      "Instances[local.small]",
      "drain",
    ],
    [
      "one type less",
      "Instances: [{InstanceType: local.medium}, {InstanceType: local.small}]",
      "Instances: [{InstanceType: local.medium}]",
      "Instances[local.small]",
      "drain",
    ],
    [
      "another order",
      "Instances: [{InstanceType: local.medium}, {InstanceType: local.small}]",
      "Instances: [{InstanceType: local.small}, {InstanceType: local.medium}]",
      "Instances[0]",
      "live",
    ],
  ])("%s", (_, before, after, key, effect) => {
    expect(changeOf(typed(before), typed(after))).toMatchObject({
      path: `${PATH}.${key}`,
      effect,
      nodes: effect === "drain" ? NODES : [],
    });
  });
});

describe("queues", () => {
  it("come at once and go when their nodes are off", () => {
    const [before, after] = [
      local({
        queues: `${SMALL}, ${queue(resource("InstanceType: local.small, MaxCount: 2"), "old")}`,
      }),
      local({ queues: `${SMALL}, ${queue(resource("InstanceType: local.small"), "young")}` }),
    ];
    const plan = planChange(before, after, { fleet: "running" });
    expect(plan.changes).toMatchObject([
      { path: "Scheduling.SlurmQueues[young]", effect: "live", from: undefined },
      {
        path: "Scheduling.SlurmQueues[old]",
        effect: "drain",
        removedQueue: "old",
        nodes: ["old-dy-r-1", "old-dy-r-2"],
      },
    ]);
    expect(plan.steps).toEqual([
      "apply at once: Scheduling.SlurmQueues[young]",
      "close the queue old: it takes no new jobs",
      expect.stringContaining("take 2 nodes out of service"),
      "apply, as soon as the nodes of each are off: Scheduling.SlurmQueues[old]",
    ]);
  });

  it("may change places at any time, of which only the first means something", () => {
    const [a, b, c] = ["a", "b", "c"].map((name) =>
      queue(resource("InstanceType: local.small"), name),
    );
    const before = local({ queues: `${a}, ${b}, ${c}` });
    expect(changeOf(before, local({ queues: `${b}, ${a}, ${c}` }))).toMatchObject({
      path: "Scheduling.SlurmQueues[0]",
      from: "a",
      to: "b",
      effect: "live",
    });
    const same = local({ queues: `${a}, ${c}, ${b}` });
    expect(planChange(before, same, { fleet: "running" }).changes).toEqual([]);
  });

  it("is the default one no longer as soon as it is to go", () => {
    const [a, b] = ["a", "b"].map((name) => queue(resource("InstanceType: local.small"), name));
    const [before, after] = [local({ queues: `${a}, ${b}` }), local({ queues: `${b}` })];
    const plan = planChange(before, after, { fleet: "running" });
    const live = plan.changes.filter(({ effect }) => effect === "live").map(({ path }) => path);
    const stage = stagedConfig(before, after, plan, new Set(live));
    expect(stage.Scheduling.SlurmQueues.map(({ Name }) => Name)).toEqual(["b", "a"]);
  });

  it("have all their nodes replaced for a key of their own", () => {
    const after = local({ queues: SMALL.replace("{Name: q", "{Name: q, CapacityType: SPOT") });
    expect(changeOf(local({ queues: SMALL }), after)).toMatchObject({
      policy: "QUEUE_UPDATE_STRATEGY",
      effect: "drain",
      nodes: ["q-st-r-1", "q-dy-r-1", "q-dy-r-2", "q-dy-r-3"],
    });
  });
});

describe("what the local cloud has of its own", () => {
  const typed = (type: string, rest = "") =>
    local({
      queues: `${one("InstanceType: big, MaxCount: 1")}, ${queue(resource("InstanceType: local.small, MaxCount: 1"), "p")}`,
      rest: `Local: {MachineTypes: [${type}]}\n${rest}`,
    });
  const BIG = "{Name: big, VCpus: 2, Memory: 1024}";

  it("replaces machines of a type whose size changes, in whatever queue", () => {
    const larger = typed("{Name: big, VCpus: 4, Memory: 1024}");
    expect(changeOf(typed(BIG), larger)).toMatchObject({
      path: "Local.MachineTypes[big].VCpus",
      effect: "drain",
      nodes: ["q-dy-r-1"],
    });
    const slower = typed("{Name: big, VCpus: 2, Memory: 1024, BootSeconds: 9}");
    expect(changeOf(typed(BIG), slower)).toMatchObject({ effect: "live", nodes: [] });
  });

  it("sees that a built-in type is replaced", () => {
    const small = (vcpus: number) => `${BIG}, {Name: local.small, VCpus: ${vcpus}, Memory: 1024}`;
    expect(changeOf(typed(BIG), typed(small(1)))).toMatchObject({ effect: "live" });
    expect(changeOf(typed(BIG), typed(small(2)))).toMatchObject({
      path: "Local.MachineTypes[local.small]",
      effect: "drain",
      nodes: ["p-dy-r-1"],
    });
  });

  it("has no other machine for the head node", () => {
    const head = "HeadNode: {InstanceType: big}";
    const larger = "{Name: big, VCpus: 4, Memory: 1024}";
    expect(changeOf(typed(BIG, head), typed(larger, head))).toMatchObject({ effect: "refused" });
  });

  it("says how users keep their numbers when one before them goes", () => {
    const users = (list: string) => local({ queues: SMALL, rest: `Users: [${list}]` });
    const { changes, steps } = planChange(users("{Name: ada}, {Name: bob}"), users("{Name: bob}"), {
      fleet: "running",
    });
    expect(changes).toMatchObject([
      {
        path: "Users[bob].Uid",
        effect: "refused",
        suggestion: expect.stringMatching(/^write Uid: 2002 for bob/),
      },
      { path: "Users[ada]", effect: "live" },
    ]);
    expect(steps).toEqual([]);
  });
});

interface Aws {
  readonly os?: string;
  readonly rest?: string;
  readonly subnet?: string;
  readonly networking?: string;
}

const SUBNET = "subnet-01234567";

const aws = ({ os = "alinux2023", rest = "", subnet = SUBNET, networking = "" }: Aws) =>
  config(`Image: {Os: ${os}}
HeadNode: {InstanceType: t3.small, Networking: {SubnetId: subnet-01234567}}
${rest}
Scheduling:
  SlurmSettings: {QueueUpdateStrategy: DRAIN}
  SlurmQueues:
    - Name: q
      Networking: {SubnetIds: [${subnet}]${networking}}
      ComputeResources: [{Name: r, InstanceType: c5.large, MaxCount: 1}]
`);

describe("what the clouds have of their own", () => {
  const login = (count: number, type = "t3.small") =>
    aws({
      rest: `LoginNodes: {Pools: [{Name: pool, Count: ${count}, InstanceType: ${type}, Networking: {SubnetIds: [subnet-01234567]}}]}`,
    });
  const storage = (entry: string) => aws({ rest: `SharedStorage: [${entry}]` });
  const EFS = "{Name: s, StorageType: Efs, MountDir: /data";
  const EXISTING = `${EFS}, EfsSettings: {FileSystemId: fs-0123456789abcdef0}}`;
  const LUSTRE =
    "{Name: l, StorageType: FsxLustre, MountDir: /data, FsxLustreSettings: {StorageCapacity: 1200}}";
  it("refuses what nobody can change, and says how it was", () => {
    expect(changeOf(aws({}), aws({ os: "ubuntu2404" }), "stopped")).toMatchObject({
      effect: "refused",
      suggestion: 'write Os: "alinux2023", or create a new cluster from this file',
    });
  });

  it("leaves login nodes alone while there are any", () => {
    expect(changeOf(login(1), login(2))).toMatchObject({ effect: "live" });
    expect(changeOf(login(1), login(1, "t3.medium"))).toMatchObject({ effect: "refused" });
    expect(changeOf(login(0), login(0, "t3.medium"))).toMatchObject({ effect: "live" });
    expect(changeOf(login(1), aws({}))).toMatchObject({ effect: "refused", path: "LoginNodes" });
    expect(changeOf(aws({}), login(1))).toMatchObject({ effect: "live", path: "LoginNodes" });
  });

  it("mounts existing storage as nodes start anew, and its own with the fleet stopped", () => {
    expect(changeOf(aws({}), storage(EXISTING))).toMatchObject({
      effect: "drain",
      nodes: ["q-dy-r-1"],
    });
    expect(changeOf(storage(`${EFS}}`), aws({}))).toMatchObject({ effect: "fleet-stop" });
    const home = storage(EXISTING.replace("/data", "/home"));
    expect(changeOf(aws({}), home)).toMatchObject({ effect: "refused" });
  });

  it("keeps subnets while a Lustre file system of its own is in them", () => {
    const rest = `SharedStorage: [${LUSTRE}]`;
    const subnet = "subnet-76543210";
    expect(changeOf(aws({ rest }), aws({ rest, subnet }))).toMatchObject({ effect: "refused" });
    expect(changeOf(aws({}), aws({ subnet }))).toMatchObject({ effect: "drain" });
  });

  it("stops the fleet to take a placement group away that it made", () => {
    const group = (text: string) => aws({ networking: `, PlacementGroup: {${text}}` });
    expect(changeOf(group("Enabled: true"), group("Enabled: false"))).toMatchObject({
      effect: "fleet-stop",
    });
    expect(changeOf(group("Enabled: false"), group("Enabled: true"))).toMatchObject({
      effect: "drain",
    });
  });

  it("never moves to another bucket", () => {
    const bucket = (name: string) => aws({ rest: `CustomS3Bucket: ${name}` });
    expect(changeOf(bucket("one"), bucket("two"), "stopped")).toMatchObject({ effect: "refused" });
  });
});

describe("cost", () => {
  const cost = (keys: string, of = "InstanceType: local.small, MinCount: 1, MaxCount: 4") => {
    const queues = `{Name: q, ${keys} ComputeResources: [${resource(of)}]}`;
    const plan = planChange(local({ queues: SMALL }), local({ queues }), { fleet: "running" });
    return plan.cost.after;
  };
  const HEAD = 0.0416;

  it("is that of what always runs, and of everything", () => {
    expect(cost("")).toEqual({ least: HEAD + 0.0104, most: HEAD + 4 * 0.0104 });
  });

  it("counts each node with the cheapest and the dearest type that it may be", () => {
    const types = "Instances: [{InstanceType: local.large}, {InstanceType: local.medium}]";
    expect(cost("", `${types}, MinCount: 1, MaxCount: 2`)).toEqual({
      least: HEAD + 0.0208,
      most: HEAD + 2 * 0.0832,
    });
  });

  it.each([
    ["Count: 3", 3],
    ["Count: 3, Schedule: [{Count: 2, Days: [Mon]}]", 2],
    ["Count: 0, Schedule: [{Count: 2}, {Count: 3, Days: [Mon]}]", 2],
    ["Count: 1", 1],
  ])("counts warm nodes that are always kept: %s", (warm, nodes) => {
    expect(cost(`WarmNodes: {${warm}},`).least).toBeCloseTo(HEAD + nodes * 0.0104, 6);
  });

  it("names the types whose price nobody told", () => {
    const after = local({
      queues: one("InstanceType: free"),
      rest: "Local: {MachineTypes: [{Name: free, VCpus: 1, Memory: 512}]}",
    });
    const plan = planChange(local({ queues: SMALL }), after, { fleet: "running" });
    expect(plan.cost.unknownPrices).toEqual(["free"]);
    expect(plan.cost.after).toEqual({ least: HEAD, most: HEAD });
  });
});

describe("2,000 queues", () => {
  it("are compared within a second", () => {
    const before = config(largeClusterText());
    const after = config(largeClusterText().replaceAll("MaxCount: 8 ", "MaxCount: 5 "));
    const start = performance.now();
    const plan = planChange(before, after, { fleet: "running" });
    expect(performance.now() - start).toBeLessThan(1000);
    expect(plan.changes).toHaveLength(2000);
    expect(plan.removedNodes).toHaveLength(6000);
  });
});
