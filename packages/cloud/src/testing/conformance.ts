import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import type { HeadCloud, LaunchRequest, Machine, OfferingKey, Pool } from "../contract.ts";
import { isCloudError } from "../errors.ts";

/** One cloud with two clusters in it, ready to launch, for `machinesConformance`. */
export interface ConformanceHarness extends AsyncDisposable {
  /** As the head of the first cluster holds it. Read anew for each use: `restart` may change it. */
  readonly cloud: HeadCloud;
  /** As the head of the second cluster holds it. */
  readonly other?: HeadCloud;
  /** A pool whose first instance type can be had at least five times. */
  readonly pool: Pool;
  /** User data that lets a machine come up and stay, in either cluster. */
  readonly userData: string;
  /** An offering of which at most `capacity` machines (few) may exist, none exists yet. */
  readonly scarce?: {
    readonly pool: Pool;
    readonly offering: OfferingKey;
    readonly capacity: number;
  };
  /** What the machine of the first (or the other) cluster sends to prove itself. */
  proofOf?(machine: Machine, cluster: "cloud" | "other"): Promise<string>;
  /** Ends the machine as a power cut would. */
  kill?(machineId: string): Promise<void>;
  /** The process between the head and the machines dies and is started again. */
  restart?(): Promise<void>;
  /** Lets a little time pass: a real cloud waits, a simulated one may turn its clock. */
  tick(): Promise<void>;
}

/** The parts that a cloud may skip, with the reason. */
export type ConformanceCase =
  | "capacity"
  | "changes"
  | "identity"
  | "isolation"
  | "restart"
  | "abort";

export interface ConformanceOptions {
  /** Why a part does not apply to this cloud; shown beside the skipped test. */
  readonly skip?: Partial<Record<ConformanceCase, string>>;
  /** For one test, in milliseconds; 5,000. */
  readonly timeout?: number;
}

/**
 * The contract of `Machines`, `Catalogue` and `Identity` as tests; every cloud runs it. One harness
 * serves all the tests, which leave no machine behind.
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
    let serial = 0;
    const run = Date.now().toString(36);

    beforeAll(async () => {
      harness = await makeHarness();
      const rows = await harness.cloud.catalogue.offerings(harness.pool);
      const first = rows.find((row) => row.unavailable === undefined);
      if (first === undefined) throw new Error("the harness has no offering that can be had");
      offering = keyOf(first);
    }, timeout * 4);
    afterEach(async () => {
      await clear(harness.cloud);
      if (harness.other !== undefined) await clear(harness.other);
    }, timeout * 4);
    afterAll(async () => harness[Symbol.asyncDispose](), timeout * 4);

    function request(overrides: Partial<LaunchRequest> = {}): LaunchRequest {
      serial += 1;
      return {
        token: `conformance-${run}-${serial}`,
        node: `conf-dy-a-${serial}`,
        pool: { queue: harness.pool.queue, computeResource: harness.pool.computeResource },
        offering,
        userData: harness.userData,
        tags: { purpose: "conformance", serial: String(serial) },
        ...overrides,
      };
    }
    const requests = (count: number, overrides: Partial<LaunchRequest> = {}) =>
      Array.from({ length: count }, () => request(overrides));

    async function until<T>(look: () => Promise<T | undefined | false>): Promise<T> {
      const deadline = performance.now() + timeout;
      while (true) {
        const found = await look();
        if (found !== undefined && found !== false) return found;
        if (performance.now() > deadline) throw new Error("waited in vain");
        await harness.tick();
      }
    }

    const listed = async (cloud: HeadCloud) => cloud.machines.list();
    const listedTokens = async (cloud = harness.cloud) =>
      (await listed(cloud)).map((machine) => machine.token).sort();

    async function clear(cloud: HeadCloud): Promise<void> {
      await until(async () => {
        const machines = await listed(cloud);
        if (machines.length === 0) return true;
        await cloud.machines.terminate(machines.map((machine) => machine.id));
        return false;
      });
    }

    async function launched(asked: readonly LaunchRequest[], cloud = harness.cloud) {
      const outcomes = await cloud.machines.launch(asked, { atomic: false });
      return outcomes.map((outcome) => {
        if (!outcome.ok) throw outcome.error;
        return outcome.machine;
      });
    }

    function part(about: ConformanceCase, title: string, body: () => Promise<void>) {
      const reason = options.skip?.[about];
      if (reason === undefined) test(title, body);
      else test.skip(`${title} (skipped: ${reason})`, () => {});
    }
    const needs = <T>(thing: T | undefined, what: string): T => {
      if (thing === undefined)
        throw new Error(`the harness offers no ${what}: skip it with a reason`);
      return thing;
    };

    test("launch answers each request, in order", async () => {
      const asked = requests(3);
      const bad = request({ offering: { ...offering, instanceType: "no-such-type" } });
      const outcomes = await harness.cloud.machines.launch(
        [asked[0], bad, asked[1], asked[2]].filter(isDefined),
        {
          atomic: false,
        },
      );
      expect(outcomes.map((outcome) => outcome.ok)).toEqual([true, false, true, true]);
      const tokens = outcomes.flatMap((outcome) => (outcome.ok ? [outcome.machine.token] : []));
      expect(tokens).toEqual(asked.map((one) => one.token));
      const refusal = outcomes[1];
      expect(refusal?.ok === false && refusal.error.kind).toBe("LaunchRejected");
    });

    test("no request, no outcome", async () => {
      expect(await harness.cloud.machines.launch([], { atomic: true })).toEqual([]);
      expect(await harness.cloud.machines.terminate([])).toEqual([]);
    });

    test("a token is one machine, however often it is asked", async () => {
      const one = request();
      const [first] = await launched([one]);
      const [again] = await launched([one]);
      expect(again?.id).toBe(first?.id);
      const [batched] = await launched([one, request()]);
      expect(batched?.id).toBe(first?.id);
      expect(await listedTokens()).toHaveLength(2);
    });

    test("a token asked from two sides at once is one machine", async () => {
      const one = request();
      const both = await Promise.all([launched([one]), launched([one])]);
      expect(new Set(both.flat().map((machine) => machine.id)).size).toBe(1);
      expect(await until(async () => nonEmpty(await listedTokens()))).toEqual([one.token]);
    });

    part("restart", "tokens and machines outlive the cloud's service", async () => {
      const restart = needs(harness.restart?.bind(harness), "restart");
      const asked = requests(2);
      const before = await launched(asked);
      await restart();
      expect((await launched(asked)).map((one) => one.id)).toEqual(before.map((one) => one.id));
      expect(await listedTokens()).toEqual(asked.map((one) => one.token).sort());
    });

    test("atomic: when one cannot be had, none is kept", async () => {
      const bad = request({ offering: { ...offering, instanceType: "no-such-type" } });
      const outcomes = await harness.cloud.machines.launch([...requests(2), bad], { atomic: true });
      expect(outcomes.map((outcome) => outcome.ok)).toEqual([false, false, false]);
      await until(async () =>
        (await listed(harness.cloud)).every((one) => one.state === "stopping"),
      );
    });

    test("atomic: all of them when all can be had", async () => {
      const asked = requests(3);
      const outcomes = await harness.cloud.machines.launch(asked, { atomic: true });
      expect(outcomes.every((outcome) => outcome.ok)).toBe(true);
      await until(async () => (await listedTokens()).length === 3);
    });

    test("the list brings back everything that was asked", async () => {
      const asked = requests(2);
      await launched(asked);
      const machines = await until(async () => {
        const all = await listed(harness.cloud);
        return all.length === 2 ? all : undefined;
      });
      for (const one of asked) {
        const machine = machines.find((each) => each.token === one.token);
        expect(machine).toMatchObject({
          token: one.token,
          node: one.node,
          pool: one.pool,
          offering: one.offering,
          role: "compute",
        });
        expect(machine?.tags).toMatchObject(one.tags);
        expect(machine?.launchedAt.getTime()).not.toBeNaN();
      }
      expect(new Set(machines.map((machine) => machine.id)).size).toBe(2);
    });

    test("a machine gets an address", async () => {
      await launched([request()]);
      const machine = await until(async () =>
        (await listed(harness.cloud)).find((one) => one.address !== undefined),
      );
      expect(machine.address).toMatch(/^\d+\.\d+\.\d+\.\d+$/);
    });

    test("a terminated machine stops and is then no longer listed", async () => {
      const [machine] = await launched([request()]);
      const id = machine?.id ?? "";
      expect(await harness.cloud.machines.terminate([id])).toEqual([{ ok: true }]);
      await until(async () => {
        const now = (await listed(harness.cloud)).find((one) => one.id === id);
        if (now !== undefined) expect(now.state).toBe("stopping");
        return now === undefined;
      });
      const [gone] = await harness.cloud.machines.terminate([id]);
      expect(gone?.ok === false && gone.error.kind).toBe("NotFound");
    });

    test("terminating an unknown machine says NotFound, and harms no other", async () => {
      const [machine] = await launched([request()]);
      const outcomes = await harness.cloud.machines.terminate([
        "no-such-machine",
        machine?.id ?? "",
      ]);
      expect(outcomes.map((outcome) => outcome.ok)).toEqual([false, true]);
      const [first] = outcomes;
      expect(first?.ok === false && first.error.kind).toBe("NotFound");
    });

    test("offerings follow the order of the instance types", async () => {
      const rows = await harness.cloud.catalogue.offerings(harness.pool);
      const types = [...new Set(rows.map((row) => row.instanceType))];
      expect(types).toEqual(harness.pool.instanceTypes);
      for (const row of rows) {
        expect(row.machineType.name).toBe(row.instanceType);
        expect(harness.pool.markets).toContain(row.market);
      }
    });

    part("capacity", "what there is no more of says so, and stays on the menu", async () => {
      const scarce = needs(harness.scarce, "scarce offering");
      const { machines, catalogue } = harness.cloud;
      const asked = requests(scarce.capacity + 1, {
        offering: scarce.offering,
        pool: { queue: scarce.pool.queue, computeResource: scarce.pool.computeResource },
      });
      const atomic = await machines.launch(asked, { atomic: true });
      expect(atomic.map((outcome) => outcome.ok)).toEqual(asked.map(() => false));
      await until(async () => (await listed(harness.cloud)).length === 0);

      const fresh = asked.map((one) => ({ ...one, token: `${one.token}-b` }));
      const outcomes = await machines.launch(fresh, { atomic: false });
      expect(outcomes.filter((outcome) => outcome.ok)).toHaveLength(scarce.capacity);
      const refused = outcomes.find((outcome) => !outcome.ok);
      expect(refused?.ok === false && isCloudError(refused.error) && refused.error.kind).toBe(
        "InsufficientCapacity",
      );
      const rows = await catalogue.offerings(scarce.pool);
      expect(rows.map(keyOf)).toContainEqual(scarce.offering);
    });

    part("isolation", "another cluster's machines are neither seen nor touched", async () => {
      const other = needs(harness.other, "second cluster");
      const [mine] = await launched([request()]);
      const [theirs] = await launched([request()], other);
      await until(async () => (await listed(other)).length > 0);
      expect(await listedTokens()).toEqual([mine?.token]);
      expect(await listedTokens(other)).toEqual([theirs?.token]);
      const [refused] = await harness.cloud.machines.terminate([theirs?.id ?? ""]);
      expect(refused?.ok === false && refused.error.kind).toBe("NotFound");
      await harness.tick();
      expect((await listed(other)).map((one) => one.state)).not.toContain("stopping");
      expect(await listedTokens(other)).toEqual([theirs?.token]);
    });

    part("abort", "an abandoned launch leaves nothing that the list cannot see", async () => {
      const asked = requests(3);
      const abort = new AbortController();
      const call = harness.cloud.machines
        .launch(asked, { atomic: false, signal: abort.signal })
        .then(
          () => "answered",
          () => "rejected",
        );
      abort.abort();
      const ending = await call;
      const again = await launched(asked);
      const tokens = asked.map((one) => one.token).sort();
      await until(async () => (await listedTokens()).length >= again.length);
      expect(await listedTokens()).toEqual(tokens);
      expect(["answered", "rejected"]).toContain(ending);
    });

    test("a launch that was given up before it began rejects", async () => {
      const before = harness.cloud.machines.launch([request()], {
        atomic: false,
        signal: AbortSignal.abort(),
      });
      await expect(before).rejects.toBeDefined();
      expect(await listedTokens()).toEqual([]);
    });

    part("changes", "a machine that dies by itself is news", async () => {
      const kill = needs(harness.kill?.bind(harness), "kill");
      const [machine] = await launched([request()]);
      await until(async () => (await listed(harness.cloud)).some((one) => one.state === "running"));
      const abort = new AbortController();
      const news = harness.cloud.machines.changes(abort.signal)[Symbol.asyncIterator]();
      const next = news.next();
      await harness.tick();
      await kill(machine?.id ?? "");
      expect((await next).done).toBe(false);
      await until(
        async () => !(await listed(harness.cloud)).some((one) => one.state === "running"),
      );
      abort.abort();
      await ended(news);
    });

    test("the streams end when their signal fires, also while nothing happens", async () => {
      const abort = new AbortController();
      const notices = harness.cloud.machines.interruptions(abort.signal)[Symbol.asyncIterator]();
      const news = harness.cloud.machines.changes(abort.signal)[Symbol.asyncIterator]();
      const waiting = [ended(notices), ended(news)];
      abort.abort();
      await Promise.all(waiting);
      const late = harness.cloud.machines.interruptions(abort.signal)[Symbol.asyncIterator]();
      expect((await late.next()).done).toBe(true);
    });

    part("identity", "a machine proves who it is; nobody else does", async () => {
      const proofOf = needs(harness.proofOf?.bind(harness), "proofOf");
      const { identity } = harness.cloud;
      const [mine] = await launched([request()]);
      const proof = await proofOf(needs(mine, "machine"), "cloud");
      expect(await identity.verify(proof)).toMatchObject({ id: mine?.id, node: mine?.node });
      for (const garbage of ["", "garbage", "{}", `${proof}x`, proof.slice(0, -1)]) {
        expect(await identity.verify(garbage)).toBeUndefined();
      }
      const other = harness.other;
      if (other === undefined) return;
      const [theirs] = await launched([request()], other);
      const foreign = await proofOf(needs(theirs, "machine"), "other");
      expect(await identity.verify(foreign)).toBeUndefined();
      expect(await other.identity.verify(foreign)).toMatchObject({ id: theirs?.id });
    });
  });
}

const keyOf = ({ instanceType, zone, market }: OfferingKey): OfferingKey => ({
  instanceType,
  zone,
  market,
});
const nonEmpty = <T>(items: readonly T[]) => (items.length > 0 ? items : undefined);
const isDefined = <T>(item: T | undefined): item is T => item !== undefined;

/** Reads a stream to its end. */
async function ended(stream: AsyncIterator<unknown>): Promise<void> {
  while ((await stream.next()).done !== true);
}
