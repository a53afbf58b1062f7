import { CloudError, isCloudError, type LaunchOutcome, type Offering } from "@sluice/cloud";
import { messageOf } from "@sluice/model";
import type { NodeManagerDeps } from "../contract.ts";
import type { Action } from "../plan/action.ts";
import type { CapacityPolicy } from "../policy.ts";
import { type Menu, offeringId, type Pools, poolId } from "../pools.ts";
import type { Intent } from "../store/contract.ts";
import { Answers, type Asked, type Settled } from "./answers.ts";
import { Pacer, type Turn, type Verdict } from "./pacer.ts";
import type { Recorder } from "./recorder.ts";
import { withTimeout } from "./timeout.ts";

type Launch = Extract<Action, { kind: "launch" }>;

type Deps = Pick<
  NodeManagerDeps,
  "machines" | "store" | "clock" | "newToken" | "userData" | "tags" | "log"
>;

/** Wakes the next pass; with `now`, without a breath before. */
export type Wake = (now?: "now") => void;

/**
 * Asks for machines beside the passes, so that a slow cloud holds nothing up. Every intent is in
 * the store before its call; every answer is in the store before the next pass is woken.
 */
export class Launcher {
  readonly inFlight = new Set<string>();
  /** What waits for its turn. The plan may still forget it, and then it is not asked. */
  readonly queued = new Set<string>();
  readonly #deps: Deps;
  readonly #policy: CapacityPolicy;
  readonly #pools: Pools;
  readonly #answers: Answers;
  readonly #wake: Wake;
  readonly #pacer: Pacer;
  readonly #running = new Set<Promise<void>>();

  constructor(deps: Deps, policy: CapacityPolicy, pools: Pools, recorder: Recorder, wake: Wake) {
    this.#deps = deps;
    this.#policy = policy;
    this.#pools = pools;
    this.#answers = new Answers(deps, policy, pools, recorder);
    this.#wake = wake;
    this.#pacer = new Pacer(deps.clock);
  }

  /** Writes all the intents down, then lets the calls run, in the order of the plan. */
  begin(launches: readonly Launch[], menu: Menu, signal: AbortSignal): void {
    if (launches.length === 0) return;
    const { store } = this.#deps;
    const known = new Map(store.intents().map((intent) => [intent.token, intent]));
    const fresh: Intent[] = [];
    const calls = launches.map((launch) => {
      const intents = launch.items.flatMap((item) => {
        if (item.token !== undefined) {
          const isAsked = this.queued.has(item.token) || this.inFlight.has(item.token);
          return (isAsked ? undefined : known.get(item.token)) ?? [];
        }
        const intent = this.#newIntent(launch, item);
        fresh.push(intent);
        return intent;
      });
      return { launch, intents };
    });
    store.saveIntents(fresh);
    for (const { launch, intents } of calls) {
      for (const intent of intents) this.queued.add(intent.token);
      const run = this.#run(launch, intents, menu, signal)
        // The store did not take the answer; the intents are open still and are asked again.
        .catch((error: unknown) => {
          this.#deps.log.error({ error: messageOf(error) }, "answers could not be written down");
        })
        .finally(() => {
          this.#running.delete(run);
          for (const { token } of intents) {
            this.inFlight.delete(token);
            this.queued.delete(token);
          }
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
    const { atomic } = launch;
    const ticket = this.#pacer.enter();
    let rest = intents;
    while (rest.length > 0) {
      const turn = await this.#pacer.admit(ticket, rest.length, atomic, signal);
      if (turn === undefined) return;
      rest = this.#stillWanted(rest);
      const batch = rest.slice(0, turn.count);
      rest = rest.slice(batch.length);
      for (const { token } of batch) {
        this.queued.delete(token);
        this.inFlight.add(token);
      }
      const outcomes = batch.length === 0 ? [] : await this.#try(launch, batch, menu, signal);
      if (signal.aborted) return;
      const settled = this.#settle(turn, { batch, atomic, menu }, outcomes);
      for (const { token } of batch) this.inFlight.delete(token);
      for (const { token } of settled.again) this.queued.add(token);
      rest = [...settled.again, ...rest];
      if (settled.isRefused) {
        // Nothing became of the others: the next plan asks elsewhere for them.
        this.#deps.store.saveIntents([], rest.filter((one) => one.asks === 0).map(tokenOf));
        this.#wake("now");
        return;
      }
      if (rest.length > 0) this.#wake();
    }
  }

  #settle(turn: Turn, asked: Asked, outcomes: readonly LaunchOutcome[]): Settled {
    let verdict: Verdict = { taken: asked.batch.length, throttled: 0 };
    try {
      const settled = this.#answers.settle(asked, outcomes);
      verdict = settled;
      return settled;
    } finally {
      this.#pacer.answered(turn, verdict);
    }
  }

  /** Without those that a plan gave up while they waited. */
  #stillWanted(intents: readonly Intent[]): readonly Intent[] {
    const open = new Set(
      this.#deps.store
        .intents()
        .filter((intent) => intent.state === "open")
        .map(tokenOf),
    );
    return intents.filter((intent) => open.has(intent.token));
  }

  async #try(launch: Launch, batch: readonly Intent[], menu: Menu, signal: AbortSignal) {
    try {
      return await this.#ask(launch, batch, menu, signal);
    } catch (thrown) {
      const error = isCloudError(thrown) ? thrown : new CloudError("Transient", messageOf(thrown));
      return batch.map((): LaunchOutcome => ({ ok: false, error }));
    }
  }

  async #ask(launch: Launch, batch: readonly Intent[], menu: Menu, signal: AbortSignal) {
    const { machines, clock, tags, userData } = this.#deps;
    const others = new Map(launch.items.map((item) => [item.node, item.alternatives]));
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
        const all = { ...tags, ...spec.tags };
        const alternatives = others.get(node);
        const also = alternatives === undefined ? {} : { alternatives };
        return { token, node, pool, offering: intent.offering, ...also, userData: text, tags: all };
      }),
    );
    const { atomic } = launch;
    const outcomes = await withTimeout(clock, this.#policy.callTimeoutSeconds, signal, (within) =>
      machines.launch(requests, { atomic, signal: within }),
    );
    if (outcomes.length !== requests.length) {
      throw new CloudError("Transient", `${requests.length} asked, ${outcomes.length} answered`);
    }
    return outcomes;
  }
}

const tokenOf = ({ token }: Intent): string => token;

function findOffering(menu: Menu, intent: Intent): Offering | undefined {
  const id = offeringId(intent.offering);
  return menu.get(poolId(intent.pool))?.find((offering) => offeringId(offering) === id);
}
