import { parseClusterFile } from "@sluice/model";
import { expect, it } from "vitest";
import { jobPrices } from "./prices.ts";

const FILE = `
Provider: local
Local:
  MachineTypes:
    - { Name: big, VCpus: 4, Memory: 8192, Price: 2, SpotPrice: 1 }
    - { Name: free, VCpus: 4, Memory: 8192 }
Scheduling:
  Scheduler: slurm
  SlurmQueues:
    - { Name: cpu, ComputeResources: [{ Name: a, InstanceType: big, MaxCount: 9 }, { Name: b, InstanceType: free }] }
    - { Name: spot, CapacityType: SPOT, ComputeResources: [{ Name: a, InstanceType: big }] }
`;

const parsed = parseClusterFile(FILE, { fileName: "c.yaml" });
if (!parsed.ok) throw new Error(JSON.stringify(parsed.findings));
const priceOf = jobPrices(parsed.config);
const job = (nodes: string, cpus: number, tres = "") => priceOf({ nodes, cpus, tres });

it("charges the largest part of its nodes that a job holds", () => {
  expect(job("cpu-dy-a-1", 1)).toEqual({
    ...{ usdPerHour: 0.5, nodes: 1, unpriced: 0, approximate: false },
  });
  expect(job("cpu-dy-a-1", 1, "cpu=1,mem=6G").usdPerHour).toBe(1.5);
  expect(job("cpu-dy-a-[1-3]", 12).usdPerHour).toBe(6);
  // Hyper-threads that Slurm counts beyond ours are no more than all of it.
  expect(job("cpu-dy-a-1", 8).usdPerHour).toBe(2);
  expect(job("spot-dy-a-1", 4).usdPerHour).toBe(1);
});

it("says which nodes have no price", () => {
  expect(job("cpu-dy-a-1,cpu-dy-b-1", 8)).toMatchObject({ usdPerHour: 2, nodes: 2, unpriced: 1 });
  expect(job("elsewhere-dy-a-1", 4)).toMatchObject({ usdPerHour: 0, nodes: 1, unpriced: 1 });
  expect(job("cpu-dy-a-[1", 4)).toMatchObject({ usdPerHour: 0, nodes: 0, unpriced: 0 });
  expect(job("", 4).usdPerHour).toBe(0);
});

it("goes by the machine that a node had, where that is known", () => {
  const known = jobPrices(parsed.config, (node) =>
    node.endsWith("-1") ? { instanceType: "free", market: "spot" } : { market: "spot" },
  );
  const priced = { cpus: 4, tres: "" };
  expect(known({ nodes: "cpu-dy-a-1", ...priced })).toMatchObject({ usdPerHour: 0, unpriced: 1 });
  expect(known({ nodes: "cpu-dy-a-2", ...priced })).toMatchObject({ usdPerHour: 1, unpriced: 0 });
});

it("knows no price without a file", () => {
  const none = jobPrices(undefined)({ nodes: "cpu-dy-a-[1-3]", cpus: 4, tres: "" });
  expect(none).toEqual({ usdPerHour: 0, nodes: 3, unpriced: 3, approximate: false });
});
