import type { HeadView } from "@sluice/cloud";
import { beforeEach, describe, expect, test } from "vitest";
import { HeadKeeper } from "./head-keeper.ts";
import type { HeadWord } from "./head-rows.ts";
import type { HeadSlot } from "./head-slots.ts";
import type { LiveCluster } from "./live-cluster.ts";
import type { ClusterRow, MachineRow } from "./store.ts";

const SLOTS = ["head-1", "head-2"] as const;

/** A cluster whose heads do as the test says. */
class World {
  now = Date.UTC(2026, 0, 1);
  status: ClusterRow["status"] = "CREATE_COMPLETE";
  isBusy = false;
  failed: readonly string[] = [];
  machines: MachineRow[] = [];
  readonly words = new Map<string, HeadWord>();
  readonly launched: string[] = [];
  #count = 0;
  readonly told: string[] = [];
  readonly keeper: HeadKeeper;

  constructor() {
    const live = {
      row: { name: "one" },
      config: { DevSettings: { Timeouts: { HeadNodeBootstrapTimeout: 100 } } },
    } as unknown as LiveCluster;
    this.keeper = new HeadKeeper({
      now: () => this.now,
      isBusy: () => this.isBusy,
      cluster: () => live,
      store: {
        clusters: () => [{ name: "one", status: this.status, imageRoot: "/" } as ClusterRow],
        heads: () => this.machines,
        headWords: { said: (id: string) => this.words.get(id) ?? "starting" },
      } as unknown as ConstructorParameters<typeof HeadKeeper>[0]["store"],
      heads: {
        vacant: () =>
          SLOTS.filter(
            (node) =>
              !this.machines.some((row) => row.node === node) && !this.failed.includes(node),
          ).map((node) => ({ node, zone: "a" }) as HeadSlot),
        views: () =>
          this.machines.map((machine) => ({
            machine: machine as unknown as HeadView["machine"],
            zone: "a",
            role: this.words.get(machine.id) === "ready" ? "leading" : "standing-by",
          })),
        launch: async (_cluster, { node }) => this.add(node),
        tell: (_cluster, status, message) => this.told.push(`${status}: ${message}`),
      },
      fleet: {
        remove: async (rows) => {
          this.machines = this.machines.filter((row) => !rows.includes(row));
        },
      },
    });
  }

  add(node: string): void {
    this.launched.push(node);
    this.machines.push({
      ...{ id: `m-${++this.#count}`, cluster: "one", node, state: "running" },
      launchedAt: new Date(this.now).toISOString(),
    } as MachineRow);
  }

  lose(node: string): void {
    this.machines = this.machines.filter((row) => row.node !== node);
  }

  async after(seconds: number): Promise<void> {
    this.now += seconds * 1000;
    await this.keeper.look();
  }
}

describe("heads of a cluster in service", () => {
  let world: World;
  beforeEach(() => {
    world = new World();
    for (const node of SLOTS) world.add(node);
    world.words.set("m-1", "ready").set("m-2", "standing-by");
    world.launched.length = 0;
  });

  test("one that is gone is made anew at the next look", async () => {
    await world.after(0.3);
    expect(world.launched).toEqual([]);
    world.lose("head-2");
    await world.after(0.3);
    expect(world.launched).toEqual(["head-2"]);
    expect(world.told).toEqual(["started: head-2 in zone a is gone, and is made anew"]);
  });

  test("one that dies again and again is made after longer and longer pauses", async () => {
    world.words.set("m-2", "ready");
    const times: number[] = [];
    for (let second = 0; second < 200; second++) {
      world.lose("head-1");
      const before = world.launched.length;
      await world.after(1);
      if (world.launched.length > before) times.push(second);
    }
    const pauses = times.slice(1).map((time, i) => time - (times[i] ?? 0));
    expect(pauses.slice(0, 7)).toEqual([1, 2, 4, 8, 16, 32, 60]);
    // Once it has lasted, the next death is a first one.
    await world.after(60);
    world.words.set(world.machines.at(-1)?.id ?? "", "ready");
    await world.after(61);
    const before = world.launched.length;
    world.lose("head-1");
    await world.after(0.3);
    expect(world.launched.length).toBe(before + 1);
  });

  test("one that fails, or never becomes ready, gives way to another", async () => {
    world.words.set("m-2", "failed");
    await world.after(0.3);
    await world.after(0.3);
    expect(world.launched).toEqual(["head-2"]);
    await world.after(99);
    expect(world.launched).toEqual(["head-2"]);
    await world.after(2);
    await world.after(0.3);
    expect(world.launched).toEqual(["head-2", "head-2"]);
    expect(world.told).toContainEqual(expect.stringContaining("did not become ready"));
  });

  test("while the other one takes over, a new one waits for that; not for ever", async () => {
    world.lose("head-1");
    await world.after(0.3);
    await world.after(5);
    expect(world.launched).toEqual([]);
    world.words.set("m-2", "ready");
    await world.after(0.3);
    expect(world.launched).toEqual(["head-1"]);

    world.words.set("m-2", "standing-by");
    world.lose("head-1");
    await world.after(2);
    await world.after(21);
    expect(world.launched).toEqual(["head-1", "head-1"]);
  });

  test("with none left, both are made at once", async () => {
    world.machines = [];
    await world.after(0.3);
    expect(world.launched).toEqual(["head-1", "head-2"]);
  });

  test("none is made in a zone that failed until it is healed", async () => {
    world.words.set("m-2", "ready");
    world.lose("head-1");
    world.failed = ["head-1"];
    await world.after(10);
    expect(world.launched).toEqual([]);
    world.failed = [];
    await world.after(0.3);
    expect(world.launched).toEqual(["head-1"]);
  });

  test.each(["STOPPED", "CREATE_IN_PROGRESS", "CREATE_FAILED", "DELETE_IN_PROGRESS"] as const)(
    "none is made of a cluster that is %s",
    async (status) => {
      world.status = status;
      world.lose("head-1");
      await world.after(10);
      expect(world.launched).toEqual([]);
    },
  );

  test("none is made while an operation is at work", async () => {
    world.isBusy = true;
    world.lose("head-1");
    await world.after(10);
    expect(world.launched).toEqual([]);
  });
});
