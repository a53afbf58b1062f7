import type { OnProgress, SiteMachine } from "@sluice/cloud";
import { messageOf, SluiceError } from "@sluice/model";
import { bringAddress, dropAddress } from "../host/floating-address.ts";
import type { Fleet } from "./fleet.ts";
import { imageOs } from "./image-os.ts";
import type { LiveSite, LiveSites } from "./live-site.ts";
import { toMachine } from "./machine-row.ts";
import { siteOwner } from "./site-paths.ts";
import type { SiteSlot } from "./site-plan.ts";
import { step } from "./step.ts";
import type { LocalStore, MachineRow } from "./store.ts";
import type { Zones } from "./zones.ts";

export interface SiteMachinesOptions {
  readonly store: LocalStore;
  readonly fleet: Pick<Fleet, "launchSite" | "remove" | "find">;
  readonly zones: Pick<Zones, "isReachable">;
  readonly sites: LiveSites;
  /** Milliseconds since 1970. */
  readonly now?: () => number;
}

/** Seconds from its launch within which a machine says that it is up. */
const UP_WITHIN_SECONDS = 300;
/** Seconds between two attempts at most; they double from one on. */
const LONGEST_PAUSE_SECONDS = 60;
/** A machine that lived so many seconds was no failed attempt. */
const LASTING_SECONDS = 60;
const LOOK_MS = 200;
/** Lines that are kept for somebody who waits. */
const MOST_WORDS = 50;

/**
 * The machines of sites: made anew when they die, one of them with the site's address. Which one
 * that is, they agree on among themselves.
 */
export class SiteMachines {
  readonly #options: SiteMachinesOptions;
  readonly #now: () => number;
  /** What machines said since somebody who waits for them looked. */
  readonly #words: string[] = [];
  /** By owner and node: how often a place was filled in vain, and when it is next. */
  readonly #attempts = new Map<string, { readonly count: number; readonly next: number }>();

  constructor(options: SiteMachinesOptions) {
    this.#options = options;
    this.#now = options.now ?? Date.now;
  }

  views(name: string): readonly SiteMachine[] {
    const { store } = this.#options;
    return store.machines(siteOwner(name)).map((row) => ({
      ...toMachine(row),
      isReady: store.headWords.said(row.id) === "ready",
      ...imageOs(row),
    }));
  }

  /** Makes the machines that are missing where there is power. Twice a second or so; never rejects. */
  async look(): Promise<void> {
    for (const { name, status } of this.#options.store.sites.list()) {
      const site = this.#options.sites.get(name);
      if (site === undefined || !/_COMPLETE$|UPDATE_/.test(status)) continue;
      await this.#fill(site);
    }
  }

  /** Makes what is missing and waits. Errors: `SITE_MACHINE_FAILED`, `SITE_MACHINE_TIMEOUT`. */
  async bringUp(
    site: LiveSite,
    { signal, onProgress }: { readonly signal: AbortSignal; readonly onProgress: OnProgress },
  ): Promise<void> {
    const { store } = this.#options;
    const deadline = this.#now() + UP_WITHIN_SECONDS * 1000;
    for (;;) {
      signal.throwIfAborted();
      await this.#fill(site);
      for (const words of this.#words.splice(0)) {
        onProgress({ time: new Date(), resource: "machines", status: "info", message: words });
      }
      const powered = site.slots.filter(({ zone }) => !site.isFailed(zone));
      const views = this.views(site.row.name);
      const isUp = ({ node }: SiteSlot): boolean =>
        views.some((machine) => machine.node === node && machine.isReady);
      if (powered.every(isUp)) return;
      const failed = views.find(({ id }) => store.headWords.said(id) === "failed");
      if (failed !== undefined) throw machineFailed(site, failed.node);
      if (this.#now() > deadline) {
        const late = powered.filter((slot) => !isUp(slot)).map(({ node }) => node);
        throw machineTimeout(site, late);
      }
      await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
    }
  }

  /** Makes those anew that boot something else now, one after the other; that which leads comes last. */
  async roll(
    site: LiveSite,
    options: { readonly signal: AbortSignal; readonly onProgress: OnProgress },
  ): Promise<void> {
    const { store, fleet } = this.#options;
    const leader = store.headWords.leader(site.owner);
    const rows = store
      .machines(site.owner)
      .toSorted((a, b) => Number(a.id === leader) - Number(b.id === leader));
    for (const row of rows) {
      const slot = site.slots.find(({ node }) => node === row.node);
      const isSame = slot === undefined || store.userData(row.id) === slot.userData;
      if (isSame || site.isFailed(slot.zone)) continue;
      await step(options.onProgress, "machine", `${row.node} is made anew`, async () => {
        await fleet.remove([row]);
        await this.bringUp(site, options);
      });
    }
  }

  /** The machine of that name now, if the cloud and it reach each other. */
  reached(site: string, node: string): MachineRow | undefined {
    const row = this.#of(siteOwner(site)).find((machine) => machine.node === node);
    return row !== undefined && this.#options.zones.isReachable(row) ? row : undefined;
  }

  /** What a machine says of itself. */
  report(
    row: MachineRow,
    status: "progress" | "ready" | "standing-by" | "failed",
    message: string,
  ) {
    const { store } = this.#options;
    const words = `${row.node}: ${message}`;
    if (this.#words.push(words) > MOST_WORDS) this.#words.shift();
    if (status === "progress") return;
    store.headWords.say(row.cluster, row.id, status);
    this.#tell(row.cluster, status === "failed" ? "failed" : "info", words);
  }

  /** Whether a machine of the site surely is no more. */
  isGone(owner: string, id: string): boolean {
    return this.#options.fleet.find(owner, id) === undefined;
  }

  /** Kills a machine that led; `unsure` of one that the cloud does not reach. */
  async fence(asker: MachineRow, id: string): Promise<"off" | "unsure"> {
    const row = this.#options.fleet.find(asker.cluster, id);
    if (row === undefined || row.role !== "site") return "off";
    if (row.id === asker.id) {
      throw new SluiceError("BAD_REQUEST", "user", `${id} asks for its own end`);
    }
    if (!this.#options.zones.isReachable(row)) return "unsure";
    this.#tell(asker.cluster, "info", `${asker.node} takes over: ${row.node} (${id}) is cut off`);
    await this.#options.fleet.remove([row]);
    return "off";
  }

  /** Brings the site's address to a machine, from the other one if that is reached. */
  async takeAddress(row: MachineRow): Promise<void> {
    this.#options.store.headWords.lead(row.cluster, row.id);
    const others = this.#of(row.cluster).filter(({ id }) => id !== row.id);
    await Promise.all(others.map((other) => this.release(other)));
    const address = this.#address(row);
    if (row.pid !== null && address !== undefined) await bringAddress(row.pid, address);
  }

  /** Takes the site's address from a machine that does not lead, in case it still has it. */
  async release(row: MachineRow): Promise<void> {
    const { store, zones } = this.#options;
    const address = this.#address(row);
    if (store.headWords.leader(row.cluster) === row.id) return;
    if (row.pid === null || address === undefined || !zones.isReachable(row)) return;
    await dropAddress(row.pid, address).catch(() => {});
  }

  async #fill(site: LiveSite): Promise<void> {
    const rows = this.#options.store.machines(site.owner);
    for (const row of rows) this.#settle(row);
    const vacant = site.slots.filter(
      ({ node, zone }) => !site.isFailed(zone) && !rows.some((row) => row.node === node),
    );
    await Promise.all(vacant.map((slot) => this.#launch(site, slot)));
  }

  /** A machine that came up and stayed makes up for those before it. */
  #settle(row: MachineRow): void {
    const seconds = (this.#now() - new Date(row.launchedAt).getTime()) / 1000;
    const isUp = this.#options.store.headWords.said(row.id) !== "starting";
    if (isUp && seconds > LASTING_SECONDS) this.#attempts.delete(`${row.cluster}/${row.node}`);
  }

  async #launch(site: LiveSite, slot: SiteSlot): Promise<void> {
    const key = `${site.owner}/${slot.node}`;
    const { count, next } = this.#attempts.get(key) ?? { count: 0, next: 0 };
    const now = this.#now();
    if (now < next) return;
    const pause = Math.min(LONGEST_PAUSE_SECONDS, 2 ** count);
    this.#attempts.set(key, { count: count + 1, next: now + pause * 1000 });
    this.#tell(site.owner, "started", `${slot.node} in zone ${slot.zone}`);
    await this.#options.fleet.launchSite(site, slot).catch((error: unknown) => {
      this.#tell(site.owner, "failed", `${slot.node}: ${messageOf(error)}`);
    });
  }

  #of(owner: string): readonly MachineRow[] {
    return this.#options.store.machines(owner).filter(({ state }) => state !== "stopping");
  }

  #address({ cluster }: MachineRow): string | undefined {
    return this.#options.sites.get(cluster.slice("site:".length))?.address;
  }

  #tell(owner: string, status: "started" | "info" | "failed", message: string): void {
    this.#options.store.addEvent(owner, { time: new Date(), resource: "machine", status, message });
  }
}

function machineFailed({ row }: LiveSite, node: string): SluiceError {
  const message = `${node} of site ${row.name} could not be set up`;
  return new SluiceError("SITE_MACHINE_FAILED", "system", message);
}

function machineTimeout({ row }: LiveSite, nodes: readonly string[]): SluiceError {
  const message = `${nodes.join(", ")} of site ${row.name} did not come up in ${UP_WITHIN_SECONDS} s`;
  return new SluiceError("SITE_MACHINE_TIMEOUT", "system", message);
}
