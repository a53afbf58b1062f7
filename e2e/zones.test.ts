import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { ZONED } from "./clusters.ts";
import { type Cluster, mainSite } from "./harness.ts";

interface Zone {
  readonly zone: string;
  readonly isFailed: boolean;
  readonly isCut: boolean;
  readonly isParted: boolean;
  readonly machines: number;
}

describe("a cluster with two zones", () => {
  let cluster: Cluster;
  beforeAll(async () => {
    cluster = await mainSite().createCluster("zoned", ZONED);
  });
  afterAll(() => cluster[Symbol.asyncDispose]());

  const local = async (verb: string, ...words: string[]): Promise<readonly Zone[]> => {
    const result = await cluster.site.sluice(["local", verb, "-n", cluster.name, ...words]);
    expect(result.code, result.stderr).toBe(0);
    return result.json<{ zones: readonly Zone[] }>().zones;
  };
  const machinesOf = async (name: string): Promise<number> =>
    (await local("zones")).find(({ zone }) => zone === name)?.machines ?? -1;
  /** A line for each attempt of a machine in zone b to reach the head, in a folder that all share. */
  const attempts =
    'while [ ! -e enough ]; do timeout 1 bash -c "exec 3<>/dev/tcp/head/6817" 2>/dev/null ' +
    "&& echo yes >> seen || echo no >> seen; sleep 0.3; done";

  test("has machines where its queues say", async () => {
    await cluster.ok("ada", "srun -p only-b true && srun -p both -N2 true");
    expect(await machinesOf("a")).toBe(1);
    expect(await machinesOf("b")).toBe(3);
  });

  test("that fails loses its machines at once, and jobs go to the other", async () => {
    const started = Date.now();
    const zones = await local("fail-zone", "b");
    expect(zones.find(({ zone }) => zone === "b")).toMatchObject({ isFailed: true, machines: 0 });
    // Until the node manager has seen it, Slurm would give jobs the nodes that are gone.
    await cluster.until(
      "the nodes of the zone to be out of service",
      async () => !/^(idle|alloc|mix)\w*$/m.test(await cluster.ok("root", "sinfo -N -h -o %T")),
      20,
    );
    await cluster.ok("ada", "srun -p both -N2 true");
    console.log(`a job runs in the other zone after ${seconds(started)} s`);
    expect(await machinesOf("a")).toBe(3);
    expect(await machinesOf("b")).toBe(0);
  });

  test("that is healed gets machines again", async () => {
    const zones = await local("heal-zone", "b");
    expect(zones.every(({ isFailed }) => !isFailed)).toBe(true);
    const started = Date.now();
    // Slurm has nodes to power down first, and the node manager waits before it asks a zone again.
    await cluster.ok("ada", "srun -p only-b true", { timeout: 60 });
    console.log(`a job runs in the healed zone after ${seconds(started)} s`);
    expect(await machinesOf("b")).toBeGreaterThan(0);
  });

  test("that is parted or cut off does not reach the head, until it is healed", async () => {
    const id = await cluster.ok(
      "ada",
      `sbatch --parsable -p only-b -o /dev/null --wrap '${attempts}'`,
    );
    const seen = (answer: string): Promise<unknown> =>
      cluster.until(
        `the head to be reached: ${answer}`,
        async () => (await cluster.ok("ada", "tail -n 1 seen")) === answer,
        20,
      );
    await seen("yes");
    for (const [verb, ...words] of [["part-zones"], ["cut-zone", "b"]] as const) {
      await local(verb, ...words);
      await seen("no");
      await local("heal-zone", "b");
      await seen("yes");
    }
    await cluster.ok("ada", "touch enough");
    expect((await cluster.ended([id], 30)).get(id)).toBe("COMPLETED");
  });

  test("what was said of a zone that is not there, or has no uplink, is refused", async () => {
    const result = await cluster.site.sluice(["local", "fail-zone", "c", "-n", cluster.name]);
    expect([result.code, result.error().code]).toEqual([4, "ZONE_NOT_FOUND"]);
  });
});

function seconds(since: number): string {
  return ((Date.now() - since) / 1000).toFixed(1);
}
