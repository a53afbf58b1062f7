import { describe, expect, it } from "vitest";
import { sluice, sluiceWithDemo } from "./testing/sluice.ts";

const create = ["create-cluster", "-n", "demo", "-c", "demo.yaml"] as const;

const FIVE_MISTAKES = `Provider: local
Image:
  Os: windows95
HeadNode:
  InstanceType: local.head
  Colour: blue
Scheduling:
  Scheduler: slurm
  SlurmQueues:
    - Name: Main Queue
      ComputeResources:
        - Name: small
          InstanceType: local.small
          MinCount: -1
          MaxCount: lots
`;

describe("validate", () => {
  it("answers valid with 0, without a cloud", async () => {
    const run = sluice();
    run.host.files.set("aws.yaml", "Region: eu-west-1\n");
    expect(await run("validate", "-c", "demo.yaml")).toMatchObject({ code: 0 });
    expect((await run("validate", "-c", "aws.yaml")).code).toBe(3);
  });

  it("lists every mistake with its place, exit code 3", async () => {
    const run = sluice({ terminal: true });
    run.host.files.set("bad.yaml", FIVE_MISTAKES);
    const text = await run("validate", "-c", "bad.yaml");
    expect(text.code).toBe(3);
    for (const line of [3, 6, 10, 14, 15]) expect(text.err).toContain(`bad.yaml:${line}:`);
    const json = await run("validate", "-c", "bad.yaml", "--output", "json");
    const { valid, findings } = json.json<{ valid: boolean; findings: { line: number }[] }>();
    expect(valid).toBe(false);
    expect(findings.map(({ line }) => line)).toEqual([3, 6, 10, 14, 15]);
  });

  it("says which file it can't read", async () => {
    const outcome = await sluice()("validate", "-c", "nothing.yaml");
    expect(outcome.code).toBe(3);
    expect(outcome.error()).toMatchObject({ code: "CLUSTER_FILE_UNREADABLE" });
  });
});

describe("create-cluster", () => {
  it("creates, with progress on stderr and one document on stdout", async () => {
    const outcome = await sluice()(...create);
    expect(outcome.code).toBe(0);
    expect(outcome.json()).toMatchObject({
      cluster: { clusterName: "demo", clusterStatus: "CREATE_COMPLETE" },
      validationMessages: [],
    });
    expect(outcome.err).toMatch(/^2026-01-05T08:00:00Z network started$/m);
  });

  it("draws steps with their time on a terminal", async () => {
    const { err } = await sluice({ terminal: true })(...create, "--no-color");
    expect(err).toContain("✔ network 0.0 s\n");
    expect(err).toContain("⠋ head 0.0 s\n");
  });

  it.each([[["--dryrun"]], [["--dryrun", "true"]]])("makes nothing with %j", async (dryrun) => {
    const run = sluice();
    const outcome = await run(...create, ...dryrun);
    expect(outcome.json()).toMatchObject({ plan: { steps: expect.any(Array) } });
    expect(run.cloud.made("demo")).toEqual([]);
  });

  it("creates nothing from an invalid file", async () => {
    const run = sluice();
    run.host.files.set("demo.yaml", FIVE_MISTAKES);
    const outcome = await run(...create);
    expect(outcome).toMatchObject({ code: 3, out: "" });
    expect(outcome.err).toContain("windows95");
    expect(await run.cloud.infrastructure.list()).toEqual([]);
  });

  it("tells a taken name (5) from a cloud that refuses (6)", async () => {
    const run = await sluiceWithDemo();
    expect((await run(...create)).code).toBe(5);
    const other = sluice();
    other.cloud.failAt = "storage";
    const refused = await other(...create);
    expect(refused.code).toBe(6);
    expect(refused.error()).toMatchObject({ code: "CLOUD_NOT_READY", source: "cloud" });
  });

  it("aborts at the first Ctrl-C, cleans up, and quits hard at the second", async () => {
    const run = sluice();
    run.cloud.hangAt = "image";
    const { writeErr } = run.host;
    run.host.writeErr = (text) => {
      writeErr(text);
      if (text.includes("image started")) run.host.interrupt();
    };
    const outcome = await run(...create);
    expect(outcome.code).toBe(130);
    expect(outcome.err).toContain("interrupted: taking down what was made");
    expect(outcome.error()).toMatchObject({ code: "INTERRUPTED" });
    expect(await run.cloud.infrastructure.list()).toEqual([]);
    expect(run.host.exits).toEqual([]);

    run.host.writeErr = (text) => {
      writeErr(text);
      if (text.includes("image started")) {
        run.host.interrupt();
        run.host.interrupt();
      }
    };
    await run(...create);
    expect(run.host.exits).toEqual([130]);
  });

  it("can't reach a provider that is not here", async () => {
    const run = sluice();
    const aws = `Region: eu-west-1
Image:
  Os: alinux2023
HeadNode:
  InstanceType: t3.medium
  Networking:
    SubnetId: subnet-0123456789abcdef0
Scheduling:
  Scheduler: slurm
  SlurmQueues:
    - Name: main
      Networking:
        SubnetIds: [subnet-0123456789abcdef0]
      ComputeResources:
        - Name: small
          InstanceType: c5.large
          MinCount: 0
          MaxCount: 4
`;
    run.host.files.set("aws.yaml", aws);
    const outcome = await run("create-cluster", "-n", "demo", "-c", "aws.yaml");
    expect(outcome.error()).toMatchObject({ code: "PROVIDER_UNAVAILABLE" });
  });
});

describe("delete-cluster", () => {
  it("needs --yes when nobody can be asked", async () => {
    const run = await sluiceWithDemo();
    const outcome = await run("delete-cluster", "-n", "demo");
    expect(outcome.code).toBe(2);
    expect(outcome.error().hint).toBe("add --yes");
    const deleted = await run("delete-cluster", "-n", "demo", "--yes", "--keep-accounting");
    expect(deleted.json()).toEqual({
      cluster: { clusterName: "demo", clusterStatus: "DELETE_COMPLETE" },
      kept: ["accounting of demo"],
    });
    expect((await run("delete-cluster", "-n", "demo", "--yes")).code).toBe(4);
  });

  it("asks on a terminal, and takes only yes for yes", async () => {
    const run = await sluiceWithDemo({ terminal: true });
    run.host.answer = "";
    expect((await run("delete-cluster", "-n", "demo")).code).toBe(130);
    expect(await run.cloud.infrastructure.list()).toHaveLength(1);
    run.host.answer = "y";
    expect((await run("delete-cluster", "-n", "demo")).code).toBe(0);
    expect(run.host.questions).toHaveLength(2);
    expect(await run.cloud.infrastructure.list()).toEqual([]);
  });
});

describe("the fleet", () => {
  it("is stopped, started and described", async () => {
    const run = await sluiceWithDemo();
    const update = (status: string) =>
      run("update-compute-fleet", "-n", "demo", "--status", status, "--wait");
    expect((await update("stop")).json()).toMatchObject({ status: "STOPPED" });
    expect((await update("START_REQUESTED")).json()).toMatchObject({ status: "RUNNING" });
    const fleet = await run("describe-compute-fleet", "-n", "demo", "--query", "status");
    expect(fleet.json()).toBe("RUNNING");
  });

  it("goes with the whole cluster", async () => {
    const run = await sluiceWithDemo();
    expect((await run("stop-cluster", "-n", "demo")).json()).toMatchObject({
      cluster: { clusterStatus: "STOPPED" },
    });
    expect((await run("describe-compute-fleet", "-n", "demo")).code).toBe(5);
    expect((await run("start-cluster", "-n", "demo")).code).toBe(0);
  });

  it("lists machines by kind, in both spellings", async () => {
    const run = await sluiceWithDemo();
    run.cloud.addMachine("demo", "main-dy-small-1", "main");
    const nodes = "instances[].nodeName";
    const list = (type: string) =>
      run("describe-cluster-instances", "-n", "demo", "--node-type", type, "--query", nodes);
    expect((await list("HeadNode")).json()).toEqual(["head"]);
    expect((await list("COMPUTE")).json()).toEqual(["main-dy-small-1"]);
    expect((await list("Else")).code).toBe(2);
  });
});
