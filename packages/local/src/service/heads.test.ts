import type { ClusterStatus } from "@sluice/cloud";
import { parseStoredClusterFile } from "@sluice/model";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { parseNetwork } from "../host/network.ts";
import type { Fleet } from "./fleet.ts";
import type { HeadSlot } from "./head-slots.ts";
import { Heads } from "./heads.ts";
import type { LiveCluster } from "./live-cluster.ts";
import { type ClusterRow, LocalStore, type MachineRow } from "./store.ts";

const file = (standby: string, local: string) => `
Provider: local
HeadNode: { InstanceType: local.head${standby} }
${local}
Scheduling:
  SlurmQueues:
    - Name: q
      ComputeResources:
        - { Name: r, InstanceType: local.small, MaxCount: 1 }
`;
const ONE = file("", "");
const TWO = file(", Standby: {}", "Local: { Zones: [a, b] }");

/** A store as it is, with machines that are switched on and off by a word. */
class World {
  readonly store = new LocalStore(":memory:");
  readonly failed = new Set<string>();
  readonly cut = new Set<string>();
  readonly removed: string[] = [];
  readonly cluster: LiveCluster;
  readonly heads: Heads;
  readonly #gone = new Map<string, () => void>();
  #count = 0;

  constructor(text: string, status: ClusterStatus = "CREATE_COMPLETE") {
    const parsed = parseStoredClusterFile(text, "one.yaml");
    if (!parsed.ok) throw new Error(JSON.stringify(parsed.findings));
    this.store.insertCluster({
      ...{ name: "one", id: "id-one", status, reason: null, createdAt: "", updatedAt: "" },
      ...{ configText: text, fileVersion: 1, wantedVersion: 1, stage: null, config: null },
      ...{ headUserData: "", network: "10.208.0.0/20", bridge: "slb0", imageRoot: "/" },
      ...{ bundle: "", site: null, range: null, nextHead: null },
    } satisfies ClusterRow);
    this.cluster = {
      row: this.store.cluster("one"),
      config: parsed.config,
      headsFrom: { config: parsed.config, headUserData: "", imageRoot: "/" },
      range: parseNetwork("10.208.0.0/20"),
      isFailed: (zone: string) => this.failed.has(zone),
    } as unknown as LiveCluster;
    this.heads = new Heads({
      store: this.store,
      cluster: () => this.cluster,
      isReachable: ({ id, zone }) => !this.cut.has(id) && !this.failed.has(zone),
      fleet: {
        launchHead: async (_cluster: LiveCluster, slot: HeadSlot) => this.#launch(slot),
        whenGone: (id: string) =>
          new Promise<void>((resolve) => {
            this.#gone.set(id, resolve);
          }),
        find: (_cluster: string, id: string) =>
          this.store.heads("one").find((row) => row.id === id),
        remove: async (rows: readonly MachineRow[]) => {
          for (const { id, node } of rows) {
            this.removed.push(node);
            this.lose(id);
          }
        },
      } as unknown as Fleet,
    });
  }

  row(node: string): MachineRow {
    const row = this.store.heads("one").find((machine) => machine.node === node);
    if (row === undefined) throw new Error(`there is no ${node}`);
    return row;
  }

  lose(id: string): void {
    this.store.markGone(id, new Date(), "");
    this.#gone.get(id)?.();
  }

  /** Resolves when the machines are there; `done` when they are what they shall be. */
  async boot(all: boolean): Promise<{ readonly done: Promise<void> }> {
    const { signal } = new AbortController();
    const done = this.heads.boot(this.cluster, { onProgress: () => {}, signal, all });
    done.catch(() => {});
    await new Promise((resolve) => setImmediate(resolve));
    return { done };
  }

  say(node: string, status: "ready" | "standing-by" | "failed"): void {
    this.heads.report(this.row(node), { status, message: "so it is" });
  }

  roles(): readonly string[] {
    return this.heads.views("one").map(({ machine, role }) => `${machine.node} ${role}`);
  }

  #launch({ node, zone, address, instanceType }: HeadSlot): MachineRow {
    const id = `m-${++this.#count}`;
    const row: MachineRow = {
      ...{ id, cluster: "one", token: id, role: "head", node, queue: null, computeResource: null },
      ...{ instanceType, zone, market: "on-demand", state: "running", address },
      ...{ launchedAt: new Date().toISOString(), tags: "{}", proof: "", goneAt: null, image: null },
      ...{ pid: null, startTicks: null },
    };
    this.store.insertMachines([{ row, userData: "" }]);
    this.store.headWords.say("one", id, "starting");
    return row;
  }
}

let world: World;
afterEach(() => world.store[Symbol.dispose]());

test("a head alone is the head from the moment that it is there, and leads when it is ready", async () => {
  world = new World(ONE);
  const { done } = await world.boot(true);
  expect(world.row("head").address).toBe("10.208.0.2");
  expect(world.heads.leader("one")?.node).toBe("head");
  expect(world.roles()).toEqual(["head starting"]);
  world.say("head", "ready");
  await done;
  expect(world.roles()).toEqual(["head leading"]);
  expect(world.heads.vacant(world.cluster)).toEqual([]);
});

describe("two heads", () => {
  beforeEach(async () => {
    world = new World(TWO);
    const { done } = await world.boot(true);
    world.say("head-1", "standing-by");
    world.say("head-2", "standing-by");
    await world.heads.takeAddress(world.row("head-2"));
    world.say("head-2", "ready");
    await done;
  });

  test("have addresses of their own beside the common one; who took that leads", () => {
    expect(world.row("head-1")).toMatchObject({ address: "10.208.0.3", zone: "a" });
    expect(world.row("head-2")).toMatchObject({ address: "10.208.0.4", zone: "b" });
    expect(world.heads.commonAddress("one")).toBe("10.208.0.2");
    expect(world.heads.leader("one")?.node).toBe("head-2");
    expect(world.roles()).toEqual(["head-1 standing-by", "head-2 leading"]);
  });

  test("one that lost the address leads no more, whatever it said", async () => {
    await world.heads.takeAddress(world.row("head-1"));
    expect(world.roles()).toEqual(["head-1 starting", "head-2 starting"]);
    world.say("head-1", "ready");
    expect(world.roles()).toEqual(["head-1 leading", "head-2 starting"]);
    world.say("head-2", "standing-by");
    expect(world.roles()).toEqual(["head-1 leading", "head-2 standing-by"]);
    expect(world.store.events("one").map(({ message }) => message)).toContain(
      "head-1 in zone a leads",
    );
  });

  test("a former head is switched off; one that is not reached is left alone", async () => {
    const [first, second] = [world.row("head-1"), world.row("head-2")];
    world.cut.add(second.id);
    expect(await world.heads.fence(first, second.id)).toBe("unsure");
    expect(world.removed).toEqual([]);
    world.cut.clear();
    expect(await world.heads.fence(first, second.id)).toBe("off");
    expect(world.removed).toEqual(["head-2"]);
    expect(world.heads.isGone("one", second.id)).toBe(true);
    expect(await world.heads.fence(first, second.id)).toBe("off");
    await expect(world.heads.fence(first, first.id)).rejects.toMatchObject({ code: "BAD_REQUEST" });
    expect(world.heads.vacant(world.cluster).map(({ node }) => node)).toEqual(["head-2"]);
  });

  test("one is reached by the cloud's service while neither it nor its zone is cut off", () => {
    expect(world.heads.reached("one", "head-1")?.id).toBe(world.row("head-1").id);
    world.failed.add("a");
    expect(world.heads.reached("one", "head-1")).toBeUndefined();
    expect(world.heads.reached("one", "head-2")?.id).toBe(world.row("head-2").id);
  });

  test("to start them is to wait for one that leads; the other one may fail", async () => {
    for (const node of ["head-1", "head-2"]) world.lose(world.row(node).id);
    const { done } = await world.boot(false);
    world.say("head-1", "failed");
    world.lose(world.row("head-1").id);
    await world.heads.takeAddress(world.row("head-2"));
    world.say("head-2", "ready");
    await done;
  });

  test("none comes up: whoever waits is told why, and where no zone has power, at once", async () => {
    for (const node of ["head-1", "head-2"]) world.lose(world.row(node).id);
    const { done } = await world.boot(false);
    world.say("head-1", "failed");
    world.say("head-2", "failed");
    await expect(done).rejects.toMatchObject({ code: "HEAD_SETUP_FAILED" });
    for (const node of ["head-1", "head-2"]) world.lose(world.row(node).id);
    world.failed.add("a").add("b");
    const again = await world.boot(false);
    await expect(again.done).rejects.toMatchObject({ kind: "InsufficientCapacity" });
  });

  test("what they agreed on goes with their cluster", () => {
    const { store } = world;
    store.registers.write("id-one", "head", "{}", undefined);
    store.deleteCluster("one");
    expect(store.registers.read("id-one", "head")).toBeUndefined();
    expect(store.headWords.leader("one")).toBeUndefined();
  });
});
