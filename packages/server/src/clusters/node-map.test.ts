import { DOING_LETTERS, type NodeMap } from "@sluice/api";
import type { NodeView } from "@sluice/model";
import fc from "fast-check";
import { expect, test } from "vitest";
import { nodeMapOf } from "./node-map.ts";

function node(name: string, state = "IDLE", queue = "main", computeResource = "small"): NodeView {
  return { name, queue, computeResource, state, reason: null, machineId: null, address: null };
}

function fleet(...queues: readonly string[]): Parameters<typeof nodeMapOf>[0]["fleet"] {
  return {
    status: "RUNNING",
    lastStatusUpdatedTime: "2026-01-01T00:00:00.000Z",
    queues: queues.map((name) => ({
      name,
      state: "UP",
      nodes: { total: 0, up: 0, starting: 0 },
    })),
    unavailable: [],
    protected: [],
    cost: { usdPerHour: 0, unpriced: 0 },
  };
}

/** As a reader of the map has them. */
function namesIn({ groups }: NodeMap): readonly string[] {
  return groups.flatMap(({ spans }) =>
    spans.flatMap(({ prefix, first, does }) =>
      [...does].map((_, index) => (first === null ? prefix : `${prefix}${first + index}`)),
    ),
  );
}

test("nodes are spans of letters, by their numbers, queues as the file has them", () => {
  const nodes = [
    node("b-1", "IDLE+CLOUD+POWERED_DOWN", "burst", "light"),
    node("m-10", "IDLE+DRAIN"),
    node("m-2", "DOWN"),
    node("m-1", "ALLOCATED"),
    node("m-3", "IDLE+CLOUD+POWERING_UP"),
  ];
  expect(nodeMapOf({ fleet: fleet("main", "burst"), nodes })).toEqual({
    groups: [
      {
        queue: "main",
        computeResource: "small",
        spans: [
          { prefix: "m-", first: 1, does: "bxs" },
          { prefix: "m-", first: 10, does: "d" },
        ],
      },
      {
        queue: "burst",
        computeResource: "light",
        spans: [{ prefix: "b-", first: 1, does: "o" }],
      },
    ],
  });
});

test("whatever nodes are called, each is there once and under its own name", () => {
  const name = fc.stringMatching(/^[a-z][a-z0-9-]{0,6}[0-9]{0,4}$/);
  fc.assert(
    fc.property(fc.uniqueArray(name, { maxLength: 40 }), (names) => {
      const nodes = names.map((one) => node(one));
      const map = nodeMapOf({ fleet: fleet("main"), nodes });
      expect(namesIn(map).toSorted()).toEqual(names.toSorted());
    }),
  );
});

test("20,000 nodes are 20 KB", () => {
  const nodes = Array.from({ length: 20_000 }, (_, index) => node(`main-dy-small-${index + 1}`));
  const text = JSON.stringify(nodeMapOf({ fleet: fleet("main"), nodes }));
  expect(text.length).toBeLessThan(20_200);
  expect(new Set(Object.values(DOING_LETTERS)).size).toBe(Object.keys(DOING_LETTERS).length);
});
