import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { ClusterConfig } from "./config.ts";
import { nodeGroups, nodeOf } from "./node-groups.ts";
import { parseClusterFile } from "./parse.ts";

const name = fc.stringMatching(/^[a-z][a-z0-9-]{0,24}$/).filter((text) => text !== "default");
const resource = fc
  .record({ Name: name, MinCount: fc.nat(4), extra: fc.nat(6) })
  .map(({ Name, MinCount, extra }) => ({
    Name,
    MinCount,
    MaxCount: Math.max(1, MinCount + extra),
    InstanceType: "light.small",
  }));
const queue = fc.record({
  Name: name,
  ComputeResources: fc.uniqueArray(resource, {
    minLength: 1,
    maxLength: 3,
    selector: (r) => r.Name,
  }),
});
const queues = fc.uniqueArray(queue, { minLength: 1, maxLength: 4, selector: (q) => q.Name });

function configOf(slurmQueues: unknown): ClusterConfig | undefined {
  const file = { Provider: "local", Scheduling: { SlurmQueues: slurmQueues } };
  const result = parseClusterFile(JSON.stringify(file), { fileName: "generated.yaml" });
  return result.ok ? result.config : undefined;
}

function valid(slurmQueues: unknown): ClusterConfig {
  const config = configOf(slurmQueues);
  if (config === undefined) throw new Error("the test's own file was refused");
  return config;
}

describe("nodeGroups", () => {
  it("names static and dynamic nodes each from 1", () => {
    const config = valid([
      {
        Name: "cpu",
        ComputeResources: [
          { Name: "small", InstanceType: "local.small", MinCount: 1, MaxCount: 3 },
          { Name: "fixed", InstanceType: "local.small", MinCount: 2, MaxCount: 2 },
        ],
      },
    ]);
    expect(nodeGroups(config).map((group) => group.names())).toEqual([
      ["cpu-st-small-1"],
      ["cpu-dy-small-1", "cpu-dy-small-2"],
      ["cpu-st-fixed-1", "cpu-st-fixed-2"],
    ]);
  });

  it("round-trips every name, also where queues and resources hold hyphens and each other's words", () => {
    fc.assert(
      fc.property(queues, (slurmQueues) => {
        const config = configOf(slurmQueues);
        // Two groups with the same names are refused, which is the other half of the property.
        if (config === undefined) return;
        const names = new Set<string>();
        for (const group of nodeGroups(config)) {
          for (const [index, node] of group.names().entries()) {
            names.add(node);
            expect(nodeOf(config, node)).toEqual({
              queue: group.queue.Name,
              computeResource: group.computeResource.Name,
              kind: group.kind,
              index: index + 1,
            });
          }
        }
        const total = slurmQueues
          .flatMap((q) => q.ComputeResources)
          .reduce((sum, r) => sum + r.MaxCount, 0);
        expect(names.size).toBe(total);
      }),
      { numRuns: 60 },
    );
  });

  it("knows no name that the config does not have", () => {
    const config = valid([
      {
        Name: "cpu",
        ComputeResources: [{ Name: "small", InstanceType: "local.small", MaxCount: 2 }],
      },
    ]);
    for (const stranger of [
      "cpu-dy-small-3",
      "cpu-dy-small-0",
      "cpu-dy-small-01",
      "cpu-st-small-1",
    ]) {
      expect(nodeOf(config, stranger)).toBeUndefined();
    }
    for (const stranger of [
      "",
      "-",
      "head",
      "cpu-dy-small-",
      "cpu-dy-small-1e0",
      "CPU-dy-small-1",
    ]) {
      expect(nodeOf(config, stranger)).toBeUndefined();
    }
  });
});
