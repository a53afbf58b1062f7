import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { UPDATED, type UpdatedFile } from "./clusters.ts";
import { type Cluster, finished, mainSite, type Result } from "./harness.ts";

/** A job that runs until it is told to end, and says where and how often it began. */
const UNTIL_TOLD = (name: string): string =>
  `--wrap 'hostname >> ${name}.began; while [ ! -e ${name}.enough ]; do sleep 0.2; done'`;

describe("a cluster is given other files while jobs run", () => {
  let cluster: Cluster;
  /** Runs through everything but the fleet's stop. */
  let through: string;
  beforeAll(async () => {
    cluster = await mainSite().createCluster("updated", UPDATED({}));
    through = await submit(`-p keep ${UNTIL_TOLD("through")}`);
    await running(through);
  });
  afterAll(() => cluster[Symbol.asyncDispose]());

  const submit = (words: string): Promise<string> =>
    cluster.ok("ada", `sbatch --parsable -o /dev/null ${words}`);
  const running = (id: string): Promise<boolean> =>
    cluster.until(
      `job ${id} to run`,
      async () => (await cluster.ok("ada", `squeue -h -j ${id} -o %T`)) === "RUNNING",
      30,
    );
  const file = (change: UpdatedFile): string =>
    cluster.site.clusterFile("updated", UPDATED(change));
  const update = (change: UpdatedFile): Promise<Result> =>
    cluster.sluice("update-cluster", "-c", file(change));
  const began = async (name: string): Promise<number> =>
    Number(await cluster.ok("ada", `cat ${name}.began | wc -l`));
  const queueStates = async (): Promise<readonly string[]> =>
    (await cluster.ok("root", "sinfo -h -a -o '%P %a' | tr -d '*' | sort -u")).split("\n");

  test("queues, nodes, users and settings come at once, and no job notices", async () => {
    const result = await update({
      grow: 3,
      young: true,
      killWait: 31,
      users: ["ada", "ben", "cyd"],
    });
    expect(result.code, result.stderr).toBe(0);
    expect(result.json()).toMatchObject({
      cluster: { clusterStatus: "UPDATE_COMPLETE" },
      fileVersion: 2,
    });
    expect(await cluster.ok("cyd", "srun -p young id -un")).toBe("cyd");
    expect(await cluster.ok("ada", "srun -p grow -N3 hostname | wc -l")).toBe("3");
    expect(await cluster.ok("root", "scontrol show config | grep KillWait")).toContain("31");
    expect(await began("through")).toBe(1);
  });

  test("what nodes must be off for waits for their jobs, whoever is killed meanwhile", async () => {
    const young = await submit(`-p young ${UNTIL_TOLD("young")}`);
    const late = await submit("-p young -N2 --wrap true");
    const grown = await submit(`-p grow -N3 ${UNTIL_TOLD("grown")}`);
    await running(young);
    await running(grown);
    const words = [
      "update-cluster",
      "-n",
      cluster.name,
      "-c",
      file({ grow: 1, type: "light.big" }),
    ];
    const waiting = finished(cluster.site.start(words), words);
    await cluster.until(
      "the queue to be closed",
      async () => (await queueStates()).includes("young drain"),
      20,
    );
    const refused = await cluster.onHead("ada", "sbatch -p young --wrap true");
    expect(refused.stderr).toContain("inactive or drain");
    const second = await update({ grow: 2 });
    expect(second.error()).toMatchObject({ code: "CLUSTER_BUSY" });

    for (const service of ["sluice-update", "sluice-head"]) {
      await cluster.ok("root", `kill -9 $(systemctl show --value -p MainPID ${service})`);
    }
    await cluster.ok("ada", "touch young.enough grown.enough");
    const ended = await cluster.ended([young, late, grown], 40);
    expect([...ended.values()]).toEqual(["COMPLETED", "COMPLETED", "COMPLETED"]);
    await cluster.until(
      "the queue to be gone",
      async () => !(await queueStates()).some((state) => state.startsWith("young")),
      40,
    );
    expect(await began("through"), "it runs where it began").toBe(1);
    await cluster.ok("ada", "touch through.enough");
    const result = await waiting;
    expect(result.code, result.stderr).toBe(0);

    expect((await cluster.ended([through], 10)).get(through)).toBe("COMPLETED");
    const runs = await cluster.accounting([through, grown], { duplicates: true });
    expect(runs.map(({ id }) => id)).toEqual([through, grown]);
    const where = await cluster.ok("ada", "srun -p keep hostname");
    expect(await cluster.instanceOf(where)).toMatchObject({ instanceType: "light.big" });
    expect(await cluster.ok("root", "sinfo -h -N -p grow -o %N")).toBe("grow-dy-r-1");
  });

  test("a setting that slurmctld refuses changes nothing", async () => {
    const job = await submit(`-p keep ${UNTIL_TOLD("steady")}`);
    await running(job);
    const result = await update({ grow: 2, type: "light.big", priority: "priority/nosuch" });
    expect(result.error()).toMatchObject({
      code: "UPDATE_FAILED",
      message: expect.stringContaining("priority/nosuch"),
    });
    const described = (await cluster.sluice("describe-cluster")).json();
    expect(described).toMatchObject({ clusterStatus: "UPDATE_FAILED", fileVersion: 3 });
    expect(await cluster.ok("root", "sinfo -h -N -p grow -o %N")).toBe("grow-dy-r-1");
    expect(await cluster.ok("ada", "srun -p grow echo works")).toBe("works");
    expect(await began("steady")).toBe(1);
    await cluster.ok("ada", "touch steady.enough");
    expect((await cluster.ended([job], 10)).get(job)).toBe("COMPLETED");
  });

  test("a fleet that has to stop is stopped and started, and its jobs run again", async () => {
    const job = await submit(`-p keep ${UNTIL_TOLD("again")}`);
    await running(job);
    const result = await update({ strategy: "COMPUTE_FLEET_STOP", grow: 1 });
    expect(result.code, result.stderr).toBe(0);
    const fleet = await cluster.sluice("describe-compute-fleet");
    expect(fleet.json()).toMatchObject({ status: "RUNNING" });
    await running(job);
    await cluster.until("it to begin again", async () => (await began("again")) === 2, 10);
    const [where = ""] = (await cluster.ok("ada", "tail -n 1 again.began")).split("\n");
    expect(await cluster.instanceOf(where)).toMatchObject({ instanceType: "light.small" });
    await cluster.ok("ada", "touch again.enough");
    expect((await cluster.ended([job], 10)).get(job)).toBe("COMPLETED");
  });
});
