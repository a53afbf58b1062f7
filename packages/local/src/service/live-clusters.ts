import { localMachineTypes, localZones, type SluiceError } from "@sluice/model";
import { parseNetwork } from "../host/network.ts";
import { clusterPaths, type StatePaths } from "../paths.ts";
import { headsFrom, nodeNames, storedConfig } from "./cluster-config.ts";
import { sharedFolders } from "./folders.ts";
import { commonAddress, headSlots } from "./head-slots.ts";
import type { LiveCluster } from "./live-cluster.ts";
import { type LiveSites, siteFolders, siteNames } from "./live-site.ts";
import { type NamedAddress, NamesFile } from "./names.ts";
import { clusterNotFound } from "./not-found.ts";
import { siteBackupFolder } from "./site-backups.ts";
import type { ClusterRow, LocalStore } from "./store.ts";

/** What is derived from the rows of clusters, kept for as long as it holds. */
export class LiveClusters {
  readonly #store: LocalStore;
  readonly #state: StatePaths;
  readonly #known = new Map<string, LiveCluster>();
  /** By the cluster's id. */
  readonly #names = new Map<string, NamesFile>();

  readonly #sites: LiveSites;

  constructor(store: LocalStore, state: StatePaths, sites: LiveSites) {
    this.#store = store;
    this.#state = state;
    this.#sites = sites;
  }

  /** Undefined when there is no such cluster, or its file can't be read: see `whyNot`. */
  get(name: string): LiveCluster | undefined {
    const row = this.#store.cluster(name);
    if (row === undefined) {
      this.forget(name);
      return undefined;
    }
    const known = this.#known.get(name);
    if (known !== undefined && isSame(known.row, row))
      return { ...known, row, ...this.#shared(row) };
    const derived = this.#derive(row);
    if (derived !== undefined) this.#known.set(name, derived);
    return derived;
  }

  /** Throws `CLUSTER_NOT_FOUND`, or why its file can't be read. */
  require(name: string): LiveCluster {
    const cluster = this.get(name);
    if (cluster !== undefined) return cluster;
    throw this.whyNot(name) ?? clusterNotFound(name);
  }

  /** Why the file of a cluster can't be read; undefined when it can, or there is no such cluster. */
  whyNot(name: string): SluiceError | undefined {
    if (this.get(name) !== undefined) return undefined;
    const row = this.#store.cluster(name);
    const stored = row === undefined ? undefined : storedConfig(row);
    return stored?.ok === false ? stored.error : undefined;
  }

  forget(name: string): void {
    const known = this.#known.get(name);
    if (known !== undefined) this.#names.delete(known.row.id);
    this.#known.delete(name);
  }

  #derive(row: ClusterRow): LiveCluster | undefined {
    const stored = storedConfig(row);
    if (!stored.ok) return undefined;
    const { config } = stored;
    const paths = clusterPaths(this.#state, row.name);
    const site = row.site === null ? undefined : this.#sites.get(row.site);
    const zoneOwner = site?.owner ?? row.name;
    return {
      kind: "cluster",
      row,
      config,
      headsFrom: headsFrom(row, config),
      owner: row.name,
      id: row.id,
      zoneOwner,
      zones: site?.zones ?? localZones(config),
      bridge: row.bridge,
      types: localMachineTypes(config),
      nodes: nodeNames(row),
      network: parseNetwork(row.network),
      range: parseNetwork(row.range ?? row.network),
      isFailed: (zone) => this.#store.faults.has(zoneOwner, "failed", zone),
      isUnplugged: (id) => this.#store.faults.has(zoneOwner, "unplugged", id),
      paths,
      machines: paths.machines,
      siteKeys: site?.paths.keys,
      siteBackups: site === undefined ? undefined : siteBackupFolder(site),
      storage: site === undefined ? sharedFolders(config, paths.storage) : siteFolders(site),
      names: this.#namesOf(row),
    };
  }

  /** What a site may have changed since. */
  #shared({ site: name }: ClusterRow): Partial<Pick<LiveCluster, "storage">> {
    const site = name === null ? undefined : this.#sites.get(name);
    return site === undefined ? {} : { storage: siteFolders(site) };
  }

  /** One for the life of a cluster, or two would write the same file at once. */
  #namesOf({ id, name, site }: ClusterRow): NamesFile {
    const known = this.#names.get(id);
    if (known !== undefined) return known;
    const paths = clusterPaths(this.#state, name);
    const names = new NamesFile({
      directory: paths.names,
      headDirectory: paths.headNames,
      nodes: () => this.get(name)?.nodes ?? [],
      current: () => [
        ...siteNames(site === null ? undefined : this.#sites.get(site)),
        ...this.#headName(name),
        ...this.#store
          .machines(name)
          // Nobody is at the address of a machine that is off.
          .filter((machine) => machine.state !== "stopped")
          .map(({ node, address }) => ({ name: node, address })),
      ],
    });
    this.#names.set(id, names);
    return names;
  }

  /** Of two heads, whichever leads; one alone has the name itself. */
  #headName(cluster: string): readonly NamedAddress[] {
    const live = this.get(cluster);
    if (live === undefined || headSlots(live.headsFrom.config, live.range).length === 1) return [];
    return [{ name: "head", address: commonAddress(live.range) }];
  }
}

/** Whether what was derived from the one holds for the other. */
function isSame(one: ClusterRow, other: ClusterRow): boolean {
  return (
    one.id === other.id &&
    one.configText === other.configText &&
    one.stage === other.stage &&
    one.nextHead === other.nextHead &&
    one.imageRoot === other.imageRoot &&
    one.headUserData === other.headUserData
  );
}
