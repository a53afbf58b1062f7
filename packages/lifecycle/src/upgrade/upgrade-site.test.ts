import { describe, expect, it } from "vitest";
import { createCluster } from "../create-cluster.ts";
import { createdCluster, demoClusterFile, FakeHeads, FakeSite, parsed } from "../testing/index.ts";
import { upgradeCluster } from "./upgrade-cluster.ts";
import { planSiteUpgrade, upgradeSite } from "./upgrade-site.ts";

/** A site with two clusters, `left` with two heads and `right` with one. */
async function setUp() {
  const { cloud, clock } = await createdCluster("left");
  const configText = demoClusterFile();
  await createCluster({ cloud, clock, name: "right", config: parsed(configText), configText });
  const log: string[] = [];
  const left = new FakeHeads(cloud, "left", ["head-1", "head-2"], log);
  const right = new FakeHeads(cloud, "right", ["head"], log);
  const clusters = { left: demoClusterFile(), right: "# of its own\nHeadNode: {}\n" };
  const site = new FakeSite(cloud, { name: "campus", clusters, log });
  const operation = { cloud, name: "campus", clock, to: { slurm: "26.05" } };
  const backUp = async (): Promise<string> => {
    log.push("backup");
    return "/backups/campus";
  };
  const upgrade = () => upgradeSite({ ...operation, backUp });
  const plan = (slurm = "26.05") => planSiteUpgrade({ ...operation, to: { slurm } });
  const ofCluster = (name: string) => upgradeCluster({ cloud, clock, name, to: operation.to });
  return { log, left, right, site, upgrade, plan, ofCluster };
}

const MACHINES = ["site-b debian14", "site-a debian14"];
const LEFT = ["head-2 debian14 for good", "fail over", "head-1 debian14 for good", "file debian14"];
const RIGHT = ["head debian14 for good", "file debian14"];

describe("an upgrade of a site", () => {
  it("goes over its machines, the primary last, and then over its clusters", async () => {
    const { log, site, left, upgrade } = await setUp();
    expect(await upgrade()).toMatchObject({
      release: "26.05",
      backup: "/backups/campus",
      site: { siteName: "campus" },
    });
    expect(log).toEqual(["backup", ...MACHINES, ...LEFT, ...RIGHT]);
    expect([site.lost, left.interruptions]).toEqual([[], []]);
  });

  it("leaves files from which everything would be made anew as it is", async () => {
    const { site, upgrade } = await setUp();
    await upgrade();
    expect(site.text).toMatch(/Os: debian14/);
    expect(site.clusters.left).toMatch(/Os: debian14/);
    expect(site.clusters.right).toMatch(/^# of its own\nHeadNode: \{\}\n/);
    expect(site.clusters.right).toMatch(/Os: debian14/);
  });

  it("takes the primary wherever it is", async () => {
    const { log, site, upgrade } = await setUp();
    site.primary = "site-b";
    await upgrade();
    expect(log.slice(1, 3)).toEqual(["site-a debian14", "site-b debian14"]);
    expect(site.lost).toEqual([]);
  });

  it.each([1, 2])("goes on where machine %s did not come up, with one backup", async (at) => {
    const { log, site, upgrade } = await setUp();
    site.failsAt = at;
    await expect(upgrade()).rejects.toMatchObject({
      code: "UPGRADE_INCOMPLETE",
      hint: "go on with: sluice upgrade --site-name campus --image-os debian14; the way back is the backup /backups/campus",
    });
    site.failsAt = undefined;
    await upgrade();
    expect(new Set(site.machines.map(({ os }) => os))).toEqual(new Set(["debian14"]));
    expect(log.slice(-LEFT.length - RIGHT.length)).toEqual(expect.arrayContaining(RIGHT));
  });

  it("goes on with the cluster at which it was cut short", async () => {
    const { log, right, upgrade } = await setUp();
    right.failsAt = 1;
    await expect(upgrade()).rejects.toMatchObject({ code: "UPGRADE_INCOMPLETE" });
    right.failsAt = undefined;
    log.length = 0;
    expect(await upgrade()).toMatchObject({ backup: undefined });
    expect(log.filter((line) => line !== "backup")).toEqual(RIGHT);
    log.length = 0;
    expect(await upgrade()).toMatchObject({ steps: [] });
    expect(log).toEqual([]);
  });

  it("is shown before", async () => {
    const { plan, log } = await setUp();
    expect((await plan()).steps).toEqual([
      "make a backup of accounting and of left, right",
      expect.stringMatching(/^bring slurmdbd on site-a, site-b to 26.05/),
      "make head-2 of left anew with 26.05",
      "have head-2 of left lead in place of head-1",
      "make head-1 of left anew with 26.05",
      "make head of right anew with 26.05; jobs run on, and nobody can submit meanwhile",
    ]);
    expect(log).toEqual([]);
  });

  it("is refused where slurmdbd would not understand the oldest cluster", async () => {
    const { right, plan, log } = await setUp();
    right.heads = right.heads.map((head) => ({ ...head, os: "debian12" }));
    await expect(plan()).rejects.toMatchObject({
      code: "UPGRADE_REFUSED",
      message: expect.stringMatching(/^head of right has Slurm 22.05/),
    });
    expect(log).toEqual([]);
  });

  it("has to come before that of any cluster of it", async () => {
    const { site, ofCluster, log } = await setUp();
    await expect(ofCluster("left")).rejects.toMatchObject({
      code: "UPGRADE_REFUSED",
      message: "left would be ahead of the slurmdbd of site campus: site-a has Slurm 24.11",
      hint: "upgrade the site: sluice upgrade --site-name campus --slurm 26.05",
    });
    expect(log).toEqual([]);
    site.machines = site.machines.map((machine) => ({ ...machine, os: "debian14" }));
    await ofCluster("left");
    expect(log).toEqual(["backup", ...LEFT]);
    expect(site.clusters.left).toMatch(/Os: debian14/);
  });
});
