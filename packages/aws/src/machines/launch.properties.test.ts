import type { HeadCloud, LaunchOutcome, LaunchRequest } from "@sluice/cloud";
import fc from "fast-check";
import { expect, test } from "vitest";
import { CutConnection } from "./testing/cut.ts";
import { queueFile, World } from "./testing/world.ts";

const TYPES = ["c5.large", "m5.large"] as const;
const FILE = queueFile(`CapacityType: SPOT, AllocationStrategy: price-capacity-optimized,
      ComputeResources: [{Name: c, MaxCount: 100, Instances: [{InstanceType: c5.large}, {InstanceType: m5.large}]}]`);

interface Step {
  readonly size: number;
  readonly atomic: boolean;
  readonly isFleet: boolean;
  readonly cut: CutConnection["cut"];
  readonly throttles: number;
  /** The head dies once it was answered, or was not. */
  readonly dies: boolean;
}

const step: fc.Arbitrary<Step> = fc.record({
  size: fc.integer({ min: 1, max: 4 }),
  atomic: fc.boolean(),
  isFleet: fc.boolean(),
  cut: fc.option(
    fc.record({
      action: fc.constantFrom("RunInstances", "CreateFleet", "DescribeInstances", "DescribeImages"),
      when: fc.constantFrom("before" as const, "after" as const),
    }),
    { nil: undefined },
  ),
  throttles: fc.nat({ max: 1 }),
  dies: fc.boolean(),
});

const kindOf = (outcome: LaunchOutcome) => (outcome.ok ? "ok" : outcome.error.kind);
const isOpen = (outcome: LaunchOutcome) => /Transient|Throttled/.test(kindOf(outcome));

test("whatever breaks, each token that was granted is one machine, and no other is", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(step, { minLength: 1, maxLength: 5 }),
      fc.nat({ max: 6 }),
      async (steps, capacity) => {
        await using world = await World.open();
        await world.makeCluster();
        const zone = world.region.zones[0];
        for (const type of TYPES)
          world.region.faults.capacity.set(`${type}/${zone}/spot`, capacity);
        const run = new Run(world, zone);
        await run.start();
        for (const [index, one] of steps.entries()) await run.take(one, index);
        expect(await run.listed()).toEqual([...run.granted].sort());
      },
    ),
    { numRuns: 25 },
  );
}, 60_000);

class Run {
  readonly granted = new Set<string>();
  readonly #world: World;
  readonly #zone: string;
  readonly #connection = new CutConnection();
  #head: HeadCloud | undefined;

  constructor(world: World, zone: string) {
    this.#world = world;
    this.#zone = zone;
  }

  async start(): Promise<HeadCloud> {
    const { endpoint, credentials } = this.#world.region;
    await this.#head?.[Symbol.asyncDispose]();
    const requestHandler = this.#connection;
    this.#head = await this.#world.head(FILE, {
      client: { endpoint, credentials, requestHandler, maxAttempts: 1 },
    });
    return this.#head;
  }

  /** Asks until every request has its last answer, as the node manager does. */
  async take({ size, atomic, isFleet, cut, throttles, dies }: Step, index: number): Promise<void> {
    const { faults } = this.#world.region;
    let open = this.#requests(size, index, isFleet);
    if (throttles > 0) {
      faults.throttle.set(isFleet ? "ec2:CreateFleet" : "ec2:RunInstances", throttles);
    }
    this.#connection.cut = cut;
    for (let tries = 0; open.length > 0; tries++) {
      if (tries > 10) throw new Error("no end");
      const asked = open;
      const outcomes = await (this.#head as HeadCloud).machines
        .launch(asked, { atomic })
        .catch(() => undefined);
      if (outcomes !== undefined) {
        for (const [at, outcome] of outcomes.entries()) {
          if (outcome.ok) this.granted.add(asked[at]?.token ?? "");
        }
        open = asked.filter((_, at) => isOpen(outcomes[at] as LaunchOutcome));
      }
      if (dies) await this.start();
    }
    this.#connection.cut = undefined;
  }

  /** What runs, once those that were taken back are on their way out. */
  async listed(): Promise<readonly string[]> {
    const head = await this.start();
    const machines = await head.machines.list();
    expect(machines.every(({ node, token }) => node === `node-${token}`)).toBe(true);
    return machines
      .filter(({ state }) => state === "pending" || state === "running")
      .map(({ token }) => token)
      .sort();
  }

  #requests(size: number, index: number, isFleet: boolean): readonly LaunchRequest[] {
    const [first, second] = TYPES.map((instanceType) => ({
      instanceType,
      zone: this.#zone,
      market: "spot" as const,
    }));
    if (first === undefined || second === undefined) return [];
    return Array.from({ length: size }, (_, at) => ({
      token: `${index}-${at}`,
      node: `node-${index}-${at}`,
      pool: { queue: "q", computeResource: "c" },
      offering: first,
      ...(isFleet ? { alternatives: [second] } : {}),
      userData: "",
      tags: {},
    }));
  }
}
