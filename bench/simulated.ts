import { AWS_DEFAULT_LIMITS, raisedLimits, type SimLimits } from "@sluice/cloud/testing";
import { poolOf, World } from "../packages/capacity/src/testing/world.ts";
import { add } from "./report.ts";

/** From the published start-up tests of ParallelCluster, launch to configured. */
const BOOT_SECONDS = 75;
/** What a call of EC2 takes. */
const API_MILLISECONDS = 300;

interface ScaleUp {
  /** From submission to the last node's registration. */
  readonly seconds: number;
  /** Machines that were accepted: a good one starts no more than are wanted. */
  readonly machines: number;
}

/**
 * The node manager as it is, over a cloud and a slurmctld in memory, on a clock that jumps from one
 * event to the next: its own processor time is not in the seconds, and the cloud's time is.
 */
export async function measureSimulated(): Promise<void> {
  const report = async (
    nodes: number,
    limits: SimLimits,
    said: string,
    goal: number | undefined,
    gangs: number,
  ) => {
    const { seconds, machines } = await scaleUp(nodes, limits, gangs);
    const count = nodes.toLocaleString("en");
    add(`${count} nodes ready, 75 s boots, EC2's ${said}`, "s", [seconds], goal);
    if (machines !== nodes) add("  machines launched for them", "×", [machines / nodes], 1);
  };
  await report(1000, AWS_DEFAULT_LIMITS, "default limits, one job", 110, 1);
  await report(4000, raisedLimits(), "raised limits, 4,000 jobs", 180, 4000);
  // 1,000 at once and 2 a second: no program can be sooner than 1,575 s.
  await report(4000, AWS_DEFAULT_LIMITS, "default limits, 400 jobs", undefined, 400);
  add("missing capacity noticed to next offering asked, simulated", "s", [await fallback()], 2);
}

/** `nodes` nodes for `jobs` jobs of the same size. */
async function scaleUp(nodes: number, limits: SimLimits, jobs: number): Promise<ScaleUp> {
  const pools = Array.from({ length: Math.ceil(nodes / 1000) }, (_, n) =>
    poolOf("q1", `c${n}`, { dynamic: Math.min(1000, nodes) }, ["small"], 1800),
  );
  await using world = new World({
    pools,
    bootMs: BOOT_SECONDS * 1000,
    suspendTime: 100_000,
    resumeTimeout: 1860,
  });
  world.cloud.limits = limits;
  world.cloud.faults.latencyMs = API_MILLISECONDS;
  world.start();
  await world.seconds(20);
  const ids = Array.from({ length: jobs }, () =>
    world.submit({ nodes: nodes / jobs, runSeconds: 100_000 }),
  );
  const began = world.clock.now().getTime();
  while (!ids.every((id) => world.state(id) === "RUNNING")) await world.clock.advance(250);
  const seconds = (world.clock.now().getTime() - began) / 1000;
  return { seconds, machines: world.cloud.accepted.length };
}

/** From the cloud's answer to the next question, both in the cloud's own record. */
async function fallback(): Promise<number> {
  await using world = new World({
    pools: [poolOf("q1", "a", { dynamic: 100 }, ["small", "large"])],
    capacity: { "small/sim-a/on-demand": 0 },
    // EC2's menu does not tell what there is.
    sim: { menuShowsSoldOut: false },
  });
  world.cloud.faults.latencyMs = API_MILLISECONDS;
  world.start();
  await world.seconds(20);
  world.submit({ nodes: 100, runSeconds: 60 });
  const calls = () => world.cloud.traffic.launch.calls;
  await world.until(() => calls() === 1);
  const asked = world.clock.now().getTime();
  await world.until(() => calls() === 2);
  const next = world.clock.now().getTime();
  return Math.max(0, (next - asked - API_MILLISECONDS) / 1000);
}
