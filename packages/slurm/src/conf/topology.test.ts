import { describe, expect, test } from "vitest";
import type { NodeGroup } from "./input.ts";
import { topologyLines } from "./topology.ts";

function group(queue: string, computeResource: string, leafSwitch?: string): NodeGroup {
  return {
    queue,
    computeResource,
    kind: "dynamic",
    prefix: `${queue}-dy-${computeResource}-`,
    count: 2,
    machineTypes: [{ name: "m", arch: "x86_64", vcpus: 1, threadsPerCore: 1, memoryMiB: 1000 }],
    ...(leafSwitch === undefined ? {} : { leafSwitch }),
  };
}

const two = [group("q", "a", "q.a"), group("q", "b", "q.b")];

describe("topology", () => {
  test("has a leaf for nodes that are close, and one for the rest", () => {
    const groups = [...two, group("r", "c"), group("s", "d")];
    expect(topologyLines({ groups, customSettings: [] })).toEqual([
      "SwitchName=q.a Nodes=q-dy-a-[1-2]",
      "SwitchName=q.b Nodes=q-dy-b-[1-2]",
      "SwitchName=elsewhere Nodes=r-dy-c-[1-2],s-dy-d-[1-2]",
    ]);
  });

  test("tells nodes that are close from those that are not", () => {
    const groups = [group("q", "a", "q.a"), group("q", "b")];
    expect(topologyLines({ groups, customSettings: [] })).toHaveLength(2);
  });

  test("is of no use where no queue has two leaves", () => {
    const groups = [group("q", "a", "q.a"), group("q", "b", "q.a"), group("r", "c", "r.c")];
    expect(topologyLines({ groups, customSettings: [] })).toBeUndefined();
    const empty = { ...group("q", "b", "q.b"), count: 0 };
    const one = { groups: [group("q", "a", "q.a"), empty], customSettings: [] };
    expect(topologyLines(one)).toBeUndefined();
  });

  test("is an administrator's own where there is one", () => {
    const customSettings = [{ topologyplugin: "topology/flat" }];
    expect(topologyLines({ groups: two, customSettings })).toBeUndefined();
  });

  test("leaves no node out", () => {
    const customSettings = [{ NodeName: "own[1-3]" }, { NodeName: "DEFAULT", Weight: 2 }];
    expect(topologyLines({ groups: two, customSettings })?.at(-1)).toBe(
      "SwitchName=elsewhere Nodes=own[1-3]",
    );
  });
});
