import { describe, expect, it } from "vitest";
import { createdCluster, FakeHeads, type FakeNode } from "../testing/index.ts";
import type { UpgradeWish } from "./look.ts";
import { parseNodeVersions } from "./nodes.ts";
import { planClusterUpgrade, upgradeCluster } from "./upgrade-cluster.ts";

const busy = (node: string, looksLeft: number): FakeNode => ({
  ...{ node, queue: "main", version: "24.11.5", looksLeft },
});

async function setUp(...nodes: string[]) {
  const cluster = await createdCluster();
  const heads = new FakeHeads(cluster.cloud, cluster.name, nodes);
  const seen: string[] = [];
  const signal = new AbortController().signal;
  const upgrade = (to: UpgradeWish = { slurm: "26.05" }) =>
    upgradeCluster({
      ...cluster,
      to,
      signal,
      onProgress: ({ resource, message }) => seen.push(`${resource}: ${message}`),
    });
  const plan = (to: UpgradeWish) => planClusterUpgrade({ ...cluster, to });
  return { ...cluster, heads, upgrade, plan, seen };
}

describe("an upgrade", () => {
  it("goes over a backup, the heads, the file and the nodes, as their jobs end", async () => {
    const { heads, upgrade, seen } = await setUp("head-1", "head-2");
    heads.nodes = [busy("n-1", 4), busy("n-2", 0)];
    expect(await upgrade()).toMatchObject({
      release: "26.05",
      imageOs: "debian14",
      fileVersion: 2,
      backup: "/backups/one.tar.zst.age",
    });
    expect(heads.log).toEqual([
      "backup",
      "head-2 debian14 for good",
      "fail over",
      "head-1 debian14 for good",
      "file debian14",
      "off n-1,n-2",
    ]);
    expect(heads.interruptions).toEqual([]);
    expect(heads.nodes.map(({ version }) => version)).toEqual(["26.05", "26.05"]);
    expect(seen).toContain("nodes: main: waits for the jobs of n-1, n-2");
  });

  it("of one head leaves no other way than the backup, and says so", async () => {
    const { heads, upgrade } = await setUp("head");
    heads.failsAt = 1;
    await expect(upgrade()).rejects.toMatchObject({
      code: "UPGRADE_INCOMPLETE",
      hint: expect.stringMatching(/--image-os debian14; the way back is the backup \/backups/),
    });
    expect(heads.log).toEqual(["backup", "head debian14 for good"]);
  });

  it.each([1, 2])(
    "goes on where head %s did not come up, with the backup of before",
    async (at) => {
      const { heads, upgrade } = await setUp("head-1", "head-2");
      heads.failsAt = at;
      await expect(upgrade()).rejects.toMatchObject({ code: "UPGRADE_INCOMPLETE" });
      heads.failsAt = undefined;
      await upgrade();
      expect(heads.heads.map(({ os }) => os)).toEqual(["debian14", "debian14"]);
      expect(heads.log.filter((line) => line === "fail over")).toHaveLength(1);
      expect(heads.log.at(-1)).toBe("file debian14");
      // Nothing of the new release had run when the first one failed.
      expect(heads.log.filter((line) => line === "backup")).toHaveLength(at === 1 ? 2 : 1);
    },
  );

  it("puts a file in force that was left, when all machines are there", async () => {
    const { heads, upgrade } = await setUp("head");
    heads.heads = heads.heads.map((head) => ({ ...head, os: "debian14" }));
    expect(await upgrade()).toMatchObject({ steps: [], fileVersion: 2, backup: undefined });
    expect(heads.log).toEqual(["file debian14"]);
    heads.log.length = 0;
    expect(await upgrade()).toMatchObject({ steps: [], fileVersion: 2 });
    expect(heads.log).toEqual([]);
  });

  it("is refused over too many releases, with what would do, and touches nothing", async () => {
    const { heads, upgrade, plan } = await setUp("head");
    heads.heads = heads.heads.map((head) => ({ ...head, os: "debian12" }));
    await expect(upgrade({ slurm: "24.11" })).rejects.toMatchObject({
      code: "UPGRADE_REFUSED",
      message: expect.stringMatching(/^head of demo has Slurm 22.05/),
      hint: expect.stringMatching(/23.02, or 23.11 before/),
    });
    await expect(plan({ imageOs: "debian14" })).rejects.toMatchObject({ code: "UPGRADE_REFUSED" });
    expect(heads.log).toEqual([]);
  });

  it.each([
    [{ slurm: "23.11" }, /no image of Debian brings Slurm 23.11/],
    [{ slurm: "25.05; rm" }, /no release/],
    [{ imageOs: "alinux2023" }, /not known/],
    [{ imageOs: "debian14", slurm: "24.11" }, /debian14 brings Slurm 26.05, and not 24.11/],
    [{}, /no release is named/],
  ])("knows no way to %j", async (to, message) => {
    const { plan } = await setUp("head");
    await expect(plan(to)).rejects.toMatchObject({
      code: "UPGRADE_UNKNOWN",
      message: expect.stringMatching(message),
    });
  });

  it("is shown before", async () => {
    const { plan, heads } = await setUp("head");
    heads.nodes = [busy("n-1", 0)];
    expect((await plan({ slurm: "26.05" })).steps).toEqual([
      "make a backup of accounting and of demo",
      "make head of demo anew with 26.05; jobs run on, and nobody can submit meanwhile",
      "give the nodes of main in demo machines with 26.05, as their jobs end",
    ]);
    expect(heads.log).toEqual([]);
  });
});

describe("nodes as sinfo shows them", () => {
  it("are those with a machine", () => {
    const text = [
      "n-1|main|24.11.5|mixed|none",
      "n-2|main|N/A|idle~|none",
      "n-3|main|24.11.5|mixed!|none",
      "n-4|main|24.11.5|draining|sluice upgrade",
      "n-5|main|24.11.5|drained|broken | fan",
      "n-6|main|24.11.5|idle%|sluice upgrade",
      "n-7|main|N/A|allocated#|none",
      "",
    ].join("\n");
    expect(
      parseNodeVersions(text).map(({ node, version, isLeaving }) => [node, version, isLeaving]),
    ).toEqual([
      ["n-1", "24.11.5", false],
      ["n-3", "24.11.5", true],
      ["n-4", "24.11.5", true],
      ["n-5", "24.11.5", false],
      ["n-7", undefined, false],
    ]);
  });
});
