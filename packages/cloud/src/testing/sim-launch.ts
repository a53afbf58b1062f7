import type { Clock } from "@sluice/model";
import type { LaunchOptions, LaunchOutcome, LaunchRequest } from "../contract.ts";
import { CloudError } from "../errors.ts";
import type { SimCalls } from "./sim-calls.ts";
import type { SimFaults } from "./sim-faults.ts";
import type { SimFleet } from "./sim-fleet.ts";
import { TokenBucket } from "./sim-limits.ts";
import type { SimMachine } from "./sim-machine.ts";
import { offeringId, type SimMarket } from "./sim-market.ts";

export interface SimLaunchParts {
  readonly clock: Clock;
  readonly faults: SimFaults;
  readonly market: SimMarket;
  readonly fleet: SimFleet;
  readonly calls: SimCalls;
}

/** One launch call, while it is being answered. */
interface Call {
  readonly cluster: string;
  readonly atomic: boolean;
  readonly fresh: SimMachine[];
  /** Machines that were paid for to the limits before any was accepted. */
  readonly paid: number;
}

/** Answers launch calls: tokens, then limits, told errors, and what the market has. */
export class SimLauncher {
  readonly accepted: LaunchRequest[] = [];
  readonly #bucket = new TokenBucket();
  readonly #parts: SimLaunchParts;

  constructor(parts: SimLaunchParts) {
    this.#parts = parts;
  }

  launch(
    cluster: string,
    requests: readonly LaunchRequest[],
    { atomic }: Pick<LaunchOptions, "atomic">,
  ): readonly LaunchOutcome[] {
    const { faults, fleet, calls } = this.#parts;
    const crashAfter = faults.nextCrashesAfter.shift();
    const { sent, paid } = this.#send(cluster, requests, atomic);
    const call: Call = { cluster, atomic, fresh: [], paid };
    const outcomes: LaunchOutcome[] = [];
    for (const [index, request] of requests.entries()) {
      if (index === crashAfter) break;
      const outcome = sent[index] ? this.#answer(call, request) : this.#throttled(requests.length);
      outcomes.push(outcome);
      if (atomic && !outcome.ok) return this.#refuseAll(call, requests, outcome.error);
    }
    calls.traffic.launch.machines += call.fresh.length;
    calls.traffic.launch.throttled += outcomes.filter(isThrottled).length;
    fleet.launch(call.fresh);
    if (crashAfter !== undefined) throw new Error("the connection to the simulated cloud broke");
    return outcomes;
  }

  /** Which requests the API took, as far as its limits go; all or none of an atomic call. */
  #send(
    cluster: string,
    requests: readonly LaunchRequest[],
    atomic: boolean,
  ): { readonly sent: readonly boolean[]; readonly paid: number } {
    const { calls, fleet, clock } = this.#parts;
    const { launchBatch } = calls.limiter;
    const sizes = new Map<string, number>();
    const open = new Map<string, boolean>();
    const sent = requests.map(({ offering, pool }) => {
      const group = `${offeringId(offering)} ${pool.queue}/${pool.computeResource}`;
      const size = sizes.get(group) ?? 0;
      if (size % launchBatch === 0) open.set(group, calls.request("launch"));
      sizes.set(group, size + 1);
      return open.get(group) === true;
    });
    if (!atomic) return { sent, paid: 0 };
    const count = requests.filter((one) => !fleet.byToken(cluster, one.token)).length;
    const all =
      sent.every((one) => one) && calls.limiter.machines("launch", count, clock.now().getTime());
    return { sent: sent.map(() => all), paid: all ? count : 0 };
  }

  #answer(call: Call, request: LaunchRequest): LaunchOutcome {
    const { faults, market, fleet, calls, clock } = this.#parts;
    const known = fleet.byToken(call.cluster, request.token);
    if (known === "gone") {
      const message = `the machine of token ${request.token} is gone`;
      return { ok: false, error: new CloudError("NotFound", message) };
    }
    if (known !== undefined) return { ok: true, machine: known.machine };
    const now = clock.now();
    const { throttle } = faults;
    const limit = throttle && {
      capacity: throttle.burst,
      refillPerSecond: throttle.perSecond,
    };
    if (!this.#bucket.take(limit, 1, now.getTime())) return this.#throttled();
    if (!call.atomic && !calls.limiter.machines("launch", 1, now.getTime())) {
      return this.#throttled();
    }
    const { alternatives = [] } = request;
    const asked = [request.offering, ...alternatives].map((offering) => ({ ...request, offering }));
    const chosen = asked.find((one) => market.refusal(call.cluster, one, now) === undefined);
    const error =
      faults.nextRequestErrors.shift() ??
      (chosen === undefined ? market.refusal(call.cluster, request, now) : undefined);
    if (error !== undefined || chosen === undefined) {
      if (!call.atomic) calls.limiter.giveBack("launch", 1);
      const refused = asked.map(({ offering }) => offering);
      const isOfAll = chosen === undefined && alternatives.length > 0;
      const why = error ?? new CloudError("InsufficientCapacity", "none left");
      return { ok: false, error: why, ...(isOfAll ? { refused } : {}) };
    }
    const entry = fleet.create(call.cluster, chosen);
    this.accepted.push(entry.request);
    call.fresh.push(entry);
    return { ok: true, machine: entry.machine };
  }

  #refuseAll(
    { fresh, paid }: Call,
    requests: readonly LaunchRequest[],
    { kind, message, retryAfter }: CloudError,
  ): readonly LaunchOutcome[] {
    const { fleet, calls } = this.#parts;
    for (const entry of fresh) {
      fleet.forget(entry);
      this.accepted.splice(this.accepted.lastIndexOf(entry.request), 1);
    }
    calls.limiter.giveBack("launch", paid);
    if (kind === "Throttled") calls.traffic.launch.throttled += requests.length;
    return requests.map(() => ({
      ok: false,
      error: new CloudError(kind, message, retryAfter === undefined ? {} : { retryAfter }),
    }));
  }

  #throttled(count = 1): LaunchOutcome {
    return { ok: false, error: this.#parts.calls.throttled("launch", count) };
  }
}

function isThrottled(outcome: LaunchOutcome): boolean {
  return !outcome.ok && outcome.error.kind === "Throttled";
}
