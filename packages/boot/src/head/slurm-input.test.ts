import { type MachineType, parseClusterFile } from "@sluice/model";
import { describe, expect, it } from "vitest";
import { slurmConfInput } from "./slurm-input.ts";

const PRICES: Readonly<Record<string, number | undefined>> = { cheap: 0.1, same: 0.1, dear: 0.9 };

function machineType(name: string): MachineType {
  const price = PRICES[name];
  return {
    name,
    arch: "x86_64",
    vcpus: 2,
    threadsPerCore: 1,
    memoryMiB: 1024,
    ...(price === undefined ? {} : { pricePerHour: price }),
  };
}

function inputOf(queues: string, isKnown: (type: string) => boolean = () => true) {
  const types = ["cheap", "same", "dear", "unknown"].map(
    (name) => `{ Name: ${name}, VCpus: 2, Memory: 1024 }`,
  );
  const parsed = parseClusterFile(
    `Provider: local
Scheduling:
  SlurmSettings: { ScaledownIdletime: 10 }
  SlurmQueues: [${queues}]
Local: { MachineTypes: [${types.join(", ")}] }
`,
    { fileName: "f.yaml" },
  );
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.findings));
  return slurmConfInput({
    clusterName: "demo",
    config: parsed.config,
    slurmVersion: "24.11",
    address: "10.0.0.2",
    machineType: (name) => (isKnown(name) ? machineType(name) : undefined),
    traits: { slurmConf: {}, cgroupConf: {}, suspendTimeout: 10 },
  });
}

const weights = (resources: string) =>
  Object.fromEntries(
    inputOf(`{ Name: q, ComputeResources: [${resources}] }`).groups.map((group) => [
      group.prefix,
      group.weight,
    ]),
  );

describe("weights of nodes", () => {
  it("put the cheapest compute resource first and unknown prices last", () => {
    expect(
      weights(
        `{ Name: d, InstanceType: dear }, { Name: u, InstanceType: unknown },
         { Name: c, InstanceType: cheap }, { Name: s, InstanceType: same }`,
      ),
    ).toEqual({ "q-dy-c-": 1000, "q-dy-s-": 1000, "q-dy-d-": 1001, "q-dy-u-": 1002 });
  });

  it("count a compute resource of several machine types by its cheapest", () => {
    expect(
      weights(
        `{ Name: m, Instances: [{ InstanceType: dear }, { InstanceType: cheap }] },
         { Name: d, InstanceType: dear }`,
      ),
    ).toEqual({ "q-dy-m-": 1000, "q-dy-d-": 1001 });
  });

  it("are those of the file where it gives them, and static nodes keep theirs", () => {
    expect(
      weights(
        `{ Name: d, InstanceType: dear, DynamicNodePriority: 5, MinCount: 1 },
         { Name: c, InstanceType: cheap, StaticNodePriority: 3, MinCount: 1 }`,
      ),
    ).toEqual({ "q-st-d-": 1, "q-dy-d-": 5, "q-st-c-": 3, "q-dy-c-": 1000 });
  });

  it("are reckoned in each queue by itself, and without prices are all the same", () => {
    const { groups } = inputOf(
      `{ Name: p, ComputeResources: [{ Name: d, InstanceType: dear }] },
       { Name: q, ComputeResources: [{ Name: u, InstanceType: unknown }] }`,
    );
    expect(groups.map(({ weight }) => weight)).toEqual([1000, 1000]);
  });
});

describe("idle times of partitions", () => {
  it("are the queue's own, and never where the node manager keeps nodes warm", () => {
    const resources = "ComputeResources: [{ Name: a, InstanceType: cheap }]";
    const input = inputOf(
      `{ Name: plain, ${resources} },
       { Name: own, ScaledownIdletime: 45s, ${resources} },
       { Name: never, ScaledownIdletime: -1, ${resources} },
       { Name: warm, ScaledownIdletime: 45s, WarmNodes: { Count: 1 }, ${resources} }`,
    );
    expect(input.idleSeconds).toBe(600);
    expect(input.queues).toMatchObject([
      { name: "plain" },
      { name: "own", idleSeconds: 45 },
      { name: "never", idleSeconds: "never" },
      { name: "warm", idleSeconds: "never" },
    ]);
    expect(input.queues[0]).not.toHaveProperty("idleSeconds");
  });
});

describe("features of nodes", () => {
  it("name every machine type, those that the cloud tells nothing of, too", () => {
    const { groups } = inputOf(
      `{ Name: q, ComputeResources: [{ Name: m, Instances: [{ InstanceType: dear }, { InstanceType: cheap }] }] }`,
      (type) => type === "cheap",
    );
    expect(groups).toMatchObject([
      { machineTypes: [{ name: "cheap" }], features: ["dear", "cheap"] },
    ]);
  });

  it("are not made up for a compute resource that nothing is known of", () => {
    const nothing = () =>
      inputOf("{ Name: q, ComputeResources: [{ Name: m, InstanceType: cheap }] }", () => false);
    expect(nothing).toThrow(expect.objectContaining({ code: "MACHINE_TYPE_UNKNOWN" }));
  });
});
