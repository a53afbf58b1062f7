import type { CloudError, LaunchOutcome } from "@sluice/cloud";
import type { NodeManagerDeps } from "../contract.ts";
import type { Failure } from "../plan/refusals.ts";
import { Shelf } from "../plan/unavailability.ts";
import type { CapacityPolicy } from "../policy.ts";
import { type Menu, offeringId, offeringKey, type Pools, poolId } from "../pools.ts";
import type { Intent } from "../store/contract.ts";
import type { Verdict } from "./pacer.ts";
import type { Recorder } from "./recorder.ts";

const RETRY_FIRST_MILLISECONDS = 500;
const RETRY_LAST_MILLISECONDS = 30_000;

/** A call, as it was made. */
export interface Asked {
  readonly batch: readonly Intent[];
  readonly atomic: boolean;
  readonly menu: Menu;
}

export interface Settled extends Verdict {
  /** To be asked again, by the same call. */
  readonly again: readonly Intent[];
  /** The cloud will not give more of this now. */
  readonly isRefused: boolean;
}

/** Turns answers of the cloud into what is remembered. */
export class Answers {
  readonly #deps: Pick<NodeManagerDeps, "store" | "clock" | "log">;
  readonly #policy: CapacityPolicy;
  readonly #pools: Pools;
  readonly #recorder: Recorder;

  constructor(
    deps: Pick<NodeManagerDeps, "store" | "clock" | "log">,
    policy: CapacityPolicy,
    pools: Pools,
    recorder: Recorder,
  ) {
    this.#deps = deps;
    this.#policy = policy;
    this.#pools = pools;
    this.#recorder = recorder;
  }

  /**
   * In the store before it returns. Reads each intent anew: a pass may have changed it. What was
   * throttled stays as it is, because nothing became of it.
   */
  settle(asked: Asked, outcomes: readonly LaunchOutcome[]): Settled {
    const { store, clock, log } = this.#deps;
    const now = clock.now();
    const known = new Map(store.intents().map((intent) => [intent.token, intent]));
    const save: Intent[] = [];
    const drop: string[] = [];
    const again: Intent[] = [];
    const delivered: Intent[] = [];
    const refused = new Map<string, { intent: Intent; error: CloudError }>();
    let retryAfter: number | undefined;
    for (const [index, { token }] of asked.batch.entries()) {
      const intent = known.get(token);
      const outcome = outcomes[index];
      if (intent === undefined || outcome === undefined) continue;
      if (outcome.ok) {
        const { id } = outcome.machine;
        const offering = offeringKey(outcome.machine.offering);
        save.push({
          ...intent,
          offering,
          state: intent.state === "open" ? "accepted" : intent.state,
          machineId: id,
          acceptedAt: now,
          notBefore: undefined,
        });
        delivered.push({ ...intent, offering });
        const message = `machine ${id} of ${offeringId(offering)}`;
        this.#recorder.add("launched", message, { ...intent, machineId: id });
        continue;
      }
      const { error } = outcome;
      switch (error.kind) {
        case "InsufficientCapacity":
        case "QuotaExceeded":
        case "LaunchRejected":
          drop.push(token);
          for (const key of outcome.refused ?? [intent.offering]) {
            const about = { ...intent, offering: offeringKey(key) };
            refused.set(`${poolId(intent.pool)} ${offeringId(key)}`, { intent: about, error });
          }
          break;
        case "NotFound":
          // The token's machine came and went while nobody heard of it.
          drop.push(token);
          break;
        case "Throttled":
          again.push(intent);
          retryAfter = maximum(retryAfter, error.retryAfter);
          break;
        case "NotReady":
        case "Transient":
          save.push(retry(intent, now));
          log.warn({ node: intent.node, error: error.message }, "launch will be retried");
          break;
        default:
          error.kind satisfies never;
      }
    }
    store.saveIntents(save, drop);
    this.#remember(asked, delivered, refused);
    const throttled = again.length;
    const taken = asked.batch.length - throttled;
    return { again, taken, throttled, retryAfter, isRefused: refused.size > 0 };
  }

  #remember(
    { atomic, batch, menu }: Asked,
    delivered: readonly Intent[],
    refused: ReadonlyMap<string, { intent: Intent; error: CloudError }>,
  ): void {
    const { store, clock } = this.#deps;
    const before = store.unavailable();
    if (refused.size === 0 && before.length === 0) return;
    const shelf = new Shelf(before, {
      now: clock.now(),
      policy: this.#policy,
      pools: this.#pools,
      menu,
    });
    const id = ({ pool, offering }: Pick<Intent, "pool" | "offering">) =>
      `${poolId(pool)} ${offeringId(offering)}`;
    const given = new Map(delivered.map((intent) => [id(intent), intent]));
    const over = [...given.values()]
      .filter((intent) => !refused.has(id(intent)))
      .flatMap(({ pool, offering }) => shelf.deliver(pool, offering, atomic ? batch.length : 1));
    if (over.length > 0) store.dropUnavailable(over);
    const items = [...refused.values()].flatMap(({ intent, error }) => {
      const failure = failureOf(intent, error, atomic ? batch.length : 1);
      const failed = shelf.fail(failure);
      if (failed === undefined) return [];
      this.#tell(failure, shelf.quotaOf(intent.pool, intent.offering), failed.isNews, intent);
      return failed.item;
    });
    if (items.length > 0) store.saveUnavailable(items);
  }

  /** A limit is told once, until it is lifted; what is sold out each time that it is found so. */
  #tell(failure: Failure, quota: string | undefined, isNews: boolean, intent: Intent): void {
    const about = `${poolId(failure.pool)} ${offeringId(failure.offering)}: ${failure.reason}`;
    if (failure.cause !== "quota") {
      const size = failure.size ?? 1;
      const count = size > 1 ? ` (${size} at once)` : "";
      this.#recorder.add("offering-unavailable", `${about}${count}`, intent);
    } else if (isNews) {
      const what = quota === undefined ? "the account's limit" : `the limit ${quota}`;
      this.#recorder.add(
        "quota-exceeded",
        `${about}; raise ${what} in the cloud's console, or lower MaxCount`,
        intent,
      );
    }
  }
}

/** A request that is wrong is wrong for its pool alone, as machines that do not boot are. */
function failureOf({ pool, offering }: Intent, error: CloudError, size: number): Failure {
  const what = { pool, offering, reason: error.message };
  switch (error.kind) {
    case "QuotaExceeded":
      return { ...what, cause: "quota", size };
    case "LaunchRejected":
      return { ...what, cause: "boot" };
    default:
      return { ...what, cause: "capacity", size };
  }
}

function retry(intent: Intent, now: Date): Intent {
  const wait = Math.min(RETRY_FIRST_MILLISECONDS * 2 ** intent.asks, RETRY_LAST_MILLISECONDS);
  return { ...intent, asks: intent.asks + 1, notBefore: new Date(now.getTime() + wait) };
}

function maximum(a: number | undefined, b: number | undefined): number | undefined {
  return a === undefined || b === undefined ? (a ?? b) : Math.max(a, b);
}
