import { existsSync } from "node:fs";
import { isInService } from "@sluice/cloud";
import { bootstrapTimeouts, messageOf } from "@sluice/model";
import type { Fleet } from "./fleet.ts";
import { type HeadSlot, isOneOfTwo } from "./head-slots.ts";
import type { Heads } from "./heads.ts";
import type { LiveCluster } from "./live-cluster.ts";
import type { LocalStore, MachineRow } from "./store.ts";

export interface HeadKeeperOptions {
  readonly store: Pick<LocalStore, "clusters" | "heads" | "headWords">;
  readonly heads: Pick<Heads, "vacant" | "views" | "launch" | "tell">;
  readonly fleet: Pick<Fleet, "remove">;
  readonly cluster: (name: string) => LiveCluster | undefined;
  /** Whether an operation is at work on the cluster, which sees to its heads itself. */
  readonly isBusy: (name: string) => boolean;
  /** Milliseconds since 1970. */
  readonly now?: () => number;
}

/** Seconds between two attempts at most; they double from one on. */
const LONGEST_PAUSE_SECONDS = 60;
/** A head that lived so many seconds is no failed attempt. */
const LASTING_SECONDS = 60;

/**
 * Seconds that a new machine waits at most for the other head to lead: while that takes over, it has
 * better use for this host's processors.
 */
const TAKE_OVER_SECONDS = 20;

/** What was tried in one place. */
interface Attempts {
  readonly count: number;
  /** Milliseconds since 1970: not before. */
  readonly next: number;
}

/**
 * Makes heads anew that died or were fenced, of every cluster in service, and those that do not
 * become ready. Looks at what there is, so that it matters to nobody when a service died in between.
 */
export class HeadKeeper {
  readonly #options: HeadKeeperOptions;
  readonly #now: () => number;
  /** By cluster and node. */
  readonly #attempts = new Map<string, Attempts>();
  /** When each place was first seen vacant. */
  readonly #vacant = new Map<string, number>();

  constructor(options: HeadKeeperOptions) {
    this.#options = options;
    this.#now = options.now ?? Date.now;
  }

  /** To be called about twice a second; never rejects. */
  async look(): Promise<void> {
    const { store, cluster, isBusy } = this.#options;
    for (const { name, status, imageRoot } of store.clusters()) {
      if (!isInService(status) || isBusy(name) || !existsSync(imageRoot)) continue;
      const live = cluster(name);
      if (live === undefined) continue;
      for (const row of store.heads(name)) this.#check(live, row);
      const { heads } = this.#options;
      const others = heads.views(name);
      const isLed = others.length === 0 || others.some(({ role }) => role === "leading");
      const making = heads.vacant(live).map((slot) => this.#make(live, slot, isLed));
      await Promise.all(making);
    }
  }

  /** Takes away what will not be a head any more. */
  #check(cluster: LiveCluster, row: MachineRow): void {
    const { store, heads, fleet } = this.#options;
    if (row.state !== "running") return;
    const said = store.headWords.said(row.id);
    const seconds = (this.#now() - new Date(row.launchedAt).getTime()) / 1000;
    const isLate = said === "starting" && seconds > bootstrapTimeouts(cluster.config).head;
    if (said !== "failed" && !isLate) {
      if (seconds > LASTING_SECONDS && said !== "starting")
        this.#attempts.delete(`${row.cluster}/${row.node}`);
      return;
    }
    if (isLate) heads.tell(row.cluster, "failed", `${row.node} (${row.id}) did not become ready`);
    void fleet.remove([row]).catch(() => {});
  }

  /** @param isLed false: another head is there, and does not lead yet. */
  async #make(cluster: LiveCluster, slot: HeadSlot, isLed: boolean): Promise<void> {
    const { name } = cluster.row;
    const key = `${name}/${slot.node}`;
    const { count, next } = this.#attempts.get(key) ?? { count: 0, next: 0 };
    const now = this.#now();
    if (now < next || (!isLed && this.#waits(key, now))) return;
    this.#vacant.delete(key);
    const pause = Math.min(LONGEST_PAUSE_SECONDS, 2 ** count);
    this.#attempts.set(key, { count: count + 1, next: now + pause * 1000 });
    const { heads } = this.#options;
    const what = isOneOfTwo(slot.node) ? `${slot.node} in zone ${slot.zone}` : "the head";
    heads.tell(name, "started", `${what} is gone, and is made anew`);
    await heads.launch(cluster, slot).catch((error: unknown) => {
      heads.tell(name, "failed", `${what}: ${messageOf(error)}`);
    });
  }

  #waits(key: string, now: number): boolean {
    const since = this.#vacant.get(key) ?? now;
    this.#vacant.set(key, since);
    return now - since < TAKE_OVER_SECONDS * 1000;
  }
}
