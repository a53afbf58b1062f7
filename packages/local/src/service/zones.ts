import { EventEmitter } from "node:events";
import { SluiceError } from "@sluice/model";
import { awakeBelow, freezeBelow, thawBelow } from "../host/frozen.ts";
import { linkExists } from "../host/network.ts";
import { makeZones, setMachineLink, setUplink, zoneLinks } from "../host/zone-network.ts";
import { linkName } from "../machines/process.ts";
import type { FaultRow } from "./fault-rows.ts";
import { clusterNotFound, siteNotFound, zoneNotFound } from "./not-found.ts";
import { hasZoneBridges, type ZonedNetwork } from "./place.ts";
import type { LocalStore, MachineRow } from "./store.ts";

/** What is known of one network, whose zones and machines these are. */
export interface ZonesOf extends ZonedNetwork {
  /** A cluster, or `site:NAME`. */
  readonly owner: string;
  /** Those whose machines are in it: the owner, and the clusters of a site. */
  readonly tenants: readonly string[];
}

/** A zone as it is now. Several of these may be so at once. */
export interface ZoneState {
  readonly zone: string;
  /** Has no power. */
  readonly isFailed: boolean;
  /** Nothing gets in or out. */
  readonly isCut: boolean;
  /** The other zones are not reached. */
  readonly isParted: boolean;
  /** What its uplink carries at most, as `tc` writes it; null: no limit. */
  readonly rate: string | null;
  /** Machines that are switched on, or about to be. */
  readonly machines: number;
}

export interface ZonesState {
  readonly zones: readonly ZoneState[];
  /** Machines whose cable is pulled. */
  readonly cutMachines: readonly { readonly id: string; readonly node: string }[];
}

export interface ZonesOptions {
  readonly store: LocalStore;
  /** Undefined when there is no such cluster or site. A cluster of a site has the site's. */
  readonly find: (name: string) => ZonesOf | undefined;
  /** Every network there is. */
  readonly all: () => readonly ZonesOf[];
  /** Takes the power of machines, all at once, and resolves when they are gone. */
  readonly losePower: (rows: readonly MachineRow[]) => Promise<void>;
}

/**
 * Zones of networks, and what happens to them on request. What is so is in the store before it is
 * done, so that a service that died goes on with it; `recover` brings the links to what is written.
 */
export class Zones {
  readonly #options: ZonesOptions;
  readonly #events = new EventEmitter().setMaxListeners(0);
  /** Links of one network are changed by one at a time. */
  readonly #turns = new Map<string, Promise<void>>();

  constructor(options: ZonesOptions) {
    this.#options = options;
  }

  /** After a restart of the service or the host: makes the links that are missing, sets the rest. */
  async recover(): Promise<void> {
    for (const network of this.#options.all()) await this.makeLinks(network).catch(() => {});
  }

  /** Links of all zones, as they are to be. Repeatable. Nothing without the core bridge. */
  async makeLinks(network: ZonesOf): Promise<void> {
    if (!hasZoneBridges(network.zones) || !(await linkExists(network.bridge))) return;
    await this.#inTurn(network, async () => {
      await makeZones(network.bridge, network.zones.length);
      await this.#setLinks(network);
    });
  }

  /** @param name a cluster or `site:NAME`. */
  states(name: string): ZonesState {
    const network = this.#require(name);
    const faults = this.#options.store.faults.list(network.owner);
    const rows = this.#machines(network);
    const is = (kind: FaultRow["kind"], target: string): boolean =>
      faults.some((fault) => fault.kind === kind && fault.target === target);
    const isOn = ({ state }: MachineRow): boolean => state === "pending" || state === "running";
    return {
      zones: network.zones.map((zone) => ({
        zone,
        isFailed: is("failed", zone),
        isCut: is("cut", zone),
        isParted: is("parted", ""),
        rate: faults.find(({ kind, target }) => kind === "slow" && target === zone)?.value ?? null,
        machines: rows.filter((row) => row.zone === zone && isOn(row)).length,
      })),
      cutMachines: rows
        .filter(({ id }) => is("unplugged", id))
        .map(({ id, node }) => ({ id, node })),
    };
  }

  /** All machines there lose power at once, and none starts until it is healed. */
  async fail(name: string, zone: string): Promise<void> {
    const network = this.#requireZone(name, zone);
    this.#put(network, "failed", zone);
    const there = this.#machines(network).filter((row) => row.zone === zone);
    await this.#options.losePower(there.filter(({ state }) => state !== "stopped"));
  }

  /** The zone lives, and is reached by nobody. */
  async cut(name: string, zone: string): Promise<void> {
    const network = this.#requireUplink(name, zone);
    this.#put(network, "cut", zone);
    this.#events.emit("unreachable");
    await this.#apply(network);
  }

  /** @param rate such as `10mbit`, of the zone's uplink in each direction. */
  async slow(name: string, zone: string, rate: string): Promise<void> {
    const network = this.#requireUplink(name, zone);
    this.#put(network, "slow", zone, rate);
    await this.#apply(network);
  }

  /** No zone reaches another; the host and the cloud reach all of them. */
  async part(name: string): Promise<void> {
    const network = this.#requireUplink(name);
    this.#put(network, "parted", "");
    await this.#apply(network);
  }

  /** Undoes all that was done to a zone; the zones are no longer parted. */
  async heal(name: string, zone: string): Promise<void> {
    const network = this.#requireZone(name, zone);
    const { faults } = this.#options.store;
    for (const kind of ["failed", "cut", "slow"] as const) faults.remove(network.owner, kind, zone);
    faults.remove(network.owner, "parted", "");
    await this.#apply(network);
    this.#events.emit("healed", network.owner, zone);
  }

  /** The machine lives, and is reached by nobody. */
  async cutMachine(name: string, row: MachineRow): Promise<void> {
    this.#put(this.#require(name), "unplugged", row.id);
    this.#events.emit("unreachable");
    await setMachineLink(linkName(row.id), false);
  }

  async healMachine(name: string, row: MachineRow): Promise<void> {
    this.#options.store.faults.remove(this.#require(name).owner, "unplugged", row.id);
    await setMachineLink(linkName(row.id), true);
  }

  /** Every process of the machine stands still. Not written down: what is off is not frozen. */
  freezeMachine({ pid }: MachineRow): void {
    if (pid !== null) freezeBelow(pid);
  }

  thawMachine({ pid }: MachineRow): void {
    if (pid !== null) thawBelow(pid);
  }

  /** Names of what runs in a machine and does not stand still, reached or not. */
  awake({ pid }: MachineRow): readonly string[] {
    return pid === null ? [] : awakeBelow(pid);
  }

  /** Whether a zone has no power. @param name a cluster or `site:NAME`. */
  isFailed(name: string, zone: string): boolean {
    const network = this.#options.find(name);
    return network !== undefined && this.#has(network, "failed", zone);
  }

  /** Whether the cloud's service and a machine reach each other. */
  isReachable(row: Pick<MachineRow, "id" | "cluster" | "zone">): boolean {
    const network = this.#options.find(row.cluster);
    if (network === undefined) return true;
    return !(
      this.#has(network, "failed", row.zone) ||
      this.#has(network, "cut", row.zone) ||
      this.#has(network, "unplugged", row.id)
    );
  }

  /** Called when machines may have become unreachable: what they have open is to be closed. */
  onUnreachable(listener: () => void): () => void {
    this.#events.on("unreachable", listener);
    return () => this.#events.off("unreachable", listener);
  }

  /** Called when a zone was healed: what could not start there can now. */
  onHealed(listener: (owner: string, zone: string) => void): () => void {
    this.#events.on("healed", listener);
    return () => this.#events.off("healed", listener);
  }

  #has(network: ZonesOf, kind: FaultRow["kind"], target: string): boolean {
    return this.#options.store.faults.has(network.owner, kind, target);
  }

  #put({ owner }: ZonesOf, kind: FaultRow["kind"], target: string, value?: string): void {
    const since = new Date().toISOString();
    this.#options.store.faults.put({ owner, kind, target, value: value ?? null, since });
  }

  #machines({ tenants }: ZonesOf): readonly MachineRow[] {
    return tenants.flatMap((tenant) => this.#options.store.machines(tenant));
  }

  async #apply(network: ZonesOf): Promise<void> {
    if (!hasZoneBridges(network.zones)) return;
    await this.#inTurn(network, () => this.#setLinks(network));
  }

  async #setLinks(network: ZonesOf): Promise<void> {
    const { zones } = this.states(network.owner);
    for (const [index, { isCut, isParted, rate }] of zones.entries()) {
      await setUplink(zoneLinks(network.bridge, index), {
        isUp: !isCut,
        isIsolated: isParted,
        rate: rate ?? undefined,
      });
    }
  }

  async #inTurn(network: ZonesOf, work: () => Promise<void>): Promise<void> {
    const before = this.#turns.get(network.owner) ?? Promise.resolve();
    const mine = before.catch(() => {}).then(work);
    this.#turns.set(network.owner, mine);
    try {
      await mine;
    } finally {
      if (this.#turns.get(network.owner) === mine) this.#turns.delete(network.owner);
    }
  }

  #require(name: string): ZonesOf {
    const network = this.#options.find(name);
    if (network !== undefined) return network;
    const [, site] = /^site:(.*)$/.exec(name) ?? [];
    if (site === undefined) throw clusterNotFound(name);
    throw siteNotFound(site);
  }

  #requireZone(name: string, zone: string): ZonesOf {
    const network = this.#require(name);
    if (network.zones.includes(zone)) return network;
    throw zoneNotFound(name, zone, network.zones);
  }

  #requireUplink(name: string, zone?: string): ZonesOf {
    const network = zone === undefined ? this.#require(name) : this.#requireZone(name, zone);
    if (hasZoneBridges(network.zones)) return network;
    throw new SluiceError("ZONE_HAS_NO_UPLINK", "user", `${name} has no zones of its own`, {
      hint: "a cluster has them when its file names Local.Zones",
    });
  }
}
