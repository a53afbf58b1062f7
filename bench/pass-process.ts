import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import {
  createNodeManager,
  type NodeManager,
  type NodeManagerDeps,
  openCapacityStore,
} from "@sluice/capacity";
import { createSimCloud } from "@sluice/cloud/testing";
import type { Clock, MachineType } from "@sluice/model";
import { createSlurmCommands, execRunner, type SlurmControl } from "@sluice/slurm";
import { poolOf } from "../packages/capacity/src/testing/world.ts";

/*
 * Runs a node manager over a cloud in memory and a slurmctld that is a file: what scontrol prints
 * is printed by cat, so that starting a command and reading its answer cost what they cost.
 */

const clock: Clock = {
  now: () => new Date(),
  sleep: (ms, signal) => delay(ms, undefined, signal ? { signal } : {}).catch(() => {}),
};
const silent = () => {};
const log = { debug: silent, info: silent, warn: silent, error: silent };
const TYPE: MachineType = {
  name: "small",
  arch: "x86_64",
  vcpus: 8,
  threadsPerCore: 1,
  memoryMiB: 4096,
  pricePerHour: 0.1,
};
const UP = "IDLE+CLOUD";
const OFF = "IDLE+CLOUD+POWERED_DOWN";
const STARTING = "ALLOCATED+CLOUD+NOT_RESPONDING+POWERING_UP";

/** A line of `scontrol --oneliner show nodes`, as long as slurmctld 24.11 writes it. */
function nodeLine(name: string, state: string, address: string): string {
  return `NodeName=${name} Arch=x86_64 CoresPerSocket=1  CPUAlloc=0 CPUEfctv=8 CPUTot=8 CPULoad=0.00 AvailableFeatures=dynamic,small,a ActiveFeatures=dynamic,small,a Gres=(null) NodeAddr=${address} NodeHostName=${name} Version=24.11.5 OS=Linux 6.12.0 #1 SMP PREEMPT_DYNAMIC  RealMemory=3891 AllocMem=0 FreeMem=3113 Sockets=8 Boards=1 State=${state} ThreadsPerCore=1 TmpDisk=0 Weight=1000 Owner=N/A MCS_label=N/A Partitions=q1  BootTime=2026-01-20T21:56:33 SlurmdStartTime=2026-01-20T21:56:33 LastBusyTime=2026-01-20T21:56:33 ResumeAfterTime=None CfgTRES=cpu=8,mem=3891M,billing=8 AllocTRES= CurrentWatts=0 AveWatts=0 `;
}

class Bench implements AsyncDisposable {
  readonly folder = mkdtempSync(join(tmpdir(), "sluice-pass-"));
  readonly cloud = createSimCloud({ clock, types: [TYPE] });
  readonly head = this.cloud.cluster("bench");
  readonly #stop = new AbortController();
  #running: Promise<void> | undefined;
  /** Called when the manager asks slurmctld for its nodes, and when it asks the cloud for machines. */
  onNodes = silent;
  onLaunch = silent;
  #onPass: (seconds: number) => void = silent;

  write(lines: readonly string[]): void {
    writeFileSync(join(this.folder, "nodes"), `${lines.join("\n")}\n`);
    writeFileSync(join(this.folder, "empty"), "");
  }

  start(pools: NodeManagerDeps["pools"]) {
    const run = execRunner({});
    const file = (argv: readonly string[]) => (argv.includes("nodes") ? "nodes" : "empty");
    const real = createSlurmCommands({
      run: (argv, options) => run(["cat", join(this.folder, file(argv))], options),
    });
    const slurm: SlurmControl = {
      ...real,
      nodes: (options) => {
        if (options?.names === undefined) this.onNodes();
        return real.nodes(options);
      },
      updateNodes: async () => {},
    };
    const machines: NodeManagerDeps["machines"] = {
      ...this.head.machines,
      launch: (requests, how) => {
        this.onLaunch();
        return this.head.machines.launch(requests, how);
      },
    };
    let tokens = 0;
    const store = openCapacityStore(join(this.folder, "capacity.db"));
    const manager = createNodeManager({
      ...{ slurm, machines, store, pools, clock, log },
      catalogue: this.head.catalogue,
      consoles: this.head.consoles,
      newToken: () => `token-${++tokens}`,
      userData: () => "#cloud-config\n",
      tags: {},
      meter: { resumed: silent, happened: silent, passed: (seconds) => this.#onPass(seconds) },
    });
    this.#running = manager.run(this.#stop.signal).then(() => store[Symbol.dispose]());
    return manager;
  }

  /** Milliseconds of the next pass, which a hook that changes nothing sets off. */
  pass(manager: NodeManager): Promise<number> {
    return new Promise((resolve) => {
      this.#onPass = (seconds) => resolve(seconds * 1000);
      manager.suspend([]);
      manager.resume({ nodes: ["none"] });
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stop.abort();
    await this.#running;
    rmSync(this.folder, { recursive: true, force: true });
  }
}

/** Whole passes in which nothing is to do: observe, plan, apply. */
async function passes(): Promise<unknown> {
  await using bench = new Bench();
  const pools = Array.from({ length: 20 }, (_, n) => poolOf("q1", `c${n}`, { dynamic: 1000 }));
  const names = pools.flatMap((spec) => spec.dynamicNodes);
  // Half of them are up: first they start, so that the manager launches their machines.
  const isUp = (index: number): boolean => index % 2 === 0;
  bench.write(names.map((name, n) => nodeLine(name, isUp(n) ? STARTING : OFF, name)));
  const manager = bench.start(pools);
  while (bench.cloud.all().length < names.length / 2) await delay(20);
  const address = new Map(bench.cloud.all().map((one) => [one.node, one.address ?? one.node]));
  bench.write(names.map((name, n) => nodeLine(name, isUp(n) ? UP : OFF, address.get(name) ?? "")));
  // The one that sees all of them registered is not a quiet one.
  for (let i = 0; i < 3; i++) await bench.pass(manager);
  const milliseconds: number[] = [];
  for (let i = 0; i < 20; i++) milliseconds.push(await bench.pass(manager));
  return { milliseconds, residentMB: process.memoryUsage().rss / 2 ** 20 };
}

/** From ResumeProgram's word to the first call, in a manager that was at rest. */
async function firstCalls(): Promise<unknown> {
  const milliseconds: number[] = [];
  for (let i = 0; i < 100; i++) {
    await using bench = new Bench();
    const pools = [poolOf("q1", "a", { dynamic: 1000 })];
    const names = pools.flatMap((spec) => spec.dynamicNodes);
    bench.write(names.map((name) => nodeLine(name, OFF, name)));
    const seen = new Promise<void>((resolve) => {
      bench.onNodes = resolve;
    });
    const manager = bench.start(pools);
    await seen;
    await delay(300);
    bench.write(names.map((name) => nodeLine(name, STARTING, name)));
    const called = new Promise<number>((resolve) => {
      bench.onLaunch = () => resolve(performance.now());
    });
    const began = performance.now();
    manager.resume({ nodes: names, jobs: [{ id: 7, nodes: names }] });
    milliseconds.push((await called) - began);
  }
  return { milliseconds };
}

const [what = ""] = process.argv.slice(2);
const result = await (what === "pass" ? passes() : firstCalls());
process.stdout.write(`${JSON.stringify(result)}\n`);
process.exit(0);
