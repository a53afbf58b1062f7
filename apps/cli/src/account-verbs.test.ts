import { execFile } from "node:child_process";
import { mkdtemp, readdir, readFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { describe, expect, it } from "vitest";
import { recordingHost } from "./testing/recording-host.ts";
import { type FarCloud, farCloud, type Sluice, sluice } from "./testing/sluice.ts";

const execute = promisify(execFile);

/** One cluster, `faraway`, in a cloud in an account, with a log. */
async function far(terminal = false): Promise<Sluice & { far: FarCloud }> {
  const host = recordingHost(terminal);
  const cloud = farCloud(host);
  const run = sluice({ host, terminal, far: cloud });
  host.env.SLUICE_PROVIDER = "aws";
  const { code, err } = await run("create-cluster", "-n", "faraway", "-c", "faraway.yaml");
  if (code !== 0) throw new Error(err);
  cloud.cloud.logs?.append(
    "faraway",
    "head/slurmctld",
    ["one", "two", "three"].map((text, second) => ({
      time: new Date(Date.UTC(2026, 0, 5, 8, 0, second)),
      text,
    })),
  );
  return Object.assign(run, { far: cloud });
}

const folder = () => mkdtemp(join(tmpdir(), "sluice-verbs-"));

describe("synth", () => {
  it("gives the first template, or writes all of them, again and again", async () => {
    const run = await far();
    const first = await run("synth", "-c", "faraway.yaml", "-n", "lab");
    expect(first.json()).toEqual({ name: "lab", region: "eu-central-1" });
    const out = join(await folder(), "templates");
    for (let count = 0; count < 2; count += 1) {
      const { code, json } = await run("synth", "-c", "faraway.yaml", "--out", out);
      expect(code).toBe(0);
      expect(json()).toEqual({
        files: [join(out, "cluster.template.json"), join(out, "nested/queues.template.json")],
      });
    }
    expect(await readFile(join(out, "nested/queues.template.json"), "utf8")).toBe("{}");
  });

  it("says that the local cloud has none", async () => {
    const run = sluice();
    expect((await run("synth", "-c", "demo.yaml")).error()).toMatchObject({
      code: "UNSUPPORTED_BY_PROVIDER",
    });
  });
});

describe("cost", () => {
  it("is a table for people and numbers for programs", async () => {
    const run = await far();
    expect((await run("cost", "-n", "faraway")).json()).toMatchObject({
      usdPerHour: 0.1,
      unpriced: 1,
    });
    const { out } = await run("cost", "-n", "faraway", "--output", "text");
    expect(out).toMatch(/^head node +0\.1000$/m);
    expect(out).toContain("0.1000 USD an hour, 73.00 a month if it stays so, and 1 without");
  });
});

describe("logs that the cloud keeps", () => {
  it("are listed and read, newest or oldest first, within times", async () => {
    const run = await far();
    const list = await run("list-cluster-log-streams", "-n", "faraway");
    expect(list.json()).toMatchObject({ logStreams: [{ logStreamName: "head/slurmctld" }] });
    const get = async (...more: readonly string[]) => {
      const words = ["-n", "faraway", "--log-stream-name", "head/slurmctld", ...more];
      const { json } = await run("get-cluster-log-events", ...words, "--query", "events[].message");
      return json();
    };
    expect(await get("--limit", "1")).toEqual(["three"]);
    expect(await get("--start-from-head", "true", "--limit", "1")).toEqual(["one"]);
    expect(await get("--head", "--limit", "1", "--next-token", "1")).toEqual(["two"]);
    expect(await get("--start-time", "2026-01-05T08:00:01", "--end-time", "1s")).toEqual([]);
    expect(await get("--end-time", "2026-01-05T08:00:01Z")).toEqual(["one"]);
    const wrong = await run(
      ...["get-cluster-log-events", "-n", "faraway", "--log-stream-name", "x", "--limit", "many"],
    );
    expect(wrong.code).toBe(2);
  });

  it("stay readable when the cluster is gone", async () => {
    const run = await far();
    await run("delete-cluster", "-n", "faraway", "--yes");
    run.host.env.SLUICE_PROVIDER = undefined;
    expect((await run("list-cluster-log-streams", "-n", "faraway")).code).toBe(0);
    expect((await run("list-cluster-log-streams", "-n", "never")).code).toBe(4);
  });

  it("are exported into one archive, which is never written over", async () => {
    const run = await far();
    const path = join(await folder(), "logs.tar.gz");
    const exported = await run("export-cluster-logs", "-n", "faraway", "--output-file", path);
    expect(exported.json()).toEqual({ outputFile: path, logStreams: 2 });
    const { stdout } = await execute("tar", ["-tzf", path]);
    expect(stdout.split("\n")).toContain("faraway-logs-20260105T080000/head/slurmctld.log");
    const again = await run("export-cluster-logs", "-n", "faraway", "--output-file", path);
    expect(again.error()).toMatchObject({ code: "OUTPUT_FILE_EXISTS" });
  });

  it("leave no archive behind when they can't be read", async () => {
    const run = await far();
    const directory = await folder();
    const { logs } = run.far.cloud;
    if (logs !== undefined) logs.read = () => Promise.reject(new TypeError("no such page"));
    const words = ["-n", "faraway", "--output-file", join(directory, "logs.tar.gz")];
    const outcome = await run("export-cluster-logs", ...words);
    expect(outcome.error()).toMatchObject({ code: "UNEXPECTED", message: "no such page" });
    expect(await readdir(directory)).toEqual([]);
  });
});

describe("get-cluster-stack-events", () => {
  it("shows what the cloud did", async () => {
    const run = await far();
    const events = await run("get-cluster-stack-events", "-n", "faraway");
    expect(events.json()).toMatchObject({
      events: expect.arrayContaining([
        expect.objectContaining({ logicalResourceId: "network", resourceStatus: "started" }),
      ]),
    });
  });
});

describe("delete-cluster", () => {
  it("keeps storage and accounting when told, and says so before", async () => {
    const run = await far(true);
    run.host.answer = "y";
    const words = ["-n", "faraway", "--retain-storage", "--output", "json"];
    const { json } = await run("delete-cluster", ...words);
    expect(json()).toMatchObject({ kept: ["accounting of faraway", "storage of faraway"] });
    expect(run.host.questions.at(-1)).toContain("its storage stays");
  });
});

describe("images", () => {
  const FILE = "Build: { InstanceType: c5.large, ParentImage: ami-0123456789abcdef0 }\n";

  it("are built, listed by status, described and deleted", async () => {
    const run = await far();
    run.host.files.set("image.yaml", FILE);
    const build = ["build-image", "-i", "lab-1", "-c", "image.yaml"] as const;
    expect((await run(...build, "--dryrun")).json()).toMatchObject({ validationMessages: [] });
    const built = await run(...build, "-r", "eu-central-1");
    expect(built.json()).toMatchObject({ image: { imageBuildStatus: "BUILD_COMPLETE" } });
    expect((await run(...build)).code).toBe(5);
    const list = (status: string) =>
      run("list-images", "--image-status", status, "--query", "images[].imageId");
    expect((await list("AVAILABLE")).json()).toEqual(["lab-1"]);
    expect((await list("FAILED")).json()).toEqual([]);
    const described = await run("describe-image", "--image-id", "lab-1", "--output", "text");
    expect(described.out).toMatch(/^CustomAmi +ami-of-lab-1/m);
    const log = await run("get-image-log-events", "-i", "lab-1", "--limit", "1");
    expect(log.json()).toEqual({ events: [{ message: "done" }] });
    expect((await run("delete-image", "-i", "lab-1")).code).toBe(2);
    const deleted = await run("delete-image", "-i", "lab-1", "--yes");
    expect(deleted.json()).toMatchObject({ image: { imageBuildStatus: "DELETE_COMPLETE" } });
    expect((await run("describe-image", "-i", "lab-1")).code).toBe(4);
  });

  it("are not built from a file that is wrong or not there", async () => {
    const run = await far();
    run.host.files.set("image.yaml", "Build: {}\n");
    const build = (path: string) => run("build-image", "-i", "lab-1", "-c", path);
    expect((await build("image.yaml")).code).toBe(3);
    expect((await build("none.yaml")).error().message).toBe("there is no image file none.yaml");
  });

  it("of makers are listed by system and architecture", async () => {
    const run = await far();
    const list = async (...more: readonly string[]) =>
      (await run("list-official-images", ...more, "--query", "images")).json();
    expect(await list("--os", "debian13")).toEqual([
      { os: "debian13", architecture: "x86_64" },
      { os: "debian13", architecture: "arm64" },
    ]);
    expect(await list("--os", "alinux2023", "--provider", "local")).toEqual([]);
    expect((await run("list-official-images", "--provider", "moon")).code).toBe(2);
  });
});

describe("iam-policy", () => {
  it("is a document for what is named", async () => {
    const run = await far(true);
    const { out } = await run("iam-policy", "--account-id", "123456789012", "-r", "eu-west-1");
    expect(JSON.parse(out)).toEqual({
      Version: "2012-10-17",
      Statement: [{ account: "123456789012", region: "eu-west-1" }],
    });
    expect((await run("iam-policy", "--account-id", "12")).code).toBe(2);
    const none = await run("iam-policy", "--provider", "local", "--output", "json");
    expect(none.error()).toMatchObject({ code: "UNSUPPORTED_BY_PROVIDER" });
  });
});
