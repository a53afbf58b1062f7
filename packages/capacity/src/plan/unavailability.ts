import type { Offering, OfferingKey, Pool, PoolKey } from "@sluice/cloud";
import { type Menu, offeringId, type Pools, poolId } from "../pools.ts";
import type { Intent, Unavailability } from "../store/contract.ts";
import { type Closure, inOrderOfAsking, outsideWindow } from "./offerings.ts";
import { type Failure, failedAgain, isForgotten, type Limits, settledAt } from "./refusals.ts";

/** What to do with machines that are wanted together. `wait`: somebody is finding out. */
export type Choice =
  | { readonly kind: "ask"; readonly offering: Offering; readonly isProbe: boolean }
  | { readonly kind: "wait" }
  | ({ readonly kind: "none" } & Closure);

export type Chosen = Extract<Choice, { kind: "ask" }>;

export interface ShelfContext {
  readonly now: Date;
  readonly policy: Limits;
  readonly pools: Pools;
  readonly menu: Menu;
  /** Those whose answer is awaited; missing where nothing is chosen. */
  readonly intents?: readonly Intent[];
}

/**
 * What is unavailable, as it stands while a plan is made.
 *
 * Missing capacity is a fact about the cloud, so it holds for every pool that asks for the same
 * offering, except where machines have to be close together or come out of a reservation: those are
 * told no for reasons of their own. A limit of the account holds for every offering that counts
 * against it. Machines that do not register are a matter of one pool.
 *
 * A record whose time is over is on probation until it is forgotten: one call at a time, with its
 * size or more, finds out for all.
 */
export class Shelf {
  readonly #items = new Map<string, Unavailability>();
  readonly #context: ShelfContext;
  readonly #orders = new Map<string, readonly Offering[]>();
  readonly #scopes = new Map<string, readonly string[]>();
  readonly #exhausted = new Map<string, { readonly closure: Closure | undefined }>();
  #quotas: ReadonlyMap<string, string> | undefined;
  #asked: Set<string> | undefined;

  constructor(items: readonly Unavailability[], context: ShelfContext) {
    this.#context = context;
    const { now, policy } = context;
    for (const item of items) {
      if (isForgotten(item, now, policy)) continue;
      const scope = this.#scope(item.cause, item.pool, item.offering);
      const there = this.#items.get(scope);
      if (there === undefined || there.until < item.until) this.#items.set(scope, item);
    }
  }

  /** Takes note of a failure; undefined when that much was known already. */
  fail(failure: Failure): { readonly item: Unavailability; readonly isNews: boolean } | undefined {
    const { now, policy } = this.#context;
    const scope = this.#scope(failure.cause, failure.pool, failure.offering);
    const before = this.#items.get(scope);
    const item = failedAgain(before, failure, now, policy);
    if (item === before) return undefined;
    this.#set(scope, item);
    return { item, isNews: before === undefined };
  }

  /** A call of `size` was answered yes: the records that this proves wrong, which are forgotten. */
  deliver(pool: PoolKey, offering: OfferingKey, size: number): readonly Unavailability[] {
    const { now } = this.#context;
    return this.#scopesOf(pool, offering).flatMap((scope) => {
      const item = this.#items.get(scope);
      if (item === undefined || item.cause === "boot") return [];
      if (item.until > now || size < item.size) return [];
      this.#items.delete(scope);
      this.#exhausted.clear();
      return [item];
    });
  }

  /** The limit that these machines count against has room again: a call may find out at once. */
  relieve(pool: PoolKey, offering: OfferingKey): Unavailability | undefined {
    const scope = this.#scope("quota", pool, offering);
    const item = this.#items.get(scope);
    return item?.cause === "quota" ? this.reopen(item) : undefined;
  }

  /** To be tried at once; undefined when it may be tried already. */
  reopen(item: Unavailability): Unavailability | undefined {
    const { now } = this.#context;
    if (item.until <= now) return undefined;
    const reopened = { ...item, until: now };
    this.#set(this.#scope(item.cause, item.pool, item.offering), reopened);
    return reopened;
  }

  quotaOf(pool: PoolKey, offering: OfferingKey): string | undefined {
    this.#quotas ??= this.#readQuotas();
    return this.#quotas.get(ownScope(pool, offering));
  }

  /** The menu of a pool in the order of asking. */
  ordered(pool: Pool): readonly Offering[] {
    const id = poolId(pool);
    const known = this.#orders.get(id);
    if (known !== undefined) return known;
    const order = inOrderOfAsking(pool, this.#context.menu.get(id) ?? []);
    this.#orders.set(id, order);
    return order;
  }

  /**
   * Where to ask for `size` machines at once: the first offering that is open; those that the cloud
   * itself says are sold out come last. `of` narrows the choice.
   */
  choose(pool: Pool, size: number, of: (offering: Offering) => boolean = () => true): Choice {
    let later: Choice | undefined;
    let isAwaited = false;
    let closure: Closure | undefined;
    for (const offering of this.ordered(pool)) {
      if (!of(offering)) continue;
      const standing = this.#standing(pool, offering, size);
      if (standing === "open" || standing === "probe") {
        const choice = { kind: "ask", offering, isProbe: standing === "probe" } as const;
        if (offering.unavailable === undefined) return choice;
        later ??= choice;
      } else if (standing === "asked") isAwaited = true;
      else closure = sooner(closure, standing);
    }
    if (later !== undefined) return later;
    if (isAwaited) return { kind: "wait" };
    return { kind: "none", ...(closure ?? { until: undefined, reason: "nothing is on the menu" }) };
  }

  /**
   * What the cloud may give instead of a chosen offering, where the pool leaves the choice to it: all
   * of the same market that can be asked as well. None for a probe, which is to find out about one.
   */
  alternatives(pool: Pool, size: number, { offering, isProbe }: Chosen): readonly Offering[] {
    const { market } = offering;
    const isOpen = pool.choice === "cloud" && !pool.placement && !isProbe;
    if (!isOpen || market === "reserved" || market === "block") return [];
    return this.ordered(pool).filter(
      (other) =>
        other !== offering &&
        other.market === market &&
        other.unavailable === undefined &&
        this.#standing(pool, other, size) === "open",
    );
  }

  /** A call was decided on: until its answer is known, nobody else probes what it asks. */
  ask(pool: PoolKey, offering: OfferingKey): void {
    const asked = this.#awaited();
    for (const scope of this.#scopesOf(pool, offering)) asked.add(scope);
  }

  /**
   * When Slurm is to look elsewhere: until when, and why. That is when not even one machine can be
   * asked for; and in a queue with other pools for a moment after many at once were refused, or
   * Slurm would give their job the same pool again. Undefined otherwise, and while no menu is known.
   */
  exhaustion(pool: Pool): Closure | undefined {
    const id = poolId(pool);
    const known = this.#exhausted.get(id);
    if (known !== undefined) return known.closure;
    let closure: Closure | undefined;
    for (const offering of this.ordered(pool)) {
      const standing = this.#standing(pool, offering, 1, this.#hasOthers(pool));
      closure = typeof standing === "string" ? undefined : sooner(closure, standing);
      if (closure === undefined) break;
    }
    this.#exhausted.set(id, { closure });
    return closure;
  }

  #set(scope: string, item: Unavailability): void {
    this.#items.set(scope, item);
    this.#exhausted.clear();
  }

  #hasOthers({ queue, computeResource }: PoolKey): boolean {
    for (const { pool } of this.#context.pools.specs.values()) {
      if (pool.queue === queue && pool.computeResource !== computeResource) return true;
    }
    return false;
  }

  /** @param strictly what many at once were just refused is closed for few as well. */
  #standing(
    pool: PoolKey,
    offering: Offering,
    size: number,
    strictly = false,
  ): "open" | "probe" | "asked" | Closure {
    const { now, policy } = this.#context;
    const outside = outsideWindow(offering, now);
    if (outside !== undefined) return outside;
    if (this.#items.size === 0) return "open";
    let standing: "open" | "probe" | "asked" | Closure = "open";
    for (const scope of this.#scopesOf(pool, offering)) {
      const item = this.#items.get(scope);
      if (item === undefined) continue;
      if (size < item.size && !(strictly && settledAt(item, policy) > now)) continue;
      if (item.until > now) {
        if (typeof standing === "string" || (standing.until ?? now) < item.until) standing = item;
      } else if (typeof standing === "string" && standing !== "asked") {
        standing = this.#awaited().has(scope) ? "asked" : "probe";
      }
    }
    return standing;
  }

  /** Scopes of what was asked and not answered; of a failed boot the answer is a registration. */
  #awaited(): Set<string> {
    if (this.#asked !== undefined) return this.#asked;
    const asked = new Set<string>();
    for (const { pool, offering, state, acceptedAt } of this.#context.intents ?? []) {
      if (state === "open") {
        for (const scope of this.#scopesOf(pool, offering)) asked.add(scope);
      } else if (state === "accepted") {
        const item = this.#items.get(ownScope(pool, offering));
        const isProbe = item?.cause === "boot" && acceptedAt !== undefined;
        if (isProbe && acceptedAt >= item.until) asked.add(ownScope(pool, offering));
      }
    }
    this.#asked = asked;
    return asked;
  }

  #scope(cause: Unavailability["cause"], pool: PoolKey, offering: OfferingKey): string {
    if (cause === "capacity" && this.#isShared(pool, offering)) return offeringId(offering);
    if (cause === "quota") {
      const quota = this.quotaOf(pool, offering);
      if (quota !== undefined) return `quota ${quota}`;
    }
    return ownScope(pool, offering);
  }

  #scopesOf(pool: PoolKey, offering: OfferingKey): readonly string[] {
    const own = ownScope(pool, offering);
    const known = this.#scopes.get(own);
    if (known !== undefined) return known;
    const scopes = [
      ...new Set([
        own,
        this.#scope("capacity", pool, offering),
        this.#scope("quota", pool, offering),
      ]),
    ];
    this.#scopes.set(own, scopes);
    return scopes;
  }

  #isShared(pool: PoolKey, { market }: OfferingKey): boolean {
    const spec = this.#context.pools.specs.get(poolId(pool));
    if (spec === undefined || spec.pool.placement) return false;
    return spec.pool.reservation === undefined && market !== "reserved" && market !== "block";
  }

  #readQuotas(): ReadonlyMap<string, string> {
    const quotas = new Map<string, string>();
    for (const { pool } of this.#context.pools.specs.values()) {
      for (const offering of this.#context.menu.get(poolId(pool)) ?? []) {
        if (offering.quota !== undefined) quotas.set(ownScope(pool, offering), offering.quota);
      }
    }
    return quotas;
  }
}

function ownScope(pool: PoolKey, offering: OfferingKey): string {
  return `${poolId(pool)} ${offeringId(offering)}`;
}

function sooner(a: Closure | undefined, b: Closure): Closure {
  if (a?.until === undefined) return b;
  return b.until !== undefined && b.until < a.until ? b : a;
}
