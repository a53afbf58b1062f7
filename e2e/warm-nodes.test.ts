import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { SLOW_BOOT, WARM } from "./clusters.ts";
import { type Cluster, type Instance, mainSite } from "./harness.ts";

interface Event {
  readonly time: string;
  readonly kind: string;
  readonly machineId: string | null;
}

describe("nodes that are ready before they are wanted", () => {
  let cluster: Cluster;
  beforeAll(async () => {
    cluster = await mainSite().createCluster("ready", WARM);
    // Its machines take their time, and are looked at when they are idle.
    await cluster.ok(
      "ada",
      "sbatch -p cold -N2 -o /dev/null --wrap 'srun sh -c \"hostname > /var/tmp/was-here\"'",
    );
  });
  afterAll(() => cluster[Symbol.asyncDispose]());

  /** How many nodes of a queue are in each state of `sinfo`, such as `idle` or `idle~`. */
  const counts = async (queue: string): Promise<Readonly<Record<string, number>>> => {
    const states = await cluster.ok("root", `sinfo -h -N -p ${queue} -o %t`);
    const found: Record<string, number> = {};
    for (const state of states.split("\n")) found[state] = (found[state] ?? 0) + 1;
    return found;
  };
  const untilCounts = (queue: string, wanted: Readonly<Record<string, number>>): Promise<boolean> =>
    cluster.until(
      `nodes of ${queue} to be ${JSON.stringify(wanted)}`,
      async () => {
        const found = await counts(queue);
        return Object.entries(wanted).every(([state, count]) => found[state] === count);
      },
      40,
    );
  const machinesOf = async (queue: string): Promise<readonly Instance[]> =>
    (await cluster.instances()).filter(({ nodeName }) => nodeName.startsWith(`${queue}-`));

  test("as many as the queue keeps are up; when jobs take them others come, and go again", async () => {
    await untilCounts("warm", { idle: 2 });
    const first = (await machinesOf("warm")).map(({ nodeName }) => nodeName);
    const id = await cluster.ok(
      "ada",
      "sbatch --parsable -p warm -N2 -o /dev/null --wrap 'while [ ! -e enough ]; do sleep 0.2; done'",
    );
    await untilCounts("warm", { idle: 2, alloc: 2 });
    const taken = await cluster.ok("root", `scontrol show hostnames $(squeue -h -j ${id} -o %N)`);
    expect(taken.split("\n").toSorted()).toEqual(first.toSorted());
    await cluster.ok("ada", "touch enough");
    expect((await cluster.ended([id], 20)).get(id)).toBe("COMPLETED");
    await untilCounts("warm", { idle: 2, "idle~": 4 });
    expect(await machinesOf("warm")).toHaveLength(2);
  });

  test("a stopped machine is kept, and is back sooner than a new one with all that it had", async () => {
    const kept = await cluster.until(
      "one machine to be stopped and the other to be gone",
      async () => {
        const [one, ...others] = await machinesOf("cold");
        return others.length === 0 && one?.state === "stopped" && one;
      },
      40,
    );
    await untilCounts("cold", { "idle~": 2 });
    expect(await cluster.ok("ada", "srun -p cold cat /var/tmp/was-here")).toBe(kept.nodeName);
    expect(await machinesOf("cold")).toMatchObject([
      { instanceId: kept.instanceId, state: "running" },
    ]);

    const { events } = (await cluster.sluice("events", "--node", kept.nodeName)).json<{
      events: readonly Event[];
    }>();
    const steps = events.filter(
      ({ kind, machineId }) => machineId === kept.instanceId && kind !== "registered",
    );
    expect(steps.map(({ kind }) => kind)).toEqual([
      ...["launched", "joined", "parked", "unparked", "joined"],
    ]);
    const [launched = 0, booted = 0, , unparked = 0, back = 0] = steps.map(({ time }) =>
      Date.parse(time),
    );
    expect(booted - launched).toBeGreaterThanOrEqual(SLOW_BOOT * 1000);
    expect(back - unparked).toBeLessThan(booted - launched);
  });

  test("nodes of a reservation are up before it begins", async () => {
    const start = await cluster.ok(
      "root",
      `scontrol create reservation reservationname=course users=ada \
        starttime=now+25seconds duration=10 nodes=plain-dy-light-[1-2] > /dev/null
      date +%s -d "$(scontrol show res course | sed -n 's/.*StartTime=\\([^ ]*\\).*/\\1/p')"`,
    );
    await untilCounts("plain", { idle: 2 });
    const now = await cluster.ok("root", "date +%s");
    expect(Number(now)).toBeLessThan(Number(start));
    const nodes = (await machinesOf("plain")).map(({ nodeName }) => nodeName);
    expect(nodes.toSorted()).toEqual(["plain-dy-light-1", "plain-dy-light-2"]);
    await cluster.ok("root", "scontrol delete reservationname=course");
  });

  test("none is left when the fleet stops, and they are back when it starts", async () => {
    expect(await machinesOf("cold")).toHaveLength(1);
    const stop = await cluster.sluice("update-compute-fleet", "--status", "stop", "--wait");
    expect(stop.code, stop.stderr).toBe(0);
    await cluster.until("no machine", async () => (await cluster.instances()).length === 0, 20);
    const start = await cluster.sluice("update-compute-fleet", "--status", "start", "--wait");
    expect(start.code, start.stderr).toBe(0);
    await untilCounts("warm", { idle: 2, "idle~": 4 });
    expect(await machinesOf("warm")).toHaveLength(2);
    expect(await machinesOf("cold")).toEqual([]);
  });
});
