import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { SITE } from "./clusters.ts";
import { mainSite, until } from "./harness.ts";
import { tracesOf } from "./leftovers.ts";
import type { Trace } from "./run.ts";

interface SiteView {
  readonly zones: readonly { readonly name: string; readonly state: string }[];
  readonly machines: readonly { readonly name: string; readonly isReady: boolean }[];
  readonly database?: { readonly primary?: string; readonly inStep: readonly string[] };
  readonly members: readonly {
    readonly name: string;
    readonly leader?: { readonly zone: string };
    readonly standingBy: readonly string[];
    readonly answers: boolean;
  }[];
  readonly resources: { readonly bridge: string; readonly folder: string };
}

interface DrillView {
  readonly drills: readonly {
    readonly times: { readonly scheduling?: number; readonly portal?: number };
    readonly load: {
      readonly acknowledged: number;
      readonly completed: number;
      readonly lost: readonly string[];
      readonly missing: readonly string[];
      readonly doubled: readonly string[];
    };
    readonly twoControllers: number;
    readonly problems: readonly string[];
  }[];
}

const NAME = "campus";

/** A machine with other tests on it is slow: then a part is late, and no more than that. */
const LATE = /^(scheduling|portal|full) took /;

describe("a site over two zones", () => {
  const host = mainSite();
  const sluice = async (args: readonly string[], timeout = 100) => {
    const result = await host.sluice(args, { timeout });
    expect(result.code, result.stderr).toBe(0);
    return result;
  };
  const describeSite = async () => (await sluice(["describe-site", "-n", NAME])).json<SiteView>();
  const traces: Trace[] = [];

  beforeAll(async () => {
    const folder = join(host.run.folder, "campus-files");
    mkdirSync(folder, { recursive: true });
    for (const [file, text] of Object.entries(SITE)) writeFileSync(join(folder, file), text);
    await sluice(["create-site", "-n", NAME, "-c", join(folder, "site.yaml")], 200);
    const { members, resources } = await describeSite();
    for (const { name } of members) traces.push(await host.trace(name));
    traces.push({ name: NAME, id: NAME, ...resources });
  });
  afterAll(async () => {
    await host.sluice(["delete-site", "-n", NAME, "--yes"]);
  });

  test("goes on when a zone loses its power, with no job lost or doubled", async () => {
    const words = ["drill", "--site", NAME, "--yes", "--only", "zone-failed", "--jobs", "30"];
    const { drills } = (await host.sluice(words, { timeout: 600 })).json<DrillView>();
    const [drill] = drills;
    expect(drill?.problems.filter((problem) => !LATE.test(problem))).toEqual([]);
    expect(drill?.load).toMatchObject({ lost: [], missing: [], doubled: [] });
    expect(drill?.load.acknowledged).toBeGreaterThan(15);
    expect(drill?.load.completed).toBeGreaterThanOrEqual(drill?.load.acknowledged ?? 0);
    process.stdout.write(
      `a zone failed: a job after ${drill?.times.scheduling} s, the portal after ${drill?.times.portal} s\n`,
    );
  }, 620_000);

  test("is whole again once the zone is healed", async () => {
    const { zones, machines, database, members } = await describeSite();
    expect(zones.map(({ state }) => state)).toEqual(["up", "up"]);
    expect(machines.map(({ isReady }) => isReady)).toEqual([true, true]);
    expect(database?.inStep).toHaveLength(1);
    for (const { standingBy, answers } of members) {
      expect([standingBy.length, answers]).toEqual([1, true]);
    }
  });

  test("leaves a zone by command", async () => {
    const out = "b";
    // What leads nowhere else is led from there first, so that there is something to move.
    for (const outOf of ["a", out]) {
      await sluice(["failover", "--site-name", NAME, "--out-of", outOf]);
      await until(
        `everything to be out of ${outOf}`,
        async () => {
          const { members, database } = await describeSite();
          const isOut = members.every(
            ({ leader, standingBy }) =>
              leader !== undefined && leader.zone !== outOf && standingBy.length === 1,
          );
          return isOut && database?.primary !== `site-${outOf}` && database?.inStep.length === 1;
        },
        60,
      );
    }
  }, 180_000);

  test("is deleted, and nothing of it is left", async () => {
    await sluice(["delete-site", "-n", NAME, "--yes"]);
    const left = await host.sluice(["describe-site", "-n", NAME]);
    expect([left.code, left.error().code]).toEqual([4, "SITE_NOT_FOUND"]);
    expect(traces.flatMap(tracesOf)).toEqual([]);
  });
});
