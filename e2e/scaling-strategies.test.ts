import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { SHORT } from "./clusters.ts";
import { type Cluster, type Instance, mainSite } from "./harness.ts";

describe("a job that wants more machines than there are", () => {
  let cluster: Cluster;
  beforeAll(async () => {
    cluster = await mainSite().createCluster("short", SHORT);
  });
  afterAll(() => cluster[Symbol.asyncDispose]());

  /** What happened to the machines of a queue, in order. */
  const machineEvents = async (queue: string): Promise<readonly string[]> => {
    const { events } = (await cluster.sluice("events")).json<{
      events: readonly { readonly kind: string; readonly node: string | null }[];
    }>();
    return events
      .filter(({ kind, node }) => node?.startsWith(`${queue}-`) && /^(launch|termin)/.test(kind))
      .map(({ kind }) => kind);
  };
  const machinesOf = async (queue: string): Promise<readonly Instance[]> =>
    (await cluster.instances()).filter(({ nodeName }) => nodeName.startsWith(`${queue}-`));
  /** Submits a job of three nodes that can't have them, and gives its number when it is back. */
  const refused = async (queue: string): Promise<string> => {
    const id = await cluster.ok(
      "ada",
      `sbatch --parsable -p ${queue} -N3 -o /dev/null --wrap 'srun true'`,
    );
    await cluster.until(
      "the job to be back in the queue, with the reason told",
      async () => {
        const { state, why } = (await cluster.sluice("explain", "--job", id)).json<{
          state: string;
          why: readonly string[];
        }>();
        const words = why.join("\n");
        return (
          /waits in the queue/.test(state) && /given back to the queue once.*no light/.test(words)
        );
      },
      20,
    );
    return id;
  };
  /** Of one that wants no more than there are. */
  const small = async (queue: string): Promise<void> => {
    await cluster.ok("ada", `srun -p ${queue} -N2 true`, { timeout: 60 });
  };

  test("all-or-nothing: no machine was ever started for it", async () => {
    await refused("all");
    expect(await machineEvents("all")).toEqual([]);
    await small("all");
    expect(await machineEvents("all")).toEqual(["launched", "launched"]);
  });

  test("greedy-all-or-nothing: those that came go again", async () => {
    const id = await refused("greedy");
    await cluster.ok("ada", `scancel ${id}`);
    // One that registered before the job was given back goes when it has been idle.
    await cluster.until("no machine", async () => (await machinesOf("greedy")).length === 0, 80);
    expect(await machineEvents("greedy")).toEqual([
      ...["launched", "launched", "terminated", "terminated"],
    ]);
  });

  test("greedy-all-or-nothing: what one type lacks comes of the next", async () => {
    await cluster.ok("ada", "srun -p pieced -N3 true", { timeout: 60 });
    const types = (await machinesOf("pieced")).map(({ instanceType }) => instanceType);
    expect(types.toSorted()).toEqual(["light.d", "light.d", "light.small"]);
  });

  test("best-effort: those that came stay, for a job that is content with them", async () => {
    await refused("best");
    await small("best");
    expect(await machineEvents("best")).toEqual(["launched", "launched"]);
    expect(await machinesOf("best")).toHaveLength(2);
  });
});
