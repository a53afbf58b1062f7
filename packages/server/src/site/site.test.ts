import type { SiteDescription } from "@sluice/lifecycle";
import { expect, test } from "vitest";
import { issuesOf } from "./issues.ts";
import { siteEvents } from "./site-events.ts";
import { isLosable, lossesOf, type SeenSite } from "./zone-loss.ts";

type Member = SiteDescription["members"][number];

function member(name: string, change: Partial<Member> = {}): Member {
  return {
    ...{ name, status: "CREATE_COMPLETE", answers: true, hasStandby: true },
    leader: { machine: "head-1", zone: "a" },
    standingBy: ["head-2"],
    heads: [
      { id: "m", machine: "head-1", zone: "a", role: "leading" },
      { id: "m", machine: "head-2", zone: "b", role: "standing-by" },
    ],
    queueZones: { cpu: ["a", "b"] },
    ...change,
  };
}

function machine(zone: string, change: Partial<SeenSite["machines"][number]> = {}) {
  const about = { state: "running", isReady: true, address: undefined };
  return { name: `site-${zone}`, zone, ...about, ...change };
}

function site(change: Partial<SeenSite> = {}): SeenSite {
  return {
    zones: [
      { name: "a", state: "up" },
      { name: "b", state: "up" },
    ],
    machines: [machine("a"), machine("b")],
    database: { primary: "site-a", answers: true, inStep: ["site-b"], trouble: undefined },
    hasReplica: true,
    backup: { folder: "/b", ok: true },
    members: [member("left")],
    servers: [
      { host: "site-a", state: "alive" },
      { host: "site-b", state: "alive" },
    ],
    ...change,
  };
}

const kinds = (found: readonly { readonly kind: string }[]) => found.map(({ kind }) => kind);

test("a site that is whole can lose either zone, and has no issue", () => {
  expect([lossesOf(site(), "a"), lossesOf(site(), "b")]).toEqual([[], []]);
  expect(issuesOf(site(), [])).toEqual([]);
});

test("without a copy in step the zone of the primary may not go, the other may", () => {
  const alone = site({
    database: { primary: "site-a", answers: true, inStep: [], trouble: "it copies" },
  });
  expect(kinds(lossesOf(alone, "a"))).toEqual(["database"]);
  expect(lossesOf(alone, "b")).toEqual([]);
  expect(issuesOf(alone, [])).toMatchObject([
    { kind: "database-alone", severity: "warning", machine: "site-a", reason: "it copies" },
  ]);
  // One that is to have no copy has none.
  expect(issuesOf({ ...alone, hasReplica: false }, [])).toEqual([]);
});

test("a cluster with no head elsewhere goes with its zone, one that nobody leads does not", () => {
  const single = member("one", {
    ...{ hasStandby: false, standingBy: [] },
    heads: [{ id: "m", machine: "head", zone: "a", role: "leading" }],
  });
  expect(lossesOf(site({ members: [single] }), "a")).toEqual([{ kind: "cluster", cluster: "one" }]);
  expect(lossesOf(site({ members: [single] }), "b")).toEqual([]);
  expect(issuesOf(site({ members: [single] }), [])).toEqual([]);
  const starting = member("two", {
    standingBy: [],
    heads: [
      { id: "m", machine: "head-1", zone: "a", role: "leading" },
      { id: "m", machine: "head-2", zone: "b", role: "starting" },
    ],
  });
  expect(kinds(lossesOf(site({ members: [starting] }), "a"))).toEqual(["cluster"]);
  expect(kinds(issuesOf(site({ members: [starting] }), []))).toEqual(["cluster-alone"]);
});

test("queues that are in one zone wait for it, and the zone can be lost all the same", () => {
  const bound = site({
    members: [member("left", { queueZones: { cpu: ["a"], any: ["a", "b"] } })],
  });
  const losses = lossesOf(bound, "a");
  expect(losses).toEqual([{ kind: "queues", cluster: "left", queues: ["cpu"] }]);
  expect(isLosable(losses)).toBe(true);
  expect(isLosable(lossesOf(bound, "b"))).toBe(true);
});

test("a server that is silent is none", () => {
  const half = site({
    servers: [
      { host: "site-a", state: "alive" },
      { host: "site-b", state: "silent" },
    ],
  });
  expect(kinds(lossesOf(half, "a"))).toEqual(["servers"]);
  expect(kinds(issuesOf(half, []))).toEqual(["server-silent"]);
  // Nobody knows while the database is away: the machines are there.
  expect(lossesOf(site({ servers: undefined }), "a")).toEqual([]);
});

test("a database of the cloud's own is lost with a zone only where it has no copy", () => {
  const managed = {
    primary: "db.example",
    answers: true,
    inStep: [],
    trouble: undefined,
    isManaged: true,
  };
  const well = site({ database: managed });
  expect([issuesOf(well, []), lossesOf(well, "a")]).toEqual([[], []]);
  const alone = site({ database: managed, hasReplica: false });
  expect([issuesOf(alone, []), kinds(lossesOf(alone, "a"))]).toEqual([[], ["database"]]);
});

test("while a zone is away the other is the last, and what follows from that is told once", () => {
  const half = site({
    zones: [
      { name: "a", state: "failed" },
      { name: "b", state: "up" },
    ],
    machines: [machine("a", { isReady: false }), machine("b")],
    database: { primary: "site-b", answers: true, inStep: [], trouble: undefined },
    members: [
      member("left", {
        leader: { machine: "head-2", zone: "b" },
        standingBy: [],
        heads: [{ id: "m", machine: "head-2", zone: "b", role: "leading" }],
      }),
    ],
  });
  expect(kinds(lossesOf(half, "b"))).toEqual(["last-zone"]);
  expect(kinds(issuesOf(half, []))).toEqual(["zone-failed", "database-alone", "cluster-alone"]);
});

test("nobody with the primary, a head that is silent and a lost cluster are errors", () => {
  const away = site({
    database: { primary: null as never, answers: false, inStep: [], trouble: undefined },
    members: [
      member("left", { answers: false }),
      member("right", { leader: undefined }),
      member("far"),
    ],
  });
  const since = new Date(0);
  const found = issuesOf(away, [{ cluster: "far", since, problem: "a machine may run" }]);
  expect(found.map(({ kind, severity }) => [kind, severity])).toEqual([
    ["database-away", "error"],
    ["cluster-silent", "error"],
    ["cluster-headless", "error"],
    ["cluster-lost", "error"],
  ]);
  expect(kinds(issuesOf(site({ database: undefined }), []))).toEqual(["database-silent"]);
  const last = { primary: "site-a", answers: false, inStep: ["site-b"], trouble: undefined };
  expect(kinds(issuesOf(site({ database: last }), []))).toEqual(["database-away"]);
});

test("a backup that failed or is late is told, of the site and of a cluster", () => {
  const lastAt = "2026-01-01T00:00:00.000Z";
  const late = site({
    backup: { folder: "/b", ok: false, lastAt },
    members: [member("left", { backup: { folder: "/c", ok: false, problem: "disk full" } })],
  });
  expect(issuesOf(late, [])).toEqual([
    { kind: "backup-old", severity: "warning", since: lastAt },
    { kind: "backup-failed", severity: "warning", cluster: "left", reason: "disk full" },
  ]);
});

test("what comes again and again is told once", () => {
  const at = (minute: number) => new Date(Date.UTC(2026, 0, 1, 0, minute));
  const gone = (minute: number) => ({
    ...{ resource: "machine", status: "failed" as const, message: "no power" },
    time: at(minute),
  });
  const { items } = siteEvents([gone(0), gone(30), gone(34), gone(39)], new Map(), 10);
  expect(items.map(({ time, message }) => [time, message])).toEqual([
    [at(39).toISOString(), "no power (3 times)"],
    [at(0).toISOString(), "no power"],
  ]);
});

test("what happened is told newest first, without steps and without what is of every day", () => {
  const at = (minute: number) => new Date(Date.UTC(2026, 0, 1, 0, minute));
  const event = (source: "fleet" | "cluster", kind: string, minute: number) => ({
    ...{ source, kind, time: at(minute).toISOString(), message: `${kind} ${minute}` },
  });
  const step = { ...event("cluster", "head", 2), message: "booting" };
  const left = [
    { ...step, status: "started" as const },
    { ...step, status: "done" as const },
    event("fleet", "launched", 3),
    { ...event("fleet", "head-took-over", 6), message: "m-1 took over from m-12" },
  ];
  const found = siteEvents(
    [
      { time: at(1), resource: "network", status: "done", message: "made" },
      { time: at(5), resource: "machine", status: "started", message: "site-a in zone a" },
    ],
    new Map([
      ["left", { seen: { events: left }, names: new Map([["m-1", "head-1"]]) }],
      ["right", { seen: undefined, names: new Map() }],
    ]),
    10,
  );
  expect(found.items.map(({ kind, cluster }) => [kind, cluster])).toEqual([
    ["head-took-over", "left"],
    ["machine", undefined],
  ]);
  expect(found.items[0]?.message).toBe("head-1 took over from m-12");
  expect(found.incomplete).toEqual(["right"]);
});
