import type { FleetEvent, UnavailableOffering } from "@sluice/model";
import { describe, expect, test } from "vitest";
import type { CachedJob } from "../cache/contract.ts";
import { jobPrices } from "../usage/prices.ts";
import type { JobStory } from "./contract.ts";
import { costSoFar } from "./cost.ts";
import { usualBootSeconds } from "./machines.ts";
import { roundsOf } from "./rounds.ts";
import { timelineOf } from "./timeline.ts";

const START = Date.parse("2030-01-01T00:00:00Z");
const at = (seconds: number) => new Date(START + seconds * 1000);
const time = (seconds: number) => at(seconds).toISOString();

const job = (more: Partial<CachedJob> = {}) =>
  ({
    ...{ cluster: "demo", id: 12, label: "12", name: "a", user: "ada", state: "RUNNING" },
    ...{ nodes: "q-dy-a-1", nodeCount: 1, cpus: 1, tres: "cpu=1,mem=1G,node=1", exitCode: "0:0" },
    ...{ submitTime: at(0), startTime: at(30), isLive: true, reason: "", dependency: "" },
    ...{ timeLimitSeconds: 600, maxMemoryMib: undefined, cpuSecondsUsed: undefined },
    ...more,
  }) as CachedJob;

const event = (seconds: number, kind: string, message: string, more: Partial<FleetEvent> = {}) =>
  ({ time: time(seconds), kind, message, ...more }) satisfies FleetEvent;

const story = (more: Partial<JobStory> = {}): JobStory => ({
  ...{ job: job(), rounds: [], events: [], unavailable: [], details: [], next: [] },
  ...{ cancelledBy: undefined, now: at(100) },
  ...more,
});

const priced = (usdPerHour: number) => () => ({
  ...{ usdPerHour, nodes: 1, unpriced: 0, approximate: false },
});

const MACHINE = { node: "q-dy-a-1", machineId: "m-1" };
const BOOT = [
  event(2, "offering-unavailable", "q/a small/z1/spot: none left", { node: "q-dy-a-1", job: "12" }),
  event(3, "launched", "machine m-1 of small/z1/on-demand", { ...MACHINE, job: "12" }),
  event(4, "launched", "machine m-9 of small/z1/spot", {
    ...{ node: "q-dy-a-9", machineId: "m-9", job: "99" },
  }),
  event(20, "joined", "machine fetched its configuration", MACHINE),
  event(28, "registered", "node registered", { ...MACHINE, job: "12" }),
];

describe("what happened to a job", () => {
  test("is told step by step, with what was tried and the boot of each node", () => {
    const unavailable: readonly UnavailableOffering[] = [
      {
        ...{ queue: "q", computeResource: "a", instanceType: "small", zone: "z1" },
        ...{ market: "spot", cause: "capacity", reason: "none left" },
        ...{ since: time(2), until: time(62) },
      } as const,
    ];
    const steps = timelineOf(story({ events: BOOT, unavailable }));
    expect(steps.map(({ kind, time: when, until }) => [kind, when, until])).toEqual([
      ["submitted", time(0), undefined],
      ["waiting", time(0), time(2)],
      ["machines", time(2), time(3)],
      ["booting", time(3), time(28)],
      ["running", time(30), undefined],
    ]);
    expect(steps[2]).toMatchObject({
      tried: [
        { outcome: "no-capacity", market: "spot", until: time(62), nodes: ["q-dy-a-1"] },
        { outcome: "accepted", market: "on-demand", instanceType: "small", zone: "z1" },
      ],
    });
    expect(steps[3]).toMatchObject({
      nodes: [{ name: "q-dy-a-1", machineId: "m-1", joinedAt: time(20), registeredAt: time(28) }],
    });
  });

  test("while it waits says why, without an end", () => {
    const waits = job({
      ...{ state: "PENDING", reason: "Resources", nodes: "", startTime: undefined },
    });
    const [, step] = timelineOf(story({ job: waits, details: ["q/a: none left"] }));
    expect(step).toMatchObject({
      ...{ kind: "waiting", reason: "Resources", details: ["q/a: none left"] },
      text: expect.stringContaining("It is next"),
    });
    expect(step?.until).toBeUndefined();
  });

  test("has a round for each requeue, from accounting", () => {
    const rounds = roundsOf(
      [
        "12|ada|1001|2029-06-01T00:00:00|2029-06-01T00:00:00|Unknown|Unknown|COMPLETED|0:0|n1|a",
        `12|ada|1001|2030-01-01T00:00:00|2030-01-01T00:00:00|2030-01-01T00:00:30|2030-01-01T00:00:40|NODE_FAIL|0:0|q-dy-a-1|a`,
        `12|ada|1001|2030-01-01T00:00:40|2030-01-01T00:00:40|2030-01-01T00:00:50|2030-01-01T00:01:10|OUT_OF_MEMORY|0:125|q-dy-a-2|a`,
        `12|ben|1002|2030-01-01T00:00:40|2030-01-01T00:00:40|Unknown|Unknown|COMPLETED|0:0|n1|a`,
      ].join("\n"),
      job(),
    );
    expect(rounds).toHaveLength(2);
    const over = job({
      ...{ state: "OUT_OF_MEMORY", isLive: false, maxMemoryMib: 2048 },
      ...{ startTime: at(50), endTime: at(70), nodes: "q-dy-a-2", submitTime: at(40) },
    });
    const events = [event(39, "interruption", "spot: machine goes now", MACHINE)];
    const steps = timelineOf(story({ job: over, rounds, events }));
    expect(steps.map(({ kind, round }) => `${kind} ${round}`)).toEqual([
      ...["submitted 1", "waiting 1", "running 1"],
      ...["requeued 2", "waiting 2", "running 2", "ended 2"],
    ]);
    expect(steps[3]?.text).toContain("a node failed");
    expect(steps.at(-1)).toMatchObject({
      text: "It ran out of memory: a task of it used 2.0 GiB, and it had asked for 1.0 GiB.",
      advice: expect.stringContaining("--mem"),
    });
    const priceOf = priced(36);
    const cost = costSoFar(over, rounds, priceOf, at(100));
    expect(cost).toMatchObject({ approximate: false, unpriced: 0 });
    expect(cost?.usd).toBeCloseTo(0.3);
  });

  test.each([
    ["FAILED", "127:0", /not found/],
    ["FAILED", "126:0", /can't be run/],
    ["FAILED", "137:0", /SIGKILL/],
    ["FAILED", "0:11", /SIGSEGV/],
    ["FAILED", "3:0", /^Its script ended with exit code 3\.$/],
    ["TIMEOUT", "0:0", /time limit of 10 min/],
    ["CANCELLED", "0:0", /cancelled by olga/],
    ["COMPLETED", "0:0", /well/],
  ])("%s with %s is told in plain words", (state, exitCode, words) => {
    const over = job({ state, exitCode, isLive: false, endTime: at(60) });
    const ended = timelineOf(story({ job: over, cancelledBy: "olga" })).at(-1);
    expect(ended?.kind).toBe("ended");
    expect(ended?.text).toMatch(words);
  });

  test("of a job that went back very often the last rounds are told", () => {
    const rounds = Array.from({ length: 100 }, (_, index) => ({
      ...{ submittedAt: at(index * 10), eligibleAt: undefined, startedAt: undefined },
      ...{ endedAt: at(index * 10 + 9), state: "REQUEUED", exitCode: "0:0", nodes: "" },
      ...{ cancelledBy: undefined, uid: 1001 },
    }));
    const steps = timelineOf(story({ rounds, job: job({ submitTime: at(990) }), now: at(2000) }));
    expect(steps[0]?.text).toContain("tried 100 times");
    expect(steps.length).toBeLessThan(100);
  });
});

test("how long machines take to boot is the median of those that events tell of", () => {
  expect(usualBootSeconds(BOOT, (node) => node.startsWith("q-dy-a-"))).toBe(25);
  expect(usualBootSeconds(BOOT, () => false)).toBeUndefined();
});

test("without nodes there is no cost, and what has no price is counted", () => {
  const waits = job({ nodes: "", startTime: undefined, state: "PENDING" });
  expect(costSoFar(waits, [], jobPrices(undefined), at(100))).toBeUndefined();
  expect(costSoFar(job(), [], jobPrices(undefined), at(100))).toMatchObject({
    usd: 0,
    unpriced: 1,
  });
  const over = job({ state: "FAILED", endTime: at(40) });
  const priceOf = priced(3600);
  expect(costSoFar(over, [], priceOf, at(100))).not.toHaveProperty("usdPerHour");
  expect(costSoFar(job(), [], priceOf, at(100))).toMatchObject({ usd: 70, usdPerHour: 3600 });
});
