import { localMachineTypes, type SiteConfig } from "@sluice/model";
import { parseNetwork } from "../host/network.ts";
import type { Bind } from "../machines/process.ts";
import type { StatePaths } from "../paths.ts";
import { commonAddress } from "./head-slots.ts";
import { type NamedAddress, NamesFile } from "./names.ts";
import type { Place } from "./place.ts";
import { siteRange } from "./site-network.ts";
import { type SitePaths, siteOwner, sitePaths } from "./site-paths.ts";
import { readSiteFile, type SiteSlot, siteFolderNames, siteSlots } from "./site-plan.ts";
import type { SiteRow } from "./site-rows.ts";
import type { LocalStore } from "./store.ts";

/** A site with what is derived from its row. */
export interface LiveSite extends Place {
  readonly kind: "site";
  readonly row: SiteRow;
  readonly config: SiteConfig;
  readonly paths: SitePaths;
  readonly slots: readonly SiteSlot[];
  /** IPv4 of the machine that has the database. */
  readonly address: string;
}

/** What is derived from the rows of sites, kept for as long as it holds. */
export class LiveSites {
  readonly #store: LocalStore;
  readonly #state: StatePaths;
  readonly #known = new Map<string, LiveSite>();
  /** By id: two for one site would write the same file at once. */
  readonly #names = new Map<string, NamesFile>();

  constructor(store: LocalStore, state: StatePaths) {
    this.#store = store;
    this.#state = state;
  }

  /** Undefined when there is no such site. */
  get(name: string): LiveSite | undefined {
    const row = this.#store.sites.get(name);
    if (row === undefined) return undefined;
    const known = this.#known.get(name);
    const isSame =
      known?.row.id === row.id &&
      known.row.text === row.text &&
      known.row.serverText === row.serverText;
    if (isSame) return { ...known, row };
    const derived = this.#derive(row);
    this.#known.set(name, derived);
    return derived;
  }

  #derive(row: SiteRow): LiveSite {
    const { name, id, bridge } = row;
    const owner = siteOwner(name);
    const paths = sitePaths(this.#state, name);
    const network = parseNetwork(row.network);
    const range = siteRange(network, 0);
    const config = readSiteFile(row.text, name);
    const { faults } = this.#store;
    return {
      ...{ kind: "site", row, config, owner, zoneOwner: owner, id, network, range, bridge, paths },
      zones: config.Zones,
      types: localMachineTypes({}),
      names: this.#namesOf(row),
      machines: paths.machines,
      slots: siteSlots({ site: name, config, network, serverText: row.serverText }),
      address: commonAddress(range),
      isFailed: (zone) => faults.has(owner, "failed", zone),
      isUnplugged: (machine) => faults.has(owner, "unplugged", machine),
    };
  }

  #namesOf({ id, name }: SiteRow): NamesFile {
    const known = this.#names.get(id);
    if (known !== undefined) return known;
    const { names } = sitePaths(this.#state, name);
    const file = new NamesFile({
      directory: names,
      headDirectory: names,
      nodes: () => [],
      current: () => [...siteNames(this.get(name)), ...headNames(this.#store, name)],
    });
    this.#names.set(id, file);
    return file;
  }
}

/** What every machine of a site's clusters knows: its machines, and the address of the database. */
export function siteNames(site: LiveSite | undefined): readonly NamedAddress[] {
  if (site === undefined) return [];
  return [
    { name: "database", address: site.address },
    ...site.slots.map(({ node, address }) => ({ name: node, address })),
  ];
}

/** The heads of a site's clusters, as `head.CLUSTER`. */
function headNames(store: LocalStore, site: string): readonly NamedAddress[] {
  return store
    .clusters()
    .filter((row) => row.site === site)
    .map(({ name, range, network }) => ({
      name: `head.${name}`,
      address: commonAddress(parseNetwork(range ?? network)),
    }));
}

/** The shared folders of a site, as every machine of its clusters has them bound. */
export function siteFolders({ paths, config }: LiveSite): readonly Bind[] {
  return siteFolderNames(config).map((target) => ({
    mode: "rw",
    source: `${paths.storage}/${target.slice(1).replaceAll("/", "_")}`,
    target,
  }));
}
