import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { STATIC } from "./clusters.ts";
import { type Cluster, mainSite } from "./harness.ts";

describe("a machine that dies", () => {
  let cluster: Cluster;
  beforeAll(async () => {
    cluster = await mainSite().createCluster("mortal", STATIC);
  });
  afterAll(() => cluster[Symbol.asyncDispose]());

  const kill = async (machine: string): Promise<void> => {
    const { code, stderr } = await cluster.site.sluice([
      ...["local", "kill-machine", "-n", cluster.name, machine],
    ]);
    expect(code, stderr).toBe(0);
  };
  const stateOf = (node: string): Promise<string> =>
    cluster.ok("root", `sinfo -h -N -n ${node} -o %T | head -1`);

  test.for([
    ["steady", "light"],
    ["cpu", "booted"],
  ])(
    "in the middle of a job of %s (%s): the job runs again, elsewhere or there",
    async ([partition]) => {
      const runs = `runs-${partition}`;
      // The first time it stays until it is killed; the second time it is done at once.
      const id = await cluster.ok(
        "ada",
        `sbatch --parsable -p ${partition} -o /dev/null --wrap \
        'echo $(hostname) >> ${runs}; [ $(wc -l < ${runs}) -ge 2 ] || sleep 600'`,
      );
      const node = await cluster.until(
        "the job to be at work",
        async () => cluster.ok("ada", `cat ${runs}`),
        30,
      );
      const before = await cluster.instanceOf(node);
      await kill(node);

      const states = await cluster.ended([id], 40);
      expect(states.get(id)).toBe("COMPLETED");
      expect((await cluster.ok("ada", `cat ${runs}`)).split("\n")).toHaveLength(2);
      const ids = (await cluster.instances()).map(({ instanceId }) => instanceId);
      expect(ids).not.toContain(before?.instanceId);
    },
  );

  test("a static node that was idle is back within seconds", async () => {
    const node = "steady-st-light-1";
    await cluster.until("the node to be idle", async () => (await stateOf(node)) === "idle", 30);
    const before = await cluster.instanceOf(node);
    await kill(node);
    const after = await cluster.until(
      "another machine for the node, and it in service",
      async () => {
        const now = await cluster.instanceOf(node);
        if (now === undefined || now.instanceId === before?.instanceId) return undefined;
        return (await stateOf(node)) === "idle" && now;
      },
      20,
    );
    expect(after.instanceId).not.toBe(before?.instanceId);
    await cluster.ok("ada", `srun -p steady -w ${node} true`);
  });

  test("a node that Slurm drained itself gets another machine, once its job has ended", async () => {
    const id = await cluster.ok(
      "ada",
      "sbatch --parsable -p steady -o /dev/null --wrap 'while [ ! -e enough ]; do sleep 0.2; done'",
    );
    const node = await cluster.until(
      "the job to run",
      async () => (await cluster.ok("root", `squeue -h -j ${id} -t R -o %N`)) || undefined,
      30,
    );
    const before = await cluster.instanceOf(node);
    // As slurmd does when a process of a job can't be ended.
    const reason = "Kill task failed";
    await cluster.ok("root", `scontrol update nodename=${node} state=drain reason="${reason}"`);
    expect(await stateOf(node)).toBe("draining");
    await cluster.ok("ada", "touch enough");
    expect((await cluster.ended([id], 20)).get(id)).toBe("COMPLETED");
    await cluster.until(
      "another machine for the node, and it in service",
      async () => {
        const now = await cluster.instanceOf(node);
        const isNew = now !== undefined && now.instanceId !== before?.instanceId;
        return isNew && (await stateOf(node)) === "idle";
      },
      30,
    );
    await cluster.ok("ada", `srun -p steady -w ${node} true`);
  });

  test("a drain by the administrator outlives the machine", async () => {
    const node = "steady-st-light-2";
    const reason = "memory is tested";
    await cluster.until("the node to be idle", async () => (await stateOf(node)) === "idle", 30);
    await cluster.ok("root", `scontrol update nodename=${node} state=drain reason="${reason}"`);
    const before = await cluster.instanceOf(node);
    await kill(node);
    await cluster.until(
      "the dead machine to be forgotten",
      async () => (await cluster.instanceOf(node))?.instanceId !== before?.instanceId,
      20,
    );
    // Another static node that dies and comes back shows that the node manager has been at work.
    await kill("steady-st-light-1");
    await cluster.until(
      "the other node to be in service",
      async () => (await stateOf("steady-st-light-1")) === "idle",
      20,
    );
    const shown = await cluster.ok("root", `scontrol show node ${node}`);
    expect(shown).toMatch(/State=\S*DRAIN/);
    expect(shown).toContain(`Reason=${reason}`);

    await cluster.ok("root", `scontrol update nodename=${node} state=resume`);
    await cluster.until("the node to serve", async () => (await stateOf(node)) === "idle", 30);
    await cluster.ok("ada", `srun -p steady -w ${node} true`);
  });
});
