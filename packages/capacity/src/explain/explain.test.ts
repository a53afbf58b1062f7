import type { Explanation, FleetEvent } from "@sluice/model";
import type { SlurmJob } from "@sluice/slurm";
import { describe, expect, test } from "vitest";
import type { Snapshot } from "../observe/snapshot.ts";
import { plan } from "../plan/plan.ts";
import { ago, intent, job, machine, NOW, node, snapshotOf } from "../testing/snapshot.ts";
import { poolOf } from "../testing/world.ts";
import { explainJob, jobNamed } from "./job.ts";
import { explainNode } from "./node.ts";
import { slurmReason } from "./slurm-reasons.ts";

const POOL = poolOf("q1", "a", { fixed: 1, dynamic: 3 }, ["small", "large"]);
const KEY = { queue: "q1", computeResource: "a" };
const [N1 = "", N2 = "", N3 = ""] = POOL.dynamicNodes;
const [FIXED = ""] = POOL.staticNodes;
const OFF = "IDLE+CLOUD+POWERED_DOWN";
const STARTING = "ALLOCATED+CLOUD+NOT_RESPONDING+POWERING_UP";
const soon = (seconds: number) => new Date(NOW.getTime() + seconds * 1000);

const event = (
  secondsAgo: number,
  kind: string,
  message: string,
  more: Partial<FleetEvent> = {},
) => ({
  time: ago(secondsAgo).toISOString(),
  kind,
  message,
  ...more,
});
const out = (instanceType: string, more: Partial<Snapshot["unavailable"][number]> = {}) => ({
  pool: KEY,
  offering: { instanceType, zone: "z1", market: "on-demand" as const },
  cause: "capacity" as const,
  reason: "none left",
  size: 1,
  failures: 1,
  until: soon(20),
  ...more,
});

const calledBack = (name: string) => ({
  machineId: `m-t-${name}`,
  node: name,
  kind: "spot" as const,
  deadline: soon(110),
  noticedAt: ago(10),
  signalled: [],
});

function factsOf(more: Partial<Snapshot>, events: readonly FleetEvent[] = []) {
  const nodes = POOL.dynamicNodes.map((name) => node(name, OFF));
  const fixed = node(FIXED, "IDLE+CLOUD");
  const snapshot = snapshotOf([POOL], { nodes: [fixed, ...nodes], ...more });
  return { snapshot, events, stale: undefined, actions: plan(snapshot) };
}
const ofJob = (
  waiting: SlurmJob,
  more: Partial<Snapshot> = {},
  events: readonly FleetEvent[] = [],
): Explanation => explainJob(waiting.label, factsOf({ jobs: [waiting], ...more }, events));
const ofNode = (name: string, more: Partial<Snapshot>, events: readonly FleetEvent[] = []) =>
  explainNode(name, factsOf(more, events));
const pending = (more: Partial<SlurmJob> = {}) =>
  job(7, "", { state: "PENDING", reason: "Resources", submitTime: ago(600), ...more });
const textOf = (explanation: Explanation) => JSON.stringify(explanation);

describe("a job in the queue", () => {
  test.each([
    ["Priority", /higher priority/],
    ["Resources", /enough nodes/],
    ["Dependency", /depends on/],
    ["DependencyNeverSatisfied", /can't happen any more/],
    ["ReqNodeNotAvail, UnavailableNodes:q1-dy-a-1", /DOWN, drained or reserved/],
    ["Nodes_required_for_job_are_DOWN,_DRAINED_or_reserved", /DOWN, drained or reserved/],
    ["BeginTime", /--begin/],
    ["JobHeldUser", /scontrol release/],
    ["JobHeldAdmin", /administrator/],
    ["launch failed requeued held", /too often/],
    ["AssocGrpCpuLimit", /limit set in accounting/],
    ["AssocMaxJobsLimit", /limit set in accounting/],
    ["QOSMaxJobsPerUserLimit", /quality of service/],
    ["QOSGrpNodeLimit", /quality of service/],
    ["PartitionDown", /takes no jobs/],
    ["PartitionInactive", /takes no jobs/],
    ["PartitionTimeLimit", /--time/],
    ["Licenses", /licences/],
    ["JobArrayTaskLimit", /array/],
    ["None", /not looked at it yet/],
  ])("with Slurm's reason %s is told why in plain words", (reason, words) => {
    const { state, why } = ofJob(pending({ reason }));
    expect(state).toBe("job 7 waits in the queue of q1");
    expect(why[0]).toMatch(words);
  });

  test("that is held is told that nothing happens until it is released", () => {
    const { next } = ofJob(pending({ reason: "JobHeldUser" }));
    expect(next.map((one) => one.what)).toEqual([
      "nothing, until it is released, changed or cancelled",
    ]);
  });

  test("with a reason that is not known gets Slurm's own", () => {
    expect(slurmReason("MagicMissing")).toContain("Slurm says MagicMissing");
  });

  test("is told when its --begin is", () => {
    const { next } = ofJob(pending({ reason: "BeginTime", eligibleTime: soon(90) }));
    expect(next[0]).toEqual({ time: soon(90).toISOString(), what: "Slurm considers it again" });
  });

  test("is told what can't be had, until when, what is left, and how often it went back", () => {
    const told = ofJob(pending(), { unavailable: [out("small")] }, [
      event(100, "launched", "machine m-1 of small/z1/on-demand", { node: N2, job: "7" }),
      event(40, "offering-unavailable", "q1/a small/z1/on-demand: none left", {
        node: N1,
        job: "7",
      }),
      event(39, "job-returned", "no capacity until 12:00:00 UTC", { job: "7" }),
      event(30, "offering-unavailable", "q1/a small/z1/on-demand: none left", {
        node: N1,
        job: "8",
      }),
      event(9, "job-returned", "no capacity until 12:00:20 UTC", { job: "7" }),
    ]);
    expect(told.why.join("\n")).toContain("given back to the queue 2 times, last at 11:59:51 UTC");
    expect(told.why.join("\n")).toContain(
      "q1/a: small/z1/on-demand is not asked for: the cloud has none left (none left), until 12:00:20 UTC",
    );
    expect(told.tried).toEqual([
      {
        time: ago(100).toISOString(),
        node: N2,
        offering: "small/z1/on-demand",
        answer: "accepted",
      },
      {
        time: ago(40).toISOString(),
        node: N1,
        offering: "small/z1/on-demand",
        answer: "none left",
      },
    ]);
    expect(told.left.map((one) => one.instanceType)).toEqual(["large"]);
    expect(told.next).toContainEqual({
      time: soon(20).toISOString(),
      what: "small/z1/on-demand of q1/a may be asked for again",
    });
  });

  test.each([
    ["quota", /limit of the account/],
    ["boot", /do not register/],
  ] as const)("is told of an offering that is out because of %s", (cause, words) => {
    expect(ofJob(pending(), { unavailable: [out("small", { cause })] }).why.join()).toMatch(words);
  });

  test("is told of times in which machines can't be had", () => {
    const facts = factsOf({ jobs: [pending()] });
    const [small, ...rest] = facts.snapshot.menu.get("q1/a") ?? [];
    if (small === undefined) throw new Error("no menu");
    const window = { from: soon(3600), until: soon(7200) };
    const menu = new Map([["q1/a", [{ ...small, window }, ...rest]]]);
    const { why, left } = explainJob("7", { ...facts, snapshot: { ...facts.snapshot, menu } });
    expect(why.join()).toContain("small/z1/on-demand is not asked for: its time begins at");
    expect(left.map((one) => one.instanceType)).toEqual(["large"]);
  });

  test("of many nodes is told what can't be had at once, one of a few is not", () => {
    const unavailable = [out("small", { size: 3 })];
    const many = ofJob(pending({ nodeCount: 3 }), { unavailable });
    expect(many.why.join()).toContain("3 of small/z1/on-demand at once are not asked for");
    expect(many.left.map((one) => one.instanceType)).toEqual(["large"]);
    const few = ofJob(pending({ nodeCount: 2 }), { unavailable });
    expect(few.left.map((one) => one.instanceType)).toEqual(["small", "large"]);
  });

  test("is told of a protected compute resource and its next probe", () => {
    const { why, left, next } = ofJob(pending(), {
      health: [
        {
          pool: KEY,
          failures: 10,
          protectedAt: ago(300),
          probeAt: soon(300),
          probes: 0,
          last: {
            node: N1,
            machineId: "m-9",
            at: ago(300),
            reason: "no slurmd",
            console: undefined,
          },
        },
      ],
    });
    expect(why.join()).toContain("q1/a is protected since 11:55:00 UTC: 10 machines in a row");
    expect(left).toEqual([]);
    expect(next).toContainEqual({
      time: soon(300).toISOString(),
      what: "one machine of q1/a is tried",
    });
  });

  test("is told that the fleet is stopped before anything else", () => {
    const { why, next } = ofJob(pending({ reason: "PartitionInactive" }), {
      fleet: { status: "STOPPED", updatedAt: ago(60) },
    });
    expect(why[0]).toBe("the compute fleet is STOPPED since 11:59:00 UTC");
    expect(next[0]?.what).toContain("update-compute-fleet --status start");
  });
});

describe("a job on its nodes", () => {
  const booting: Partial<Snapshot> = {
    nodes: [node(N1, STARTING), node(N2, "ALLOCATED+CLOUD"), node(N3, OFF)],
    intents: [intent(N1), intent(N2, { state: "registered" })],
    machines: [machine(N1), machine(N2)],
    startingSince: new Map([[N1, ago(10)]]),
  };

  test("waits for those that boot, knows how long that takes and when it is given up", () => {
    const { state, why, next } = ofJob(job(7, "q1-dy-a-[1-2]", { nodeCount: 2 }), booting, [
      event(900, "launched", "machine m-a of small/z1/on-demand", { node: N3, machineId: "m-a" }),
      event(825, "registered", "node registered", { node: N3, machineId: "m-a" }),
    ]);
    expect(state).toBe(`job 7 has its nodes (${N1}, ${N2}) and waits for them: 1 of 2 are up`);
    expect(why).toEqual([
      `it waits since 11:59:50 UTC for ${N1}`,
      "1 machine boots; that usually takes 75 s",
    ]);
    expect(next[0]).toEqual({
      time: soon(51).toISOString(),
      what: "its machine is given up and another asked for, if it has not registered by then",
    });
    expect(next.at(-1)?.what).toContain("starts the moment");
  });

  test("is told what the planner does for it right now", () => {
    const { next } = ofJob(job(7, N1), { nodes: [node(N1, STARTING)] });
    expect(next[0]).toEqual({
      time: NOW.toISOString(),
      what: "1 machine of small/z1/on-demand asked for",
    });
  });

  test("is told that it goes back, or why it can't", () => {
    const short = { nodes: [node(N1, STARTING)], unavailable: [out("small"), out("large")] };
    expect(ofJob(job(7, N1), short).next[0]?.what).toMatch(/goes back to the queue: no capacity/);
    const stuck = ofJob(job(7, N1, { canRequeue: false }), short);
    expect(stuck.why.join()).toContain("can't be given back");
  });

  test("runs, and nothing is wrong", () => {
    const runs = job(7, N2, { state: "RUNNING", startTime: ago(60) });
    expect(ofJob(runs, booting)).toMatchObject({
      state: `job 7 runs on ${N2} since 11:59:00 UTC`,
      why: [],
      left: [],
    });
  });
});

describe("a job whose machine is called back", () => {
  const called: Partial<Snapshot> = {
    nodes: [node(N1, "ALLOCATED+CLOUD+DRAIN", { reason: "sluice: spot interruption" })],
    intents: [intent(N1, { state: "registered" })],
    machines: [machine(N1)],
    notices: [calledBack(N1)],
  };
  const at = soon(110).toISOString();

  test("goes back to the queue", () => {
    const { next } = ofJob(job(7, N1, { state: "RUNNING" }), {
      ...called,
      signals: new Map([[7, undefined]]),
    });
    expect(next[0]?.what).toMatch(/^the job goes back to the queue: its machine/);
    expect(next.at(-1)).toEqual({
      time: at,
      what: `the cloud takes machine m-t-${N1} of ${N1} away`,
    });
  });

  test("is told that it ends with it, when it can't go back", () => {
    const { next } = ofJob(job(7, N1, { state: "RUNNING", canRequeue: false }), called);
    expect(next).toContainEqual({
      time: at,
      what: expect.stringMatching(/^the job ends with its machine: it can't be given back/),
    });
  });
});

describe("the name of a job", () => {
  const array = [
    job(12, "", { label: "12_[3-5,9%2]", state: "PENDING" }),
    job(13, N1, { label: "12_1", state: "RUNNING" }),
    job(20, N2, { label: "20" }),
  ];

  test.each([
    ["12", 12],
    ["12_1", 13],
    ["12_4", 12],
    ["12_9", 12],
    ["20", 20],
  ])("%s is found", (name, id) => {
    expect(jobNamed(array, name)?.id).toBe(id);
  });

  test.each(["12_2", "12_99", "99", "x", ""])("%j is not", (name) => {
    expect(() => explainJob(name, factsOf({ jobs: array }))).toThrow(
      expect.objectContaining({ code: "JOB_NOT_FOUND", source: "user" }),
    );
  });

  test("that is over tells how it ended", () => {
    const over = job(9, "", { state: "TIMEOUT" });
    expect(explainJob("9", factsOf({ jobs: [] }), over).state).toBe("job 9 is over: TIMEOUT");
  });
});

describe("a node", () => {
  test("that is off says what switches it on", () => {
    const { state, next } = ofNode(N1, {});
    expect(state).toBe(`${N1} is off`);
    expect(next).toEqual([{ time: null, what: "it is switched on when Slurm puts a job on it" }]);
  });

  test("that starts shows its machine, offering, attempt and timeout", () => {
    const { state, why, next } = ofNode(N1, {
      nodes: [node(N1, STARTING)],
      intents: [intent(N1, { attempts: 3 })],
      machines: [machine(N1)],
      jobs: [job(7, N1)],
    });
    expect(state).toBe(
      `${N1} is starting: its machine m-t-${N1} was accepted 9 s ago and has not registered yet`,
    );
    expect(why).toContain("this is attempt 3 in a row");
    expect(why.join()).toContain("running, small/z1/on-demand at an unknown price");
    expect(next[0]?.time).toBe(soon(51).toISOString());
  });

  test("that is used shows its jobs; an idle one when it goes", () => {
    const busy = { nodes: [node(N1, "ALLOCATED+CLOUD")], jobs: [job(7, N1, { state: "RUNNING" })] };
    const held = { intents: [intent(N1, { state: "registered" })], machines: [machine(N1)] };
    expect(ofNode(N1, { ...busy, ...held }).state).toBe(`${N1} is up, with job 7`);
    const idle = { nodes: [node(N1, "IDLE+CLOUD", { lastBusyTime: ago(300) })], ...held };
    expect(ofNode(N1, idle)).toMatchObject({
      state: `${N1} is up and idle, used last 5 min ago`,
      next: [{ time: soon(300).toISOString(), what: "it is switched off, unless a job comes" }],
    });
  });

  test("with a person's reason on it says whose, and how to undo it", () => {
    const drained = node(N1, "IDLE+CLOUD+DRAIN", { reason: "broken fan", reasonUser: "ada" });
    const { state, why } = ofNode(N1, { nodes: [drained] });
    expect(state).toContain("takes no new jobs because it is drained");
    expect(why[0]).toBe(
      `ada set the reason "broken fan" on it; Sluice leaves that alone. To undo it: scontrol update nodename=${N1} state=resume`,
    );
  });

  test("that the cloud takes back says when", () => {
    const told = ofNode(N1, {
      nodes: [node(N1, "IDLE+CLOUD")],
      intents: [intent(N1, { state: "registered" })],
      machines: [machine(N1)],
      notices: [calledBack(N1)],
    });
    expect(told.why).toContain("the cloud takes its machine away at 12:01:50 UTC (spot)");
    expect(told.next.map((one) => one.time)).toContain(soon(110).toISOString());
  });

  test("whose machine vanished says what the planner does about it", () => {
    const { next } = ofNode(N1, {
      nodes: [node(N1, "IDLE+CLOUD")],
      intents: [intent(N1, { state: "registered" })],
      gone: new Set([`t-${N1}`]),
    });
    expect(next[0]?.what).toContain(`${N1}: is set DOWN`);
  });

  test("that is set down for want of machines says until when", () => {
    const reason = "sluice: no capacity until 12:00:20 UTC (none left)";
    const told = ofNode(N1, {
      nodes: [node(N1, "DOWN+CLOUD+POWERED_DOWN", { reason })],
      unavailable: [out("small"), out("large")],
    });
    expect(told.state).toBe(`${N1} is off, and not to be asked for`);
    expect(told.why[0]).toBe(`its reason is "${reason}"`);
    expect(told.next.map((one) => one.what)).toContain(
      "small/z1/on-demand of q1/a may be asked for again",
    );
  });

  test("that is being switched off says why, and when it can be had again", () => {
    const reason = "sluice: spot interruption, machine goes at 11:59:00 UTC";
    const state = "IDLE+CLOUD+POWERING_DOWN";
    expect(ofNode(N1, { nodes: [node(N1, state, { reason })] })).toMatchObject({
      state: `${N1} is being switched off`,
      why: [`its last reason is "${reason}"`],
      next: [{ time: null, what: "Slurm can put jobs on it again when it is off" }],
    });
    const told = ofNode(N1, {
      nodes: [node(N1, state)],
      unavailable: [out("small"), out("large")],
    });
    expect(told.why.join()).toContain("q1/a: large/z1/on-demand is not asked for");
    expect(told.next.map(({ what }) => what)).toContain(
      "large/z1/on-demand of q1/a may be asked for again",
    );
  });

  test("that was resumed and has no machine says so", () => {
    const told = ofNode(N1, { nodes: [node(N1, "IDLE+CLOUD+NOT_RESPONDING")] });
    expect(told.why).toEqual(["it has no machine"]);
    expect(told.next[0]?.what).toContain("is set DOWN");
  });

  test("of a parked machine and a static one say so", () => {
    const parked = intent(N1, { state: "parked" });
    const told = ofNode(N1, { intents: [parked], machines: [machine(N1, { state: "stopped" })] });
    expect(told.state).toContain("is stopped and kept for the next time");
    expect(textOf(ofNode(FIXED, {}))).toContain("it is static (MinCount)");
  });

  test("that is not there is an error", () => {
    expect(() => ofNode("q9", {})).toThrow(expect.objectContaining({ code: "NODE_NOT_FOUND" }));
  });
});

test("an old look is said to be one, and the same facts give the same words", () => {
  const facts = { ...factsOf({}), stale: "slurmctld does not answer" };
  expect(explainNode(N1, facts)).toMatchObject({
    time: NOW.toISOString(),
    stale: "slurmctld does not answer",
  });
  expect(explainNode(N1, facts)).toEqual(explainNode(N1, facts));
});
