import type { Offering } from "@sluice/cloud";
import type { NextStep, OfferingView } from "@sluice/model";
import type { PoolSpec } from "../contract.ts";
import type { Closure } from "../plan/offerings.ts";
import { Shelf } from "../plan/unavailability.ts";
import { offeringId, poolId } from "../pools.ts";
import type { PoolHealth, Unavailability } from "../store/contract.ts";
import type { Facts, Findings } from "./facts.ts";
import { clockTime, count } from "./words.ts";

const CAUSES: Readonly<Record<Unavailability["cause"], string>> = {
  capacity: "the cloud has none left",
  quota: "a limit of the account is reached",
  boot: "machines of it do not register",
};

/**
 * What may be had for a compute resource, what may not and why, and when that changes.
 *
 * @param size how many machines are wanted at once.
 */
export function findingsOfPool({ snapshot }: Facts, spec: PoolSpec, size = 1): Findings {
  const id = poolId(spec.pool);
  const { now, unavailable } = snapshot;
  const shelf = new Shelf(unavailable, snapshot);
  const health = snapshot.health.find((one) => poolId(one.pool) === id);
  const shut = health === undefined ? undefined : protection(id, health, now);
  const why: string[] = [...(shut?.why ?? [])];
  const next: NextStep[] = [...(shut?.next ?? [])];
  const left: OfferingView[] = [];
  const menu = shelf.ordered(spec.pool);
  if (menu.length === 0) why.push(`what the cloud offers for ${id} is not known`);
  for (const offering of menu) {
    const name = offeringId(offering);
    const isIt = (one: Offering) => one === offering;
    const many = shelf.choose(spec.pool, size, isIt);
    if (many.kind === "ask") {
      if (shut === undefined) left.push(toView(spec, offering));
    } else if (many.kind === "wait") {
      why.push(`${id}: ${name} failed before, and one call finds out whether it can be had again`);
    } else {
      const few = size > 1 && shelf.choose(spec.pool, 1, isIt).kind !== "none";
      const what = few
        ? `${size} of ${name} at once are not asked for`
        : `${name} is not asked for`;
      why.push(`${id}: ${what}: ${closureText(many, unavailable, now)}`);
      // Of a protected one nothing is asked but a probe, which is in `next` already.
      if (many.until !== undefined && shut === undefined)
        next.push({
          time: many.until.toISOString(),
          what: `${name} of ${id} may be asked for again`,
        });
    }
  }
  return { why, left, next };
}

function protection(
  id: string,
  health: PoolHealth,
  now: Date,
): Pick<Findings, "why" | "next"> | undefined {
  const { protectedAt, failures, last, probeAt } = health;
  if (protectedAt === undefined) return undefined;
  const machines = `${count(failures, "machine")} in a row did not register`;
  const what = `one machine of ${id} is tried`;
  return {
    why: [
      `${id} is protected since ${clockTime(protectedAt, now)}: ${machines} (${last?.reason ?? "no reason known"}); see the last console lines with describe-compute-fleet`,
    ],
    next: probeAt === undefined ? [] : [{ time: timeAfter(probeAt, now), what }],
  };
}

/** Records are found again by what they say: one may hold for more than its own pool. */
function closureText(
  { reason, until }: Closure,
  unavailable: readonly Unavailability[],
  now: Date,
): string {
  const item = unavailable.find((one) => one.until === until && one.reason === reason);
  // Offerings that are sold for a time only say themselves when that is.
  if (item === undefined || until === undefined) return reason;
  return `${CAUSES[item.cause]} (${reason}), until ${clockTime(until, now)}`;
}

function toView({ pool }: PoolSpec, offering: Offering): OfferingView {
  const { instanceType, zone, market, price } = offering;
  return {
    queue: pool.queue,
    computeResource: pool.computeResource,
    instanceType,
    zone,
    market,
    usdPerHour: price ?? null,
  };
}

/** What was due before is due now. */
export function timeAfter(date: Date, now: Date): string {
  return (date > now ? date : now).toISOString();
}
