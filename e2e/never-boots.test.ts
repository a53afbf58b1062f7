import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { FLAKY, FLAKY_BOOT_TIMEOUT } from "./clusters.ts";
import { type Cluster, mainSite } from "./harness.ts";

/** Seconds for what is not waiting: noticing, asking for others, their boot, the job, one look. */
const MARGIN = 8;

describe("machines that do not come", () => {
  let cluster: Cluster;
  beforeAll(async () => {
    cluster = await mainSite().createCluster("flaky", FLAKY);
  });
  afterAll(() => cluster[Symbol.asyncDispose]());

  /** Seconds from the submission to the end of a job over some nodes of a partition. */
  const secondsOf = async (partition: string, nodes: number): Promise<number> => {
    const startedAt = performance.now();
    const id = await cluster.ok(
      "ada",
      `sbatch --parsable -p ${partition} -N${nodes} -o ${partition}.out --wrap 'srun hostname'`,
    );
    const states = await cluster.ended([id], 60);
    const seconds = (performance.now() - startedAt) / 1000;
    expect(states.get(id), await cluster.ok("ada", `cat ${partition}.out`)).toBe("COMPLETED");
    expect((await cluster.ok("ada", `cat ${partition}.out`)).split("\n")).toHaveLength(nodes);
    return seconds;
  };

  test("never boot: the next instance type gets the job after one boot timeout", async () => {
    expect(await secondsOf("types", 3)).toBeLessThan(FLAKY_BOOT_TIMEOUT + MARGIN);
  });

  test("never boot: the next compute resource gets the job after one boot timeout", async () => {
    expect(await secondsOf("resources", 3)).toBeLessThan(FLAKY_BOOT_TIMEOUT + MARGIN);
    const nodes = await cluster.ok("ada", "cat resources.out");
    expect(nodes).toMatch(/^(resources-dy-good-\d+\n?)+$/);
  });

  test("not enough of them: the next instance type gets the job at once", async () => {
    expect(await secondsOf("scarce", 3)).toBeLessThan(MARGIN);
  });

  test("none of them: the next compute resource gets the job at once", async () => {
    expect(await secondsOf("none", 2)).toBeLessThan(MARGIN);
  });

  test("what can't be had is said", async () => {
    const { unavailable } = (await cluster.sluice("describe-compute-fleet")).json<{
      unavailable: readonly { instanceType: string }[];
    }>();
    const types = new Set(unavailable.map(({ instanceType }) => instanceType));
    expect([...types].toSorted()).toContain("light.gone");
  });
});
