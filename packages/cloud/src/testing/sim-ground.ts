import { setImmediate } from "node:timers/promises";
import type { Clock, MachineType } from "@sluice/model";
import type { LaunchRequest, Market, OfferingKey, Pool } from "../contract.ts";
import { isCloudError } from "../errors.ts";
import { createSimCloud, type SimCloud, type SimCloudOptions } from "./sim-cloud.ts";

/** Stands still until it is advanced; wakes sleepers in the order they are due. */
class StillClock implements Clock {
  #now = Date.parse("2030-01-01T00:00:00Z");
  readonly #sleepers = new Set<{ readonly due: number; readonly wake: () => void }>();

  now(): Date {
    return new Date(this.#now);
  }

  sleep(milliseconds: number, signal?: AbortSignal): Promise<void> {
    if (signal?.aborted) return Promise.resolve();
    return new Promise((resolve) => {
      const wake = () => {
        this.#sleepers.delete(sleeper);
        resolve();
      };
      const sleeper = { due: this.#now + Math.max(0, milliseconds), wake };
      this.#sleepers.add(sleeper);
      signal?.addEventListener("abort", wake, { once: true });
    });
  }

  async advance(milliseconds: number): Promise<void> {
    const end = this.#now + milliseconds;
    await setImmediate();
    for (;;) {
      const [next] = [...this.#sleepers].sort((one, other) => one.due - other.due);
      if (next === undefined || next.due > end) break;
      this.#now = Math.max(this.#now, next.due);
      next.wake();
      await setImmediate();
    }
    this.#now = end;
    await setImmediate();
  }
}

export const simType = (name: string, pricePerHour?: number): MachineType => ({
  name,
  arch: "x86_64",
  vcpus: 2,
  threadsPerCore: 1,
  memoryMiB: 4096,
  ...(pricePerHour === undefined ? {} : { pricePerHour }),
});

export const simOffering = (instanceType = "small", market: Market = "on-demand"): OfferingKey => ({
  instanceType,
  zone: "sim-a",
  market,
});

export const simPool: Pool = {
  queue: "q1",
  computeResource: "a",
  instanceTypes: ["small", "large"],
  markets: ["on-demand", "spot"],
  order: "file",
  placement: false,
};

/** A simulated cloud, its clock, and one cluster in it. */
export function simGround(options: Partial<SimCloudOptions> = {}) {
  const clock = new StillClock();
  const sim: SimCloud = createSimCloud({
    clock,
    types: [simType("small", 1), simType("large", 2)],
    ...options,
  });
  const cloud = sim.cluster("one");
  let serial = 0;
  const request = (overrides: Partial<LaunchRequest> = {}): LaunchRequest => {
    serial += 1;
    return {
      token: `t${serial}`,
      node: `q1-dy-a-${serial}`,
      pool: { queue: simPool.queue, computeResource: simPool.computeResource },
      offering: simOffering(),
      userData: "",
      tags: {},
      ...overrides,
    };
  };
  const requests = (count: number, overrides: Partial<LaunchRequest> = {}) =>
    Array.from({ length: count }, () => request(overrides));

  /** How many were accepted, and the kinds of the errors of the rest, each once. */
  async function launch(asked: readonly LaunchRequest[], atomic = false) {
    const outcomes = await cloud.machines.launch(asked, { atomic });
    const kinds = outcomes.flatMap((outcome) => (outcome.ok ? [] : [outcome.error.kind]));
    return { accepted: outcomes.length - kinds.length, kinds: [...new Set(kinds)] };
  }

  return {
    clock,
    sim,
    cloud,
    request,
    requests,
    launch,
    seconds: (count: number) => clock.advance(count * 1000),
    states: async () =>
      Object.fromEntries((await cloud.machines.list()).map((one) => [one.token, one.state])),
  };
}

/** The kind of what is thrown. */
export async function kindOf(call: Promise<unknown>): Promise<string> {
  try {
    await call;
    return "none";
  } catch (error) {
    return isCloudError(error) ? error.kind : String(error);
  }
}
