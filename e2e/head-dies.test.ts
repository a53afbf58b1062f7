import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { LIGHT } from "./clusters.ts";
import { type Cluster, mainSite } from "./harness.ts";

describe("a head that goes and comes back", () => {
  let cluster: Cluster;
  beforeAll(async () => {
    cluster = await mainSite().createCluster("phoenix", LIGHT);
  });
  afterAll(() => cluster[Symbol.asyncDispose]());

  const succeed = async (verb: string, ...args: string[]): Promise<void> => {
    const { code, stderr } = await cluster.sluice(verb, ...args);
    expect(code, stderr).toBe(0);
  };
  const submit = (options: string, command: string): Promise<string> =>
    cluster.ok("ada", `sbatch --parsable -o /dev/null ${options} --wrap '${command}'`);
  const stateOf = (id: string): Promise<string> => cluster.ok("ada", `squeue -h -j ${id} -o %T`);

  test("killed: the queue and accounting are as they were, and the queue goes on", async () => {
    const done = await submit("--wait", "true");
    const held = await submit("--hold", "true");
    const after = await submit(`-d afterok:${held}`, "true");
    await cluster.saved(held);
    const { code, stderr } = await cluster.site.sluice([
      ...["local", "kill-machine", "-n", cluster.name, "head"],
    ]);
    expect(code, stderr).toBe(0);
    await succeed("start-cluster");

    expect(await stateOf(held)).toBe("PENDING");
    expect(await stateOf(after)).toBe("PENDING");
    const [row] = await cluster.accounting([done], { duplicates: true });
    expect(row).toMatchObject({ id: done, state: "COMPLETED" });
    await cluster.ok("ada", `scontrol release ${held}`);
    const states = await cluster.ended([held, after], 40);
    expect([...states.values()]).toEqual(["COMPLETED", "COMPLETED"]);
    await cluster.ok("ada", "srun -N2 true");
  });

  test("stopped and started: the job that ran runs again, files are kept", async () => {
    await cluster.ok("ada", "echo kept > ~/kept; echo kept > /shared/kept");
    const id = await submit("-N2", "[ -e again ] && exit 0; touch again; sleep 600");
    await cluster.until("the job to run", async () => (await stateOf(id)) === "RUNNING", 30);
    await cluster.until(
      "it to be at work",
      async () => (await cluster.onHead("ada", "test -e again")).code === 0,
      10,
    );
    await succeed("stop-cluster");
    const stopped = await cluster.sluice("describe-cluster");
    expect(stopped.json()).toMatchObject({ clusterStatus: "STOPPED" });
    const refused = await cluster.sluice("run", "-u", "ada", "--", "true");
    expect(refused.error().code).toBe("CLUSTER_WRONG_STATE");

    await succeed("start-cluster");
    const states = await cluster.ended([id], 60);
    expect(states.get(id)).toBe("COMPLETED");
    expect(await cluster.ok("ada", "cat ~/kept /shared/kept")).toBe("kept\nkept");
  });

  test("the compute fleet stopped: its machines go, jobs wait; started: they run", async () => {
    const id = await submit("-N2", "[ -e thrice ] && exit 0; touch thrice; sleep 600");
    await cluster.until(
      "it to be at work",
      async () => (await cluster.onHead("ada", "test -e thrice")).code === 0,
      30,
    );
    await succeed("update-compute-fleet", "--status", "STOP_REQUESTED", "--wait");
    expect(await cluster.instances()).toEqual([]);
    const { status } = (await cluster.sluice("describe-compute-fleet")).json<{ status: string }>();
    expect(status).toBe("STOPPED");
    expect(await stateOf(id)).toBe("PENDING");

    await succeed("update-compute-fleet", "--status", "start", "--wait");
    const states = await cluster.ended([id], 40);
    expect(states.get(id)).toBe("COMPLETED");
  });
});
