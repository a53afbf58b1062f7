import { SluiceError } from "@sluice/model";
import { describe, expect, it } from "vitest";
import { recordingHost } from "./testing/recording-host.ts";
import { type FarCloud, farCloud, type Sluice, sluice } from "./testing/sluice.ts";

/** `demo` in the local cloud, `faraway` in the other. */
async function bothClouds({ terminal = false } = {}): Promise<Sluice & { far: FarCloud }> {
  const host = recordingHost(terminal);
  const far = farCloud(host);
  const run = sluice({ host, terminal, far });
  for (const [name, options] of [
    ["demo", []],
    ["faraway", ["--provider", "aws"]],
  ] as const) {
    const file = name === "demo" ? "demo.yaml" : "faraway.yaml";
    const { code, err } = await run("create-cluster", "-n", name, "-c", file, ...options);
    if (code !== 0) throw new Error(err);
  }
  far.opened.length = 0;
  return Object.assign(run, { far });
}

const NO_CREDENTIALS = new SluiceError("NO_CREDENTIALS", "cloud", "there are no credentials", {
  hint: "log in",
});

const describeIt = (run: Sluice, name: string, ...more: readonly string[]) =>
  run("describe-cluster", "-n", name, ...more);

describe("finding a cluster's cloud", () => {
  it("asks no other once one has it, and every other until then", async () => {
    const run = await bothClouds();
    expect((await describeIt(run, "demo")).json()).toMatchObject({ provider: "local" });
    expect(run.far.opened).toEqual([]);
    expect((await describeIt(run, "faraway")).json()).toMatchObject({ provider: "aws" });
    expect(await describeIt(run, "nowhere")).toMatchObject({ code: 4 });
  });

  it("asks the named one alone, by option and by environment", async () => {
    const run = await bothClouds();
    expect((await describeIt(run, "demo", "--provider", "aws")).code).toBe(4);
    run.host.env.SLUICE_PROVIDER = "aws";
    expect((await describeIt(run, "demo")).code).toBe(4);
    run.cloud.infrastructure.describe = async () => {
      throw new Error("the local cloud was asked");
    };
    expect((await describeIt(run, "faraway")).code).toBe(0);
    const local = await describeIt(run, "faraway", "--provider", "local");
    expect(local.error().message).toBe("the local cloud was asked");
    expect((await describeIt(run, "demo", "--provider", "moon")).error()).toMatchObject({
      code: "PROVIDER_UNAVAILABLE",
    });
  });

  it("needs no account for local clusters, and says what it could not ask for others", async () => {
    const run = await bothClouds();
    run.far.refusal = NO_CREDENTIALS;
    expect((await describeIt(run, "demo")).code).toBe(0);
    const missing = await describeIt(run, "nowhere");
    expect(missing.code).toBe(4);
    expect(missing.error()).toMatchObject({
      code: "CLUSTER_NOT_FOUND",
      message: "there is no cluster nowhere in local",
      hint: "aws could not be asked: there are no credentials; log in",
    });
    expect((await describeIt(run, "demo", "--provider", "aws")).error().code).toBe(
      "NO_CREDENTIALS",
    );
    run.far.isAtHand = false;
    expect((await describeIt(run, "nowhere")).error().hint).toContain("list-clusters");
  });

  it("looks in the region that is named", async () => {
    const run = await bothClouds();
    await describeIt(run, "faraway", "-r", "eu-west-1");
    expect(run.far.opened).toEqual([{ region: "eu-west-1" }]);
  });
});

describe("list-clusters", () => {
  it("lists those of every cloud that answers, and names those that don't", async () => {
    const run = await bothClouds();
    const names = "clusters[].clusterName";
    expect((await run("list-clusters", "--query", names)).json()).toEqual(["demo", "faraway"]);
    run.far.refusal = NO_CREDENTIALS;
    expect((await run("list-clusters")).json()).toMatchObject({
      clusters: [{ clusterName: "demo" }],
      unasked: [{ provider: "aws", message: "there are no credentials" }],
    });
    const shown = await run("list-clusters", "--output", "text");
    expect(shown.err).toBe("aws could not be asked: there are no credentials; log in\n");
    expect((await run("list-clusters", "--provider", "aws")).code).toBe(6);
  });
});

describe("creating in a cloud with regions", () => {
  it("takes provider and region of the file, and refuses others on the line", async () => {
    const run = await bothClouds();
    const create = (...more: readonly string[]) =>
      run("create-cluster", "-n", "other", "-c", "faraway.yaml", ...more);
    expect((await create("--provider", "local")).error().message).toContain("for the provider aws");
    expect((await create("-r", "us-east-1")).error().message).toContain("eu-central-1");
    expect(run.far.opened).toEqual([]);
    expect((await create()).code).toBe(0);
    expect(run.far.opened).toEqual([{ region: "eu-central-1" }]);
  });

  it("keeps what was made when it fails, if that is wanted, and says how to remove it", async () => {
    const run = await bothClouds();
    run.far.cloud.failAt = "head";
    const create = ["create-cluster", "-n", "kept", "-c", "faraway.yaml"] as const;
    const outcome = await run(...create, "--rollback-on-failure", "false");
    expect(outcome.code).toBe(6);
    expect(outcome.err).toContain("what was made is kept; remove it with: sluice delete-cluster");
    const described = await describeIt(run, "kept");
    expect(described.json()).toMatchObject({ clusterStatus: "CREATE_FAILED" });
    expect((await run(...create, "--rollback-on-failure", "maybe")).code).toBe(2);
  });

  it("takes it down on Ctrl-C, and says that the cloud goes on with that by itself", async () => {
    const run = await bothClouds();
    run.far.cloud.hangAt = "image";
    const { writeErr } = run.host;
    run.host.writeErr = (text) => {
      writeErr(text);
      if (text.includes("image started")) run.host.interrupt();
    };
    const create = [
      "create-cluster",
      "-n",
      "off",
      "-c",
      "faraway.yaml",
      "--keep-on-failure",
    ] as const;
    const outcome = await run(...create);
    expect(outcome.code).toBe(130);
    expect(outcome.err).toContain("press Ctrl-C again to stop waiting");
    expect((await describeIt(run, "off")).code).toBe(4);
  });
});
