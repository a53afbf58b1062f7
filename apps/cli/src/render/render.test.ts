import type { ComputeFleet, JobView, NodeView } from "@sluice/model";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { painter } from "./paint.ts";
import { table, widthOf } from "./table.ts";
import { duration, topScreen } from "./top.ts";

const plain = painter(false);

describe("table", () => {
  it("aligns what is coloured like what is not", () => {
    const colour = painter(true);
    const text = table(
      ["A", "B"],
      [
        [colour.state("RUNNING"), "x"],
        ["no", "y"],
      ],
    );
    const starts = text
      .trimEnd()
      .split("\n")
      .map((line) => widthOf(line) - 1);
    expect(starts).toEqual([9, 9, 9]);
  });
});

describe("duration", () => {
  it("reads like squeue's", () => {
    expect([0, 61, 3661, 90_061].map(duration)).toEqual(["0:00", "1:01", "1:01:01", "1-01:01:01"]);
  });
});

const FLEET: ComputeFleet = {
  status: "RUNNING",
  lastStatusUpdatedTime: "",
  queues: [],
  unavailable: [],
  protected: [],
  cost: { usdPerHour: 1.5, unpriced: 0 },
};

describe("topScreen", () => {
  const job = (id: number): JobView => ({
    id: `${id}`,
    name: "a \x1b[2Jname that goes on\nfor longer than any terminal is wide",
    user: "ada",
    partition: "main",
    state: "RUNNING",
    reason: "None",
    nodes: `main-dy-small-${id}`,
    nodeCount: 1,
    elapsed: id,
  });
  const node = (id: number, state: string): NodeView => ({
    name: `main-dy-small-${id}`,
    queue: "main",
    computeResource: "small",
    state,
    reason: null,
    machineId: null,
    address: null,
  });
  const size = fc.record({
    columns: fc.integer({ min: 20, max: 200 }),
    rows: fc.integer({ min: 1, max: 60 }),
    jobs: fc.integer({ min: 0, max: 80 }),
    nodes: fc.integer({ min: 0, max: 80 }),
  });

  it("never draws outside the terminal", () => {
    fc.assert(
      fc.property(size, ({ columns, rows, jobs, nodes }) => {
        const lines = topScreen({
          name: "demo",
          snapshot: {
            fleet: FLEET,
            jobs: Array.from({ length: jobs }, (_, id) => job(id)),
            nodes: Array.from({ length: nodes }, (_, id) =>
              node(id, id % 2 === 0 ? "IDLE+CLOUD+POWERED_DOWN" : "ALLOCATED+CLOUD"),
            ),
          },
          paint: plain,
          now: new Date(0),
          columns,
          rows,
        });
        expect(lines.length).toBeLessThanOrEqual(rows);
        // biome-ignore lint/suspicious/noControlCharactersInRegex: that there is none is the point.
        expect(lines.join("")).not.toMatch(/[\u0000-\u001f]/);
        for (const line of lines) expect(line.length).toBeLessThanOrEqual(columns);
      }),
    );
  });

  it("shows nodes that are up, and counts the others", () => {
    const lines = topScreen({
      name: "demo",
      snapshot: {
        fleet: FLEET,
        jobs: [job(1)],
        nodes: [node(1, "IDLE+CLOUD+POWERED_DOWN"), node(2, "MIXED+CLOUD")],
      },
      paint: plain,
      now: new Date(0),
    });
    expect(lines.join("\n")).toContain("main-dy-small-2  main   MIXED+CLOUD");
    expect(lines.at(-1)).toBe("powered down: 1");
  });
});
