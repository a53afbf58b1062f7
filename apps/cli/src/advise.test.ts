import {
  chmod,
  lstat,
  mkdtemp,
  readdir,
  readFile,
  stat,
  symlink,
  writeFile,
} from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { beforeEach, describe, expect, it } from "vitest";
import { sluice } from "./testing/sluice.ts";

const FILE = `# ours since 2019
Imds: { ImdsSupport: v1.0 } # the old tool needed it
Image: {Os: alinux2023}
HeadNode:
  InstanceType: m7i.large
  Networking: {SubnetId: subnet-01234567}
  Ssh: {AllowedIps: 0.0.0.0/0}
Scheduling:
  SlurmQueues:
    - Name: interactive
      Networking: {SubnetIds: [subnet-01234567]}
      ComputeResources:
        - {Name: a, InstanceType: c6i.large, MaxCount: 8, MinCount: 2}
`;

interface Advised {
  readonly advice: readonly { readonly id: string; readonly pitfall: number }[];
  readonly applied?: readonly { readonly id: string }[];
  readonly savableUsdPerMonth: number;
}

let path: string;
beforeEach(async () => {
  path = join(await mkdtemp(join(tmpdir(), "sluice-advise-")), "cluster.yaml");
  await writeFile(path, FILE);
});

/** The command line, with what is in the folder. */
async function withFile(terminal = false) {
  const run = sluice({ terminal });
  run.host.files.set(path, await readFile(path, "utf8"));
  return run;
}

const idsOf = ({ advice }: Advised) => advice.map(({ id }) => id);

describe("advise", () => {
  it("says what it finds, and changes nothing", async () => {
    const { code, json } = await (await withFile())("advise", "-c", path);
    expect(code).toBe(0);
    expect(idsOf(json())).toEqual([
      "autoscaling/static-nodes-idle",
      "security/ssh-open",
      "security/imds-v1",
    ]);
    expect(json()).not.toHaveProperty("applied");
    // 2 nodes at 0.085 USD an hour, but for 50 hours of each week's 168.
    expect(json<Advised>().savableUsdPerMonth).toBeCloseTo(2 * 0.085 * 730 * (1 - 50 / 168), 1);
    expect(await readFile(path, "utf8")).toBe(FILE);
  });

  it("shows people where, why, what it costs and what to do", async () => {
    const { out } = await (await withFile(true))("advise", "-c", path, "--no-color");
    expect(out).toContain("3 Autoscaling\n");
    expect(out).toContain("high  the metadata service answers without a session: the cluster");
    expect(out).toContain(`${path}:2:22  Imds.ImdsSupport: "v1.0"\n`);
    expect(out).toContain('HeadNode.Ssh.AllowedIps: "0.0.0.0/0"\n');
    expect(out).toMatch(/do {4}write ImdsSupport: v2\.0 \(--fix; takes a new cluster\)\n/);
    expect(out).toMatch(/up to 87 USD a month could be saved at most/);
    expect(out).toContain(`1 can be mended safely: sluice advise -c ${path} --fix\n`);
    expect(
      Math.max(...out.split("\n").map((line) => (line.includes(path) ? 0 : line.length))),
    ).toBeLessThanOrEqual(80);
  });

  it("leaves out what is suppressed, and what is not worth it", async () => {
    const run = await withFile();
    const ids = async (...argv: string[]) =>
      idsOf((await run("advise", "-c", path, ...argv)).json());
    expect(await ids("--suppress", "security", "autoscaling")).toEqual([]);
    expect(await ids("--level", "high")).toEqual(["security/ssh-open", "security/imds-v1"]);
  });

  it("has nothing to say about a good file", async () => {
    const { out, code } = await sluice({ terminal: true })(
      "advise",
      "-c",
      "demo.yaml",
      "--no-color",
    );
    expect({ out, code }).toEqual({ out: "nothing to say about demo.yaml\n", code: 0 });
  });

  it.each([
    [["--accept", "security"], "--accept says what --fix shall do"],
    [["--running"], "--running says what --fix shall do"],
    [["--suppress", "security/imds"], 'there is no advice "security/imds"'],
    [["--level", "loud"], "Allowed choices are high, medium, low"],
  ])("refuses %j", async (argv, message) => {
    const outcome = await (await withFile())("advise", "-c", path, ...argv);
    expect(outcome.code).toBe(2);
    expect(outcome.error().message).toContain(message);
  });

  it("gives none on an invalid file", async () => {
    await writeFile(path, "Provider: local\nScheduling: 3\n");
    const outcome = await (await withFile())("advise", "-c", path, "--fix");
    expect(outcome.code).toBe(3);
    expect(outcome.error().code).toBe("CLUSTER_FILE_INVALID");
  });
});

describe("advise --fix", () => {
  it("applies what is safe and says what it changed and left", async () => {
    const { code, json } = await (await withFile())("advise", "-c", path, "--fix");
    expect(code).toBe(0);
    expect(json()).toMatchObject({
      applied: [
        {
          id: "security/imds-v1",
          changes: [{ path: "Imds.ImdsSupport", line: 2, from: '"v1.0"', to: '"v2.0"' }],
        },
      ],
    });
    expect(idsOf(json())).toEqual(["autoscaling/static-nodes-idle", "security/ssh-open"]);
    expect(await readFile(path, "utf8")).toBe(FILE.replace("v1.0", "v2.0"));
    const again = await (await withFile())("advise", "-c", path, "--fix");
    expect(again.json()).toMatchObject({ applied: [] });
  });

  it("shows people the changes line by line", async () => {
    const { out } = await (await withFile(true))("advise", "-c", path, "--fix", "--no-color");
    expect(out).toContain(`~ ${path}:2 Imds.ImdsSupport: "v1.0" → "v2.0"\n`);
    expect(out).toContain("1 high, 1 medium, left for a person\n");
  });

  it("applies what is accepted, and leaves what a cluster that runs can't take over", async () => {
    const run = await withFile();
    const accept = ["--running", "--accept", "autoscaling/static-nodes-idle"];
    const { json } = await run("advise", "-c", path, "--fix", ...accept);
    expect(json<Advised>().applied?.map(({ id }) => id)).toEqual(["autoscaling/static-nodes-idle"]);
    const text = await readFile(path, "utf8");
    expect(text).toContain("MinCount: 0");
    expect(text).toContain("      # ready in working hours; write the TimeZone");
    expect(text).toContain("v1.0");
  });

  it("keeps mode and link, and leaves nothing else behind", async () => {
    await chmod(path, 0o640);
    const link = `${path}.link`;
    await symlink(path, link);
    const run = await withFile();
    run.host.files.set(link, FILE);
    expect((await run("advise", "-c", link, "--fix")).code).toBe(0);
    expect((await stat(path)).mode & 0o777).toBe(0o640);
    expect((await lstat(link)).isSymbolicLink()).toBe(true);
    expect(await readFile(path, "utf8")).toContain("v2.0");
    expect(await readdir(join(path, ".."))).toEqual(["cluster.yaml", "cluster.yaml.link"]);
  });

  it("does not touch a file that needs nothing", async () => {
    const before = await stat(path);
    await (await withFile())("advise", "-c", path, "--fix", "--suppress", "security");
    expect((await stat(path)).ino).toBe(before.ino);
  });

  it("says so when the file can't be changed", async () => {
    const run = await withFile();
    const gone = `${path}.gone`;
    run.host.files.set(gone, FILE);
    const outcome = await run("advise", "-c", gone, "--fix");
    expect(outcome.code).toBe(2);
    expect(outcome.error()).toMatchObject({ code: "OUTPUT_FILE_UNWRITABLE" });
  });
});
