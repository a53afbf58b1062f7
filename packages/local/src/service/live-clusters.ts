import { localMachineTypes, SluiceError } from "@sluice/model";
import { parseNetwork } from "../host/network.ts";
import { clusterPaths, type StatePaths } from "../paths.ts";
import { nodeNames, storedConfig } from "./cluster-config.ts";
import { sharedFolders } from "./folders.ts";
import type { LiveCluster } from "./live-cluster.ts";
import { NamesFile } from "./names.ts";
import type { ClusterRow, LocalStore } from "./store.ts";

/** What is derived from the rows of clusters, kept for as long as it holds. */
export class LiveClusters {
  readonly #store: LocalStore;
  readonly #state: StatePaths;
  readonly #known = new Map<string, LiveCluster>();
  /** By the cluster's id. */
  readonly #names = new Map<string, NamesFile>();

  constructor(store: LocalStore, state: StatePaths) {
    this.#store = store;
    this.#state = state;
  }

  /** Undefined when there is no such cluster, or its file can't be read: see `whyNot`. */
  get(name: string): LiveCluster | undefined {
    const row = this.#store.cluster(name);
    if (row === undefined) {
      this.forget(name);
      return undefined;
    }
    const known = this.#known.get(name);
    if (known !== undefined && isSame(known.row, row)) return { ...known, row };
    const derived = this.#derive(row);
    if (derived !== undefined) this.#known.set(name, derived);
    return derived;
  }

  /** Throws `CLUSTER_NOT_FOUND`, or why its file can't be read. */
  require(name: string): LiveCluster {
    const cluster = this.get(name);
    if (cluster !== undefined) return cluster;
    throw (
      this.whyNot(name) ??
      new SluiceError("CLUSTER_NOT_FOUND", "user", `there is no cluster named ${name}`, {
        hint: "see which there are (sluice list-clusters)",
      })
    );
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
    return {
      row,
      config,
      types: localMachineTypes(config),
      nodes: nodeNames(row),
      network: parseNetwork(row.network),
      paths,
      storage: sharedFolders(config, paths.storage),
      names: this.#namesOf(row),
    };
  }

  /** One for the life of a cluster, or two would write the same file at once. */
  #namesOf({ id, name }: ClusterRow): NamesFile {
    const known = this.#names.get(id);
    if (known !== undefined) return known;
    const paths = clusterPaths(this.#state, name);
    const names = new NamesFile({
      directory: paths.names,
      headDirectory: paths.headNames,
      nodes: () => this.get(name)?.nodes ?? [],
      current: () =>
        this.#store
          .machines(name)
          // Nobody is at the address of a machine that is off.
          .filter((machine) => machine.state !== "stopped")
          .map(({ node, address }) => ({ name: node, address })),
    });
    this.#names.set(id, names);
    return names;
  }
}

/** Whether what was derived from the one holds for the other. */
function isSame(one: ClusterRow, other: ClusterRow): boolean {
  return one.id === other.id && one.configText === other.configText && one.stage === other.stage;
}
