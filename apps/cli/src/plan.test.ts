import type { ChangePlan } from "@sluice/model";
import { describe, expect, it } from "vitest";
import { painter } from "./render/paint.ts";
import { planText } from "./render/plan.ts";
import { type Sluice, sluice, sluiceWithDemo } from "./testing/sluice.ts";

/** The demo file with another text in place of one of its own. */
function edited(run: Sluice, from: string, to: string): void {
  const text = run.host.files.get("demo.yaml") ?? "";
  expect(text).toContain(from);
  run.host.files.set("new.yaml", text.replace(from, to));
}

const STRATEGY = [
  "  Scheduler: slurm\n",
  "  SlurmSettings: {QueueUpdateStrategy: DRAIN}\n",
] as const;

describe("plan", () => {
  it("compares two files and touches no cloud", async () => {
    const run = sluice();
    run.cloud.headAnswers = false;
    edited(run, "MaxCount: 4", "MaxCount: 6");
    const { code, json } = await run("plan", "-c", "new.yaml", "--from", "demo.yaml");
    expect(code).toBe(0);
    expect(json<ChangePlan>()).toMatchObject({
      changes: [{ path: expect.stringMatching(/MaxCount$/), from: 4, to: 6, effect: "live" }],
      effect: "live",
      addedNodes: ["main-dy-small-5", "main-dy-small-6"],
      removedNodes: [],
    });
    expect(run.cloud.closed).toBe(false);
  });

  it("says with 5 that a cluster can't have a change", async () => {
    const run = sluice({ terminal: true });
    edited(run, "InstanceType: local.head", "InstanceType: local.large");
    const { code, out } = await run("plan", "-c", "new.yaml", "--from", "demo.yaml");
    expect(code).toBe(5);
    expect(out).toContain("refused");
    expect(out).toContain('write InstanceType: "local.head"');
    expect(out).toContain("nothing would be done");
  });

  it("compares with what a cluster has, and knows whether its fleet is stopped", async () => {
    const run = await sluiceWithDemo();
    edited(run, "InstanceType: local.small", "InstanceType: local.medium");
    const plan = async () =>
      (await run("plan", "-c", "new.yaml", "-n", "demo")).json<ChangePlan>().effect;
    expect(await plan()).toBe("fleet-stop");
    await run("update-compute-fleet", "-n", "demo", "--status", "stop", "--wait");
    expect(await plan()).toBe("live");
  });

  it("takes a fleet of which it hears nothing for one that runs", async () => {
    const run = await sluiceWithDemo();
    edited(run, "MaxCount: 4", "MaxCount: 2");
    run.cloud.headAnswers = false;
    const { json } = await run("plan", "-c", "new.yaml", "-n", "demo");
    expect(json<ChangePlan>().effect).toBe("fleet-stop");
  });

  it.each([
    [["-c", "demo.yaml"], /needs --cluster-name/],
    [["-c", "demo.yaml", "-n", "demo", "--from", "demo.yaml"], /takes only one of/],
    [["--from", "demo.yaml"], /needs -c/],
  ])("needs one thing to compare with: %s", async (argv, message) => {
    const run = sluice();
    const outcome = await run("plan", ...argv);
    expect(outcome.code).toBe(2);
    expect(outcome.error().message).toMatch(message);
  });

  it("names which of the files is wrong, and a cluster that is not there", async () => {
    const run = sluice();
    run.host.files.set("bad.yaml", "Provider: local\n");
    const old = await run("plan", "-c", "demo.yaml", "--from", "bad.yaml");
    expect(old).toMatchObject({ code: 3 });
    expect(old.err).toContain("bad.yaml");
    expect((await run("plan", "-c", "demo.yaml", "-n", "none")).code).toBe(4);
  });

  it("is for people on a terminal: by effect, with nodes, cost and steps", async () => {
    const run = sluice({ terminal: true });
    edited(run, ...STRATEGY);
    const text = run.host.files.get("new.yaml") ?? "";
    run.host.files.set("new.yaml", text.replace("local.small", "local.medium"));
    const { out } = await run("plan", "-c", "new.yaml", "--from", "demo.yaml", "--no-color");
    expect(out).toBe(`drain  when the jobs on the nodes have ended
    KEY           FROM         TO            NODES
  Scheduling.SlurmQueues[main].ComputeResources[small]
    InstanceType  local.small  local.medium  main-dy-small-[1-4]
  machines of the old type go: 4 nodes are taken out of service as their jobs end

live  at once, no node notices
    KEY                  FROM                TO
  Scheduling.SlurmSettings
    QueueUpdateStrategy  COMPUTE_FLEET_STOP  DRAIN
  it holds for this update already

USD AN HOUR  BEFORE  AFTER
at least     0.0416  0.0416
at most      0.0832  0.1248

steps
  1. apply at once: Scheduling.SlurmSettings.QueueUpdateStrategy
  2. take 4 nodes out of service: no new jobs start there, and each is switched off when its jobs have ended
  3. apply, as soon as the nodes of each are off: Scheduling.SlurmQueues[main].ComputeResources[small].InstanceType
`);
  });
});

describe("planText", () => {
  const PLAN: ChangePlan = {
    changes: [],
    effect: undefined,
    addedNodes: [],
    removedNodes: [],
    cost: {
      before: { least: 0, most: 1 },
      after: { least: 0, most: 2 },
      unknownPrices: [],
    },
    steps: [],
  };

  it("says that nothing changes", () => {
    expect(planText(PLAN, painter(false))).toBe("nothing changes\n");
  });

  it("shows values of every kind in short, and none that could move a cursor", () => {
    const values = [undefined, "a\u001b[2Jb\r", { seconds: 90 }, ["x", 1], { Name: "big", A: 1 }];
    const changes = values.map((to, index) => ({
      path: `Key${index}`,
      from: { A: { B: true } },
      to,
      policy: "SUPPORTED" as const,
      effect: "live" as const,
      nodes: [],
      reason: "why",
    }));
    const text = planText({ ...PLAN, changes, effect: "live" }, painter(false));
    const shown = text.split("\n").filter((line) => /^ +Key/.test(line));
    expect(shown.map((line) => line.trim().split(/ {2,}/))).toEqual([
      ["Key0", "{A: {B: true}}", "-"],
      ["Key1", "{A: {B: true}}", "ab"],
      ["Key2", "{A: {B: true}}", "90s"],
      ["Key3", "{A: {B: true}}", "[x, 1]"],
      ["Key4", "{A: {B: true}}", "big"],
    ]);
    expect(text.match(/why/g)).toHaveLength(1);
  });
});
