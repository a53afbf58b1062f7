import type { Place } from "./place.ts";
import { siteOf, siteOwner } from "./site-paths.ts";
import type { LocalStore } from "./store.ts";
import type { ZonesOf } from "./zones.ts";

/** The networks of clusters and sites, by the name of any of theirs. */
export class ZonedNetworks {
  readonly #store: LocalStore;
  readonly #live: (owner: string) => Place | undefined;

  constructor(store: LocalStore, live: (owner: string) => Place | undefined) {
    this.#store = store;
    this.#live = live;
  }

  /** @param name a cluster, or `site:NAME`. */
  find(name: string): ZonesOf | undefined {
    const place = this.#live(name);
    if (place === undefined) return undefined;
    const { zoneOwner: owner, network, bridge, zones } = place;
    const site = siteOf(owner);
    const clusters = this.#store.clusters().filter((row) => row.site === site);
    const tenants = site === undefined ? [name] : [owner, ...clusters.map((row) => row.name)];
    return { owner, tenants, network, bridge, zones };
  }

  /** Each once. */
  all(): readonly ZonesOf[] {
    const clusters = this.#store.clusters().filter(({ site }) => site === null);
    const sites = this.#store.sites.list().map(({ name }) => siteOwner(name));
    return [...clusters.map(({ name }) => name), ...sites].flatMap((name) => this.find(name) ?? []);
  }
}
