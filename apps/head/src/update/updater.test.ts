import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { configOfText, World } from "./testing/world.ts";

interface Queue {
  readonly max?: number;
  readonly min?: number;
  readonly type?: string;
  readonly settings?: string;
}

function fileOf(
  queues: Readonly<Record<string, Queue>>,
  strategy: "DRAIN" | "TERMINATE" | "COMPUTE_FLEET_STOP" = "DRAIN",
): string {
  const lines = Object.entries(queues).map(
    ([name, { max = 2, min = 0, type = "light.small", settings = "{}" }]) =>
      `    - { Name: ${name}, CustomSlurmSettings: ${settings}, ComputeResources: [{ Name: r, InstanceType: ${type}, MinCount: ${min}, MaxCount: ${max} }] }`,
  );
  return `Provider: local
Scheduling:
  SlurmSettings: { QueueUpdateStrategy: ${strategy} }
  SlurmQueues:
${lines.join("\n")}
Local: { MachineTypes: [{ Name: light.big, VCpus: 2, Memory: 2048, Light: true }] }
`;
}

const BEFORE = fileOf({ cpu: {}, old: {} });

/** Refuses whatever is not that file. */
const isNot = (text: string): World["refuseLoad"] => {
  const taken = JSON.stringify(configOfText(text));
  return (config) => (JSON.stringify(config) === taken ? undefined : "bad value");
};

let world: World;
beforeEach(() => {
  world = new World(BEFORE);
});
afterEach(() => {
  world.slurm[Symbol.dispose]();
  expect(world.violations).toEqual([]);
});

const nodes = async () => (await world.slurm.control.nodes()).map(({ name }) => name);
const states = async () =>
  (await world.slurm.control.nodes()).map(({ name, state }) => `${name} ${state}`);
const queues = async () =>
  (await world.slurm.control.partitions()).map(({ name, state }) => `${name} ${state}`);
const settled = { kind: "file", version: 3 };

describe("a cluster is given another file", () => {
  it("has nothing to do without one", async () => {
    expect(await world.run(5)).toBe(true);
    expect(world.loads).toEqual([]);
  });

  it("applies at once what no node notices, while jobs run", async () => {
    const job = world.slurm.submit();
    await world.clock.advance(5000);
    world.files.give(fileOf({ cpu: { max: 4 }, old: {}, young: {} }));
    expect(await world.run(5)).toBe(true);
    expect(await nodes()).toEqual(expect.arrayContaining(["cpu-dy-r-4", "young-dy-r-1"]));
    expect(world.slurm.job(job).state).toBe("RUNNING");
    expect(world.loads).toHaveLength(1);
    expect(world.state).toMatchObject({ inForce: settled });
    expect(world.files.states.at(-1)).toBe("in-force");
  });

  it("runs people's own scripts once it is in force, and their failure takes nothing back", async () => {
    world.onUpdated = async (version) => {
      expect(world.state).toMatchObject({ inForce: { kind: "file", version } });
      throw new Error("no such licence");
    };
    world.files.give(fileOf({ cpu: { max: 4 }, old: {} }));
    expect(await world.run(5)).toBe(true);
    expect(world.state).toEqual({ inForce: expect.objectContaining(settled) });
    expect(world.files.states.at(-1)).toBe("in-force");
    expect(world.said.join("\n")).toContain("OnNodeUpdated failed on the head: no such licence");
  });

  it("runs none of them for a file that is refused", async () => {
    const ran: number[] = [];
    world.onUpdated = async (version) => void ran.push(version);
    world.refuseLoad = isNot(BEFORE);
    world.files.give(fileOf({ cpu: { max: 4 }, old: {} }));
    expect(await world.run(30)).toBe(true);
    expect(ran).toEqual([]);
  });

  it("lets jobs end on nodes that become others, and new ones wait for those", async () => {
    const job = world.slurm.submit({ nodes: 1, runSeconds: 30 });
    await world.clock.advance(5000);
    world.files.give(fileOf({ cpu: { type: "light.big" }, old: {} }));
    expect(await world.run(10)).toBe(false);
    const later = world.slurm.submit();
    expect(await world.run(3)).toBe(false);
    expect(world.slurm.job(later).state).toBe("PENDING");
    expect(await world.run(60)).toBe(true);
    expect(world.slurm.job(job).state).toBe("COMPLETED");
    await world.clock.advance(5000);
    expect(world.slurm.job(later).state).toBe("RUNNING");
    expect((await states()).filter((state) => state.includes("DRAIN"))).toEqual([]);
  });

  it("takes nodes away once their jobs have ended, and leaves the others alone", async () => {
    world = new World(fileOf({ cpu: { max: 4 } }));
    const jobs = Array.from({ length: 4 }, (_, index) =>
      world.slurm.submit({ runSeconds: index < 2 ? 1000 : 20 }),
    );
    await world.clock.advance(5000);
    world.files.give(fileOf({ cpu: { max: 2 } }));
    expect(await world.run(60)).toBe(true);
    expect(await nodes()).toEqual(["cpu-dy-r-1", "cpu-dy-r-2"]);
    expect(jobs.map((id) => world.slurm.job(id).state)).toEqual([
      ...["RUNNING", "RUNNING", "COMPLETED", "COMPLETED"],
    ]);
  });

  it.each(["DRAIN", "TERMINATE", "COMPUTE_FLEET_STOP"] as const)(
    "%s: a queue that goes takes no job and loses none",
    async (strategy) => {
      const running = world.slurm.submit({ partition: "old", nodes: 2, runSeconds: 20 });
      const waiting = world.slurm.submit({ partition: "old", nodes: 2, runSeconds: 5 });
      await world.clock.advance(5000);
      world.files.give(fileOf({ cpu: {} }, strategy));
      expect(await world.run(10)).toBe(false);
      expect(await queues()).toContain("old DRAIN");
      expect(() => world.slurm.submit({ partition: "old" })).toThrow(/not available/);
      expect(await world.run(120)).toBe(true);
      expect(await queues()).toEqual(["cpu UP"]);
      expect([running, waiting].map((id) => world.slurm.job(id).state)).toEqual([
        ...["COMPLETED", "COMPLETED"],
      ]);
      expect(world.fleet).toBe("RUNNING");
    },
  );

  it("TERMINATE: jobs on nodes that change go back to the queue, and start on the new ones", async () => {
    const job = world.slurm.submit({ runSeconds: 1000 });
    await world.clock.advance(5000);
    world.files.give(fileOf({ cpu: { type: "light.big" }, old: {} }, "TERMINATE"));
    expect(await world.run(20)).toBe(true);
    await world.clock.advance(10_000);
    expect(world.slurm.job(job).state).toBe("RUNNING");
  });

  it("COMPUTE_FLEET_STOP: stops the fleet by itself, and starts it again", async () => {
    const job = world.slurm.submit({ runSeconds: 1000 });
    await world.clock.advance(5000);
    const file = fileOf({ cpu: { type: "light.big" }, old: {} }, "COMPUTE_FLEET_STOP");
    world.files.give(file);
    expect(await world.run(5)).toBe(false);
    expect(world.fleet).toBe("STOPPING");
    expect(await world.run(30)).toBe(true);
    expect(world.fleet).toBe("RUNNING");
    await world.clock.advance(60_000);
    expect(world.slurm.job(job).state).toBe("RUNNING");
  });

  it("leaves a fleet stopped that was", async () => {
    world.fleet = "STOPPED";
    world.files.give(fileOf({ cpu: { type: "light.big" }, old: {} }, "COMPUTE_FLEET_STOP"));
    expect(await world.run(5)).toBe(true);
    expect(world.fleet).toBe("STOPPED");
  });

  it("keeps what others drained drained, with their reason", async () => {
    const theirs = { state: "DRAIN", reason: "bad disk" } as const;
    await world.slurm.control.updateNodes(["cpu-dy-r-1"], theirs);
    world.files.give(fileOf({ cpu: { type: "light.big" }, old: {} }));
    expect(await world.run(30)).toBe(true);
    expect(world.slurm.node("cpu-dy-r-1")).toMatchObject({ reason: "bad disk" });
    expect(world.slurm.node("cpu-dy-r-1").flags.has("DRAIN")).toBe(true);
    expect(world.slurm.node("cpu-dy-r-2").flags.has("DRAIN")).toBe(false);
  });

  it("lets a machine go that was kept for a node that becomes another one", async () => {
    world.slurm.submit({ runSeconds: 5 });
    await world.clock.advance(4000);
    const [machine] = world.machinesOf("cpu-dy-r-1");
    await world.slurm.control.updateNodes(["cpu-dy-r-1"], { state: "POWER_DOWN" });
    world.keepMachines = true;
    await world.clock.advance(10_000);
    expect(world.machinesOf("cpu-dy-r-1")).toMatchObject([{ id: machine?.id }]);
    world.files.give(fileOf({ cpu: { type: "light.big" }, old: {} }));
    expect(await world.run(20)).toBe(true);
    expect(world.machinesOf("cpu-dy-r-1")).toEqual([]);
  });
});

describe("an update that can't be", () => {
  const asBefore = async () => {
    expect(world.state).toMatchObject({ inForce: { kind: "file", text: BEFORE } });
    expect(world.state.update).toBeUndefined();
    expect(await queues()).toEqual(["cpu UP", "old UP"]);
    expect((await states()).filter((state) => state.includes("DRAIN"))).toEqual([]);
    expect(world.fleet).toBe("RUNNING");
    expect(world.files.states.at(-1)).toBe("failed");
  };
  const reason = () => world.files.reports.findLast(({ status }) => status === "failed")?.message;

  it("changes nothing when slurmctld would refuse it", async () => {
    world.refuseCheck = () => "no such plugin";
    world.files.give(fileOf({ cpu: { max: 4 }, old: {} }));
    expect(await world.run(5)).toBe(true);
    expect(world.loads).toEqual([]);
    expect(reason()).toContain("no such plugin");
    await asBefore();
  });

  it("changes nothing when the head can't read it", async () => {
    world.files.give("Provider: moon\n");
    expect(await world.run(5)).toBe(true);
    expect(reason()).toContain("moon");
    await asBefore();
  });

  it("goes back when slurmctld refuses it after all, and jobs run on", async () => {
    const job = world.slurm.submit({ runSeconds: 1000 });
    await world.clock.advance(5000);
    world.refuseLoad = isNot(BEFORE);
    world.files.give(fileOf({ cpu: { max: 4 }, old: {} }));
    expect(await world.run(20)).toBe(true);
    expect(world.slurm.job(job).state).toBe("RUNNING");
    expect(reason()).toContain("bad value");
    await asBefore();
  });

  it("goes back from half the way: queues open, nodes free, machines of the old kind", async () => {
    world.slurm.submit({ partition: "old", runSeconds: 60 });
    await world.clock.advance(5000);
    world.files.give(fileOf({ cpu: { type: "light.big" } }));
    expect(await world.run(10)).toBe(false);
    expect(await queues()).toContain("old DRAIN");
    world.refuseCheck = (config) =>
      config.Scheduling.SlurmQueues.length === 1 ? "no queue left" : undefined;
    expect(await world.run(120)).toBe(true);
    expect(reason()).toContain("no queue left");
    await asBefore();
  });

  it("starts the fleet again that it stopped", async () => {
    world.files.give(fileOf({ cpu: { type: "light.big" }, old: {} }, "COMPUTE_FLEET_STOP"));
    world.refuseLoad = isNot(BEFORE);
    expect(await world.run(60)).toBe(true);
    await asBefore();
  });
});

describe("another file while an update is under way", () => {
  it("the file in force calls it off", async () => {
    const job = world.slurm.submit({ runSeconds: 1000 });
    await world.clock.advance(5000);
    world.files.give(fileOf({ cpu: { type: "light.big" } }));
    expect(await world.run(10)).toBe(false);
    world.files.give(BEFORE);
    expect(await world.run(20)).toBe(true);
    expect(world.files.states.slice(-2)).toEqual(["replaced", "in-force"]);
    expect(world.slurm.job(job).state).toBe("RUNNING");
    expect(await queues()).toEqual(["cpu UP", "old UP"]);
    expect((await states()).filter((state) => state.includes("DRAIN"))).toEqual([]);
  });
});

describe("killed at any instant, it goes on where it was", () => {
  const AFTER = fileOf({ cpu: { type: "light.big" }, young: {} }, "COMPUTE_FLEET_STOP");

  /** Runs the update, killed before that step, to its end, and gives how many steps it took. */
  async function steps(killAt: number, refuseLoad: World["refuseLoad"]): Promise<number> {
    world = new World(BEFORE);
    world.slurm.submit({ partition: "old", runSeconds: 10 });
    world.slurm.submit({ partition: "cpu", runSeconds: 1000 });
    await world.clock.advance(5000);
    world.files.give(AFTER);
    world.killAt = killAt;
    world.refuseLoad = refuseLoad;
    expect(await world.run(120)).toBe(killAt === 0);
    if (killAt > 0) expect(await world.run(120), `killed at step ${killAt}`).toBe(true);
    expect(world.fleet).toBe("RUNNING");
    expect((await states()).filter((state) => state.includes("DRAIN"))).toEqual([]);
    expect(world.violations).toEqual([]);
    world.slurm[Symbol.dispose]();
    return world.steps;
  }

  it("to the new file", async () => {
    const all = await steps(0, () => undefined);
    expect(all).toBeGreaterThan(8);
    for (let killAt = 1; killAt <= all; killAt++) {
      await steps(killAt, () => undefined);
      expect(world.state).toEqual({ inForce: { kind: "file", version: 3, text: AFTER } });
      expect(await queues()).toEqual(["cpu UP", "young UP"]);
    }
  });

  it("back to the former one", async () => {
    const all = await steps(0, isNot(BEFORE));
    for (let killAt = 1; killAt <= all; killAt++) {
      await steps(killAt, isNot(BEFORE));
      expect(world.state).toEqual({ inForce: { kind: "file", version: 2, text: BEFORE } });
      expect(world.files.states.at(-1)).toBe("failed");
      expect(await queues()).toEqual(["cpu UP", "old UP"]);
    }
  });
});
