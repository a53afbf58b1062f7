import { type ChildProcess, execFileSync } from "node:child_process";
import { existsSync, mkdirSync, readdirSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import { describe, expect, test } from "vitest";
import { LIGHT, MIXED } from "./clusters.ts";
import { finished, mainSite, type Result, Site, sharedCluster, startProcess } from "./harness.ts";
import { tracesOf } from "./leftovers.ts";

const FIVE_MISTAKES = `Provider: local
HeadNode:
  InstanceType: local.gigantic
Users:
  - Name: Ada!
Scheduling:
  Schedulr: slurm
  SlurmQueues:
    - Name: cpu
      ComputeResources:
        - Name: small
          InstanceType: local.tiny
          MinCount: 5
          MaxCount: 2
`;

const EXIT_NOT_FOUND = 4;

const create = (site: Site, name: string, yaml: string, ...more: string[]): Promise<Result> =>
  site.sluice(["create-cluster", "-n", name, "-c", site.clusterFile(name, yaml), ...more]);

/** One line for a person, and perhaps one with what to do. */
function expectOneSentence({ stderr }: Result, about: RegExp): void {
  const lines = stderr
    .trimEnd()
    .split("\n")
    .filter((line) => !/^\d{4}-\d\d-\d\dT/.test(line));
  expect(lines[0]).toMatch(/^sluice: /);
  expect(lines[0]).toMatch(about);
  expect(lines.length, stderr).toBeLessThanOrEqual(2);
}

describe("before anything is made", () => {
  const site = mainSite();

  test("a file with five mistakes: all five, with their places", async () => {
    const result = await create(site, "mistakes", FIVE_MISTAKES, "--output", "text");
    expect(result.code).toBe(3);
    const places = [...result.stderr.matchAll(/mistakes\.yaml:(\d+):(\d+): error: (\S+):/g)];
    expect(places.map(([, line, column, path]) => `${line}:${column} ${path}`)).toEqual([
      "3:17 HeadNode.InstanceType",
      "5:11 Users[0].Name",
      "7:3 Scheduling.Schedulr",
      "12:25 Scheduling.SlurmQueues[0].ComputeResources[0].InstanceType",
      "13:21 Scheduling.SlurmQueues[0].ComputeResources[0].MinCount",
    ]);
    expect(await site.clusterNames()).not.toContain("mistakes");
  });

  test("a name that is taken, in whatever state", async () => {
    const cluster = await sharedCluster(MIXED);
    const result = await create(site, cluster.name, LIGHT, "--output", "text");
    expect(result.code).toBe(5);
    expectOneSentence(result, /shared/);
    await cluster.ok("ada", "true");
  });

  test("a network that is in use", async () => {
    const { json } = await (await sharedCluster(MIXED)).sluice("describe-cluster");
    const { network } = json<{ resources: { network: string } }>().resources;
    const inUse = `${LIGHT}\nLocal: { Network: ${network.replace(/\d+$/, "24")} }\n`;
    const result = await create(site, "clash", inUse, "--output", "text");
    expect(result.code).toBe(5);
    expectOneSentence(result, /Local\.Network .* in use/);
    expect(await site.clusterNames()).not.toContain("clash");
  });

  test("a program that this host lacks: which, and what brings it", async () => {
    const file = site.clusterFile("toolless", LIGHT);
    const tools = join(site.run.folder, "tools");
    mkdirSync(tools, { recursive: true });
    for (const tool of ["ip", "mmdebstrap", "mount", "nsenter", "unshare"]) {
      const path = execFileSync("sh", ["-c", `command -v ${tool}`], {
        encoding: "utf8",
        env: { PATH: site.env.PATH },
      }).trim();
      if (!existsSync(join(tools, tool))) symlinkSync(path, join(tools, tool));
    }
    const words = ["create-cluster", "-n", "toolless", "-c", file, "--output", "text"];
    const result = await site.sluice(words, { env: { PATH: tools } });
    expect(result.code).toBe(1);
    expectOneSentence(result, /systemd-nspawn/);
    expect(result.stderr).toContain("apt-get install systemd-container");
  });

  test("not root", async () => {
    const file = site.clusterFile("rootless", LIGHT);
    const words = ["create-cluster", "-n", "rootless", "-c", file, "--output", "text"];
    const nobody = ["setpriv", "--reuid=nobody", "--regid=nogroup", "--clear-groups", "--"];
    const child = startProcess([...nobody, ...site.argv(words)], site.env);
    const result = await finished(child, words);
    expect(result.code).toBe(2);
    expectOneSentence(result, /needs root/);
    expect(result.stderr).toContain("sudo");
  });

  test("a full disk", async () => {
    const small = new Site("small");
    mkdirSync(small.state);
    execFileSync("mount", ["-t", "tmpfs", "-o", "size=64m", "tmpfs", small.state]);
    try {
      const result = await create(small, "large", LIGHT, "--output", "text");
      expect(result.code).toBe(1);
      expectOneSentence(result, /GiB free/);
      expect(await small.clusterNames()).toEqual([]);
      expect(readdirSync(join(small.state, "clusters"))).toEqual([]);
    } finally {
      execFileSync("umount", ["--lazy", small.state]);
    }
  });
});

describe("in the middle of it", () => {
  const site = mainSite();
  /** A creation that is hit when a step is reported, and what came of it. */
  const creationHit = async (
    name: string,
    step: RegExp,
    hit: (child: ChildProcess) => void,
  ): Promise<Result> => {
    const file = site.clusterFile(name, LIGHT);
    const words = ["create-cluster", "-n", name, "-c", file, "--output", "text"];
    const child = site.start(words);
    let seen = "";
    child.stderr?.on("data", (text) => {
      if (step.test(seen)) return;
      seen += String(text);
      if (step.test(seen)) hit(child);
    });
    const result = await finished(child, words);
    expect(seen).toMatch(step);
    return result;
  };

  /** Nothing is left, or delete-cluster removes it. */
  const expectRemovable = async (name: string): Promise<void> => {
    const { code, stderr } = await site.sluice(["delete-cluster", "-n", name, "--yes"]);
    expect([0, EXIT_NOT_FOUND], stderr).toContain(code);
    expect(await site.clusterNames()).not.toContain(name);
    expect(existsSync(join(site.state, "clusters", name))).toBe(false);
  };

  test.for([
    ["at once", "early", /image started/],
    ["while folders are made", "folders", /network done/],
    ["while the head boots", "boot", /head started/],
    ["while its services start", "services", /starting slurmdbd/],
  ] as const)("Ctrl-C %s leaves nothing", async ([, name, step]) => {
    const result = await creationHit(`int-${name}`, step, (child) => child.kill("SIGINT"));
    // It may have been done in the same instant.
    if (result.code === 0) {
      await (await site.cluster(`int-${name}`))[Symbol.asyncDispose]();
      return;
    }
    expect(result.code).toBe(130);
    expectOneSentence(result, /interrupted/);
    expect(await site.clusterNames()).not.toContain(`int-${name}`);
    expect(existsSync(join(site.state, "clusters", `int-${name}`))).toBe(false);
  });

  test("the command line killed while the head boots: what is left is deleted", async () => {
    const name = "killed";
    await creationHit(name, /starting MariaDB/, (child) => child.kill("SIGKILL"));
    await expectRemovable(name);
    await using again = await site.createCluster(name, LIGHT);
    await again.ok("ada", "srun true");
  });

  test("MariaDB that does not start is named; the cluster can still be deleted", async () => {
    const cluster = await site.createCluster("broken", LIGHT);
    expect((await cluster.sluice("stop-cluster")).code).toBe(0);
    const data = join(cluster.trace.folder, "volume", "mysql");
    for (const file of readdirSync(data).filter((name) => /^(ibdata|ib_logfile|undo)/.test(name))) {
      writeFileSync(join(data, file), Buffer.alloc(65_536, "not a database"));
    }
    const result = await cluster.sluice("start-cluster", "--output", "text");
    expect(result.code).toBe(1);
    expectOneSentence(result, /mariadb/i);
    await cluster[Symbol.asyncDispose]();
  });
});

test("delete-cluster --keep-accounting keeps it and says where", async () => {
  const site = mainSite();
  const cluster = await site.createCluster("kept", LIGHT);
  const result = await cluster.sluice("delete-cluster", "--yes", "--keep-accounting");
  const { kept } = result.json<{ kept: readonly string[] }>();
  expect(kept).toHaveLength(1);
  const [folder = ""] = kept;
  expect(basename(folder)).toContain("kept");
  expect(readdirSync(folder)).toContain("ibdata1");
  expect(tracesOf(cluster.trace)).toEqual([]);
  rmSync(folder, { recursive: true });
});

test("delete-cluster --retain-storage keeps the shared folders too", async () => {
  const site = mainSite();
  const cluster = await site.createCluster("retained", LIGHT);
  await cluster.sluice("run", "-u", "root", "--", "touch", "/shared/result");
  const result = await cluster.sluice("delete-cluster", "--yes", "--retain-storage");
  const { kept } = result.json<{ kept: readonly string[] }>();
  expect(kept).toHaveLength(2);
  const storage = kept.find((path) => path.endsWith("-storage")) ?? "";
  expect(readdirSync(`${storage}/shared`)).toEqual(["result"]);
  expect(tracesOf(cluster.trace)).toEqual([]);
  for (const folder of kept) rmSync(folder, { recursive: true });
});

test("create-cluster --keep-on-failure leaves what was made, until it is deleted", async () => {
  const site = mainSite();
  const hasty = `${LIGHT}DevSettings: { Timeouts: { HeadNodeBootstrapTimeout: 1 } }\n`;
  const file = site.clusterFile("failed", hasty);
  const create = ["create-cluster", "-n", "failed", "-c", file, "--keep-on-failure"];
  const result = await site.sluice(create);
  expect(result.code).toBe(1);
  expect(result.stderr).toContain("what was made is kept");
  const described = await site.sluice(["describe-cluster", "-n", "failed"]);
  expect(described.json()).toMatchObject({
    clusterStatus: "CREATE_FAILED",
    headNode: { state: "running" },
  });
  expect((await site.sluice(["delete-cluster", "-n", "failed", "--yes"])).code).toBe(0);
  expect(await site.clusterNames()).not.toContain("failed");
});
