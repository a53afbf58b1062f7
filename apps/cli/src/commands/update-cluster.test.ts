import { demoClusterFile } from "@sluice/lifecycle/testing";
import { describe, expect, it } from "vitest";
import { sluiceWithDemo } from "../testing/sluice.ts";

const BIGGER = demoClusterFile().replace("MaxCount: 4", "MaxCount: 8");
const IMPOSSIBLE = demoClusterFile().replace("debian13", "debian12");
const update = ["update-cluster", "-n", "demo"] as const;

async function demo({ terminal = false } = {}) {
  const run = await sluiceWithDemo({ terminal });
  run.host.files.set("bigger.yaml", BIGGER);
  run.host.files.set("impossible.yaml", IMPOSSIBLE);
  return run;
}

describe("update-cluster", () => {
  it("answers with the cluster and what changed, once the file is in force", async () => {
    const run = await demo();
    const outcome = await run(...update, "-c", "bigger.yaml");
    expect(outcome.code, outcome.err).toBe(0);
    expect(outcome.json()).toMatchObject({
      cluster: { clusterName: "demo", clusterStatus: "UPDATE_COMPLETE" },
      fileVersion: 2,
      changeSet: [{ currentValue: 4, requestedValue: 8 }],
      validationMessages: [],
    });
    expect(outcome.err).toMatch(/^\S+Z update started version 2$/m);
    const described = (await run("describe-cluster", "-n", "demo")).json();
    expect(described).toMatchObject({ clusterStatus: "UPDATE_COMPLETE", fileVersion: 2 });
  });

  it("shows a person the plan before it begins", async () => {
    const outcome = await (await demo({ terminal: true }))(...update, "-c", "bigger.yaml");
    expect(outcome.err.indexOf("MaxCount")).toBeGreaterThan(-1);
    expect(outcome.err.indexOf("MaxCount")).toBeLessThan(outcome.err.indexOf("version 2"));
    expect(outcome.out).toContain("version 2 of its file is in force");
  });

  it("changes nothing with --dryrun, and for what the cluster can't have (5)", async () => {
    const run = await demo();
    const plan = await run(...update, "-c", "bigger.yaml", "--dryrun");
    expect(plan.json()).toMatchObject({ plan: { effect: "live" } });
    const refused = await run(...update, "-c", "impossible.yaml");
    expect(refused.code).toBe(5);
    expect(refused.error()).toMatchObject({ code: "UPDATE_CONFLICT" });
    expect((await run(...update, "-c", "impossible.yaml", "--dryrun")).code).toBe(5);
    expect(await run.cloud.infrastructure.files("demo")).toHaveLength(1);
  });

  it("says what Ctrl-C leaves behind, and calls that off", async () => {
    const run = await demo();
    run.cloud.looksUntilUpdated = 100;
    run.host.clock.beforeSleep = () => run.host.interrupt();
    const interrupted = await run(...update, "-c", "bigger.yaml");
    expect(interrupted.code).toBe(130);
    expect(interrupted.error().hint).toContain("--call-off");
    run.host.clock.beforeSleep = () => {};
    expect((await run(...update, "-c", "impossible.yaml")).code).toBe(5);
    const back = await run(...update, "--call-off");
    expect(back.code, back.err).toBe(0);
    expect(back.json()).toMatchObject({ fileVersion: 3, changeSet: [] });
  });

  it("fails with 1 and the reason when the head goes back", async () => {
    const run = await demo();
    run.cloud.failUpdate = "slurmctld refuses it: no such plugin";
    const outcome = await run(...update, "-c", "bigger.yaml");
    expect(outcome.code).toBe(1);
    expect(outcome.error()).toMatchObject({
      code: "UPDATE_FAILED",
      message: expect.stringContaining("no such plugin"),
    });
  });

  it("wants one file", async () => {
    const run = await demo();
    expect((await run(...update)).code).toBe(2);
    expect((await run(...update, "--call-off", "-c", "bigger.yaml")).code).toBe(2);
  });
});
