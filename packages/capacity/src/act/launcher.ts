import { CloudError, isCloudError, type LaunchOutcome, type Offering } from "@sluice/cloud";
import { messageOf } from "@sluice/model";
import type { NodeManagerDeps } from "../contract.ts";
import type { Action } from "../plan/action.ts";
import { failedAgain } from "../plan/unavailability.ts";
import type { CapacityPolicy } from "../policy.ts";
import { type Menu, offeringId, type Pools, poolId } from "../pools.ts";
import type { Intent, Unavailability } from "../store/contract.ts";
import { Pacer } from "./pacer.ts";
import type { Recorder } from "./recorder.ts";
import { withTimeout } from "./timeout.ts";

type Launch = Extract<Action, { kind: "launch" }>;

const RETRY_FIRST_MILLISECONDS = 500;
const RETRY_LAST_MILLISECONDS = 30_000;

/**
 * Asks for machines beside the passes, so that a slow cloud holds nothing up. Every intent is in
 * the store before its call; every answer is in the store before the next pass is woken.
 */
export class Launcher {
  readonly inFlight = new Set<string>();
  readonly #deps: NodeManagerDeps;
  readonly #policy: CapacityPolicy;
  readonly #pools: Pools;
  readonly #recorder: Recorder;
  readonly #wake: () => void;
  readonly #pacer: Pacer;
  readonly #running = new Set<Promise<void>>();

  constructor(
    deps: NodeManagerDeps,
    policy: CapacityPolicy,
    pools: Pools,
    recorder: Recorder,
    wake: () => void,
  ) {
    this.#deps = deps;
    this.#policy = policy;
    this.#pools = pools;
    this.#recorder = recorder;
    this.#wake = wake;
    this.#pacer = new Pacer(deps.clock);
  }

  /** Writes all the intents down, then lets the calls run. */
  begin(launches: readonly Launch[], menu: Menu, signal: AbortSignal): void {
    const { store } = this.#deps;
    const known = new Map(store.intents().map((intent) => [intent.token, intent]));
    const fresh: Intent[] = [];
    const calls = launches.map((launch) => {
      const intents = launch.items.flatMap((item) => {
        if (item.token !== undefined) return known.get(item.token) ?? [];
        const intent = this.#newIntent(launch, item);
        fresh.push(intent);
        return intent;
      });
      return { launch, intents };
    });
    store.saveIntents(fresh);
    for (const { launch, intents } of calls) {
      for (const intent of intents) this.inFlight.add(intent.token);
      const run = this.#run(launch, intents, menu, signal)
        // The store did not take the answer; the intents are open still and are asked again.
        .catch((error: unknown) => {
          this.#deps.log.error({ error: messageOf(error) }, "answers could not be written down");
        })
        .finally(() => {
          this.#running.delete(run);
          for (const intent of intents) this.inFlight.delete(intent.token);
          this.#wake();
        });
      this.#running.add(run);
    }
  }

  async settled(): Promise<void> {
    await Promise.all(this.#running);
  }

  #newIntent(launch: Launch, item: Launch["items"][number]): Intent {
    return {
      token: this.#deps.newToken(),
      node: item.node,
      pool: item.pool,
      offering: launch.offering,
      state: "open",
      jobId: item.jobId,
      attempts: item.attempts,
      asks: 0,
      createdAt: this.#deps.clock.now(),
      acceptedAt: undefined,
      machineId: undefined,
      listed: false,
      notBefore: undefined,
    };
  }

  async #run(launch: Launch, intents: readonly Intent[], menu: Menu, signal: AbortSignal) {
    let rest = intents;
    while (rest.length > 0) {
      const count = await this.#pacer.admit(rest.length, launch.atomic, signal);
      if (signal.aborted) return;
      const batch = rest.slice(0, count);
      rest = rest.slice(count);
      try {
        this.#settle(batch, await this.#ask(launch, batch, menu, signal));
      } catch (error) {
        if (signal.aborted) return;
        const failed = isCloudError(error) ? error : new CloudError("Transient", messageOf(error));
        this.#settle(
          batch,
          batch.map(() => ({ ok: false, error: failed })),
        );
      }
    }
  }

  async #ask(launch: Launch, batch: readonly Intent[], menu: Menu, signal: AbortSignal) {
    const { machines, clock, tags, userData } = this.#deps;
    const requests = await Promise.all(
      batch.map(async (intent) => {
        const spec = this.#pools.specs.get(poolId(intent.pool));
        const offering = findOffering(menu, intent);
        if (spec === undefined || offering === undefined) {
          throw new CloudError(
            "LaunchRejected",
            `${offeringId(launch.offering)} is not on the menu`,
          );
        }
        const text = await userData(intent.node, spec, offering);
        const { token, node, pool } = intent;
        return { token, node, pool, offering: intent.offering, userData: text, tags };
      }),
    );
    const outcomes = await withTimeout(clock, this.#policy.callTimeoutSeconds, signal, (within) =>
      machines.launch(requests, { atomic: launch.atomic, signal: within }),
    );
    if (outcomes.length !== requests.length) {
      throw new CloudError("Transient", `${requests.length} asked, ${outcomes.length} answered`);
    }
    return outcomes;
  }

  /** Turns answers into what is remembered. Reads each intent anew: a pass may have changed it. */
  #settle(batch: readonly Intent[], outcomes: readonly LaunchOutcome[]): void {
    const { store, clock } = this.#deps;
    const now = clock.now();
    const known = new Map(store.intents().map((intent) => [intent.token, intent]));
    const save: Intent[] = [];
    const drop: string[] = [];
    const refused = new Map<string, { intent: Intent; error: CloudError }>();
    for (const [index, { token }] of batch.entries()) {
      const intent = known.get(token);
      const outcome = outcomes[index];
      if (intent === undefined || outcome === undefined) continue;
      if (outcome.ok) {
        const { id } = outcome.machine;
        const { state } = intent;
        const after = state === "open" ? "accepted" : state;
        save.push({
          ...intent,
          state: after,
          machineId: id,
          acceptedAt: now,
          notBefore: undefined,
        });
        this.#recorder.add("launched", `machine ${id} of ${offeringId(intent.offering)}`, intent);
        continue;
      }
      const { error } = outcome;
      switch (error.kind) {
        case "InsufficientCapacity":
        case "QuotaExceeded":
        case "LaunchRejected":
          drop.push(token);
          refused.set(`${poolId(intent.pool)} ${offeringId(intent.offering)}`, { intent, error });
          break;
        case "NotFound":
          // The token's machine came and went while nobody heard of it.
          drop.push(token);
          break;
        case "Throttled":
          this.#pacer.throttled();
          save.push(retry(intent, now));
          break;
        case "NotReady":
        case "Transient":
          save.push(retry(intent, now));
          this.#deps.log.warn(
            { node: intent.node, error: error.message },
            "launch will be retried",
          );
          break;
        default:
          error.kind satisfies never;
      }
    }
    store.saveIntents(save, drop);
    this.#remember(batch, refused, now);
  }

  #remember(
    batch: readonly Intent[],
    refused: ReadonlyMap<string, { intent: Intent; error: CloudError }>,
    now: Date,
  ): void {
    const { store } = this.#deps;
    const before = new Map<string, Unavailability>(
      store.unavailable().map((one) => [`${poolId(one.pool)} ${offeringId(one.offering)}`, one]),
    );
    const items = [...refused].map(([id, { intent, error }]) => {
      this.#recorder.add("offering-unavailable", `${id}: ${error.message}`, intent);
      const failure = {
        pool: intent.pool,
        offering: intent.offering,
        cause: "capacity",
        reason: error.message,
      } as const;
      return failedAgain(before.get(id), failure, now, this.#policy);
    });
    if (items.length > 0) store.saveUnavailable(items);
    if (before.size === 0) return;
    const delivered = batch
      .map((intent) => before.get(`${poolId(intent.pool)} ${offeringId(intent.offering)}`))
      .filter((one) => one !== undefined && one.cause === "capacity" && one.until <= now)
      .filter((one) => one !== undefined)
      .filter((one) => !refused.has(`${poolId(one.pool)} ${offeringId(one.offering)}`));
    const tokens = new Set(batch.map((intent) => intent.token));
    const some = store.intents().some((one) => tokens.has(one.token) && one.state === "accepted");
    if (some) store.dropUnavailable(delivered);
  }
}

function retry(intent: Intent, now: Date): Intent {
  const wait = Math.min(RETRY_FIRST_MILLISECONDS * 2 ** intent.asks, RETRY_LAST_MILLISECONDS);
  return { ...intent, asks: intent.asks + 1, notBefore: new Date(now.getTime() + wait) };
}

function findOffering(menu: Menu, intent: Intent): Offering | undefined {
  const id = offeringId(intent.offering);
  return menu.get(poolId(intent.pool))?.find((offering) => offeringId(offering) === id);
}
