import { afterAll, afterEach, beforeAll, beforeEach, describe, test } from "vitest";
import type { HeadCloud, Machine, OfferingKey, Pool } from "../contract.ts";
import { launchCases } from "./conformance-launch.ts";
import { marketCases } from "./conformance-market.ts";
import { standbyCases } from "./conformance-standby.ts";
import { tellingCases } from "./conformance-telling.ts";
import { keyOf, type Trial } from "./conformance-trial.ts";

/** One cloud with two clusters in it, ready to launch, for `machinesConformance`. */
export interface ConformanceHarness extends AsyncDisposable {
  /** As the head of the first cluster holds it. Read anew for each use: `restart` may change it. */
  readonly cloud: HeadCloud;
  /** As the head of the second cluster holds it. */
  readonly other?: HeadCloud;
  /**
   * A pool whose first instance type can be had at least five times. Its first market is the one
   * that machines are launched in; with `spot` among the others, that is tried too.
   */
  readonly pool: Pool;
  /** User data that lets a machine come up and stay, in either cluster. */
  readonly userData: string;
  /** An offering of which at most `capacity` machines (few) may exist, none exists yet. */
  readonly scarce?: {
    readonly pool: Pool;
    readonly offering: OfferingKey;
    readonly capacity: number;
  };
  /** What every machine's console says sooner or later; without it, it may stay empty. */
  readonly consoleSays?: RegExp;
  /** What the machine of the first (or the other) cluster sends to prove itself. */
  proofOf?(machine: Machine, cluster: "cloud" | "other"): Promise<string>;
  /** Ends the machine as a power cut would. */
  kill?(machineId: string, cluster: "cloud" | "other"): Promise<void>;
  /**
   * Has the cloud give notice that it takes the machine away, as a spot market does. The machine
   * goes when the time is over; whole seconds, at least one.
   */
  interrupt?(machineId: string, deadlineSeconds: number, cluster: "cloud" | "other"): Promise<void>;
  /** The process between the head and the machines dies and is started again. */
  restart?(): Promise<void>;
  /** Lets a little time pass: a real cloud waits, a simulated one may turn its clock. */
  tick(): Promise<void>;
}

/** The parts that a cloud may skip, with the reason. */
export type ConformanceCase =
  | "capacity"
  | "changes"
  | "consoles"
  | "identity"
  | "interruptions"
  | "isolation"
  | "restart"
  | "abort"
  | "spot"
  | "standby";

export interface ConformanceOptions {
  /** Why a part does not apply to this cloud; shown beside the skipped test. */
  readonly skip?: Partial<Record<ConformanceCase, string>>;
  /** For one test, in milliseconds; 5,000. Those that boot a machine twice get three times that. */
  readonly timeout?: number;
}

/**
 * The contract of what a head holds of a cloud, as tests; every cloud runs it. One harness serves
 * all the tests, which leave no machine behind. Machines that are listed as `gone` are never
 * counted as there, and need not be listed.
 */
export function machinesConformance(
  name: string,
  makeHarness: () => Promise<ConformanceHarness>,
  options: ConformanceOptions = {},
): void {
  const timeout = options.timeout ?? 5_000;

  describe(`${name}: the contract of machines`, { timeout }, () => {
    let harness: ConformanceHarness;
    let offering: OfferingKey;

    beforeAll(async () => {
      harness = await makeHarness();
      const rows = await harness.cloud.catalogue.offerings(harness.pool);
      const first = rows.find(
        (row) => row.unavailable === undefined && row.market === harness.pool.markets[0],
      );
      if (first === undefined) throw new Error("the harness has no offering that can be had");
      offering = keyOf(first);
    }, timeout * 4);
    beforeEach(() => {
      tokens.clear();
      ids.clear();
    });
    afterEach(async () => {
      await clear(trial, harness.cloud, ids);
      if (harness.other !== undefined) await clear(trial, harness.other, ids);
    }, timeout * 4);
    afterAll(async () => harness[Symbol.asyncDispose](), timeout * 4);

    const tokens = new Set<string>();
    const ids = new Set<string>();
    const trial = makeTrial(
      () => harness,
      () => offering,
      { tokens, ids },
      { ...options, timeout },
    );
    launchCases(trial);
    marketCases(trial);
    tellingCases(trial);
    standbyCases(trial);
  });
}

function makeTrial(
  harness: () => ConformanceHarness,
  offering: () => OfferingKey,
  { tokens, ids }: { readonly tokens: Set<string>; readonly ids: Set<string> },
  { skip = {}, timeout }: ConformanceOptions & { readonly timeout: number },
): Trial {
  const run = Date.now().toString(36);
  let serial = 0;
  const trial: Trial = {
    get harness() {
      return harness();
    },
    get offering() {
      return offering();
    },
    request(overrides = {}) {
      const { queue, computeResource } = harness().pool;
      serial += 1;
      const token = `conformance-${run}-${serial}`;
      tokens.add(token);
      return {
        token,
        node: `conf-dy-a-${serial}`,
        pool: { queue, computeResource },
        offering: offering(),
        userData: harness().userData,
        tags: { purpose: "conformance", serial: String(serial) },
        ...overrides,
      };
    },
    requests: (count, overrides) => Array.from({ length: count }, () => trial.request(overrides)),
    async launched(asked, cloud = harness().cloud) {
      const outcomes = await cloud.machines.launch(asked, { atomic: false });
      return outcomes.map((outcome) => {
        if (!outcome.ok) throw outcome.error;
        ids.add(outcome.machine.id);
        return outcome.machine;
      });
    },
    async running(overrides, cloud = harness().cloud) {
      const [machine] = await trial.launched([trial.request(overrides)], cloud);
      return trial.until(async () =>
        (await trial.alive(cloud)).find((one) => one.id === machine?.id && one.state === "running"),
      );
    },
    alive: async (cloud = harness().cloud) =>
      (await listed(cloud)).filter((one) => tokens.has(one.token)),
    tokens: async (cloud) => (await trial.alive(cloud)).map((machine) => machine.token).sort(),
    async lists(asked, cloud) {
      const wanted = asked.map((one) => one.token).sort();
      await trial.until(async () => String(await trial.tokens(cloud)) === String(wanted));
    },
    async until(look) {
      const deadline = performance.now() + timeout;
      while (true) {
        const found = await look();
        if (found !== undefined && found !== false) return found;
        if (performance.now() > deadline) throw new Error("waited in vain");
        await harness().tick();
      }
    },
    part(about, title, body, boots = 1) {
      const reason = skip[about];
      if (reason === undefined) test(title, { timeout: timeout * boots }, body);
      else test.skip(`${title} (skipped: ${reason})`, () => {});
    },
    needs(thing, what) {
      if (thing !== undefined) return thing;
      throw new Error(`the harness offers no ${what}: skip it with a reason`);
    },
  };
  return trial;
}

const listed = async (cloud: HeadCloud): Promise<readonly Machine[]> =>
  (await cloud.machines.list()).filter((one) => one.state !== "gone");

/** @param ids of machines that may not be listed yet. */
async function clear(trial: Trial, cloud: HeadCloud, ids: ReadonlySet<string>): Promise<void> {
  await cloud.machines.terminate([...ids]);
  await trial.until(async () => {
    const machines = await listed(cloud);
    if (machines.length === 0) return true;
    await cloud.machines.terminate(machines.map((machine) => machine.id));
    return false;
  });
}
