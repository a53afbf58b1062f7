import { CloudError, type OfferingKey } from "@sluice/cloud";
import { addressAt, capacityOf, formatNetwork } from "../host/network.ts";
import type { LiveCluster } from "./live-cluster.ts";
import type { MachineRow } from "./store.ts";

/** Addresses below this are the host's, the head's and kept for later. */
const FIRST_MACHINE_ADDRESS = 16;

/** What is in use of a cluster's supply, counted up while a request is gone through. */
export class Usage {
  readonly #machines = new Map<string, number>();
  #addresses = 0;

  /** @param rows the machines of one cluster that are not gone. */
  constructor(rows: readonly MachineRow[]) {
    for (const row of rows) {
      if (row.role !== "compute") continue;
      if (row.state === "stopped") this.#addresses += 1;
      else this.add(row);
    }
  }

  add(offering: Pick<OfferingKey, "instanceType" | "market">): void {
    this.restart(offering);
    this.#addresses += 1;
  }

  /** A stopped machine has its address already, and takes up capacity again. */
  restart({ instanceType, market }: Pick<OfferingKey, "instanceType" | "market">): void {
    this.#machines.set(`${instanceType}/${market}`, this.of(instanceType, market) + 1);
  }

  of(instanceType: string, market: string): number {
    return this.#machines.get(`${instanceType}/${market}`) ?? 0;
  }

  get addresses(): number {
    return this.#addresses;
  }
}

/**
 * Why one more machine of this offering cannot be switched on. Each market has its own supply, over
 * all zones together; a zone that failed has none.
 */
export function noCapacity(
  cluster: Pick<LiveCluster, "types" | "isFailed">,
  { instanceType, market, zone }: OfferingKey,
  used: Usage,
): CloudError | undefined {
  if (cluster.isFailed(zone)) {
    return new CloudError("InsufficientCapacity", `zone ${zone} has failed`);
  }
  const type = cluster.types.get(instanceType);
  const capacity = market === "spot" ? type?.spotCapacity : type?.capacity;
  if (capacity === undefined || used.of(instanceType, market) < capacity) return undefined;
  const what = market === "spot" ? `${instanceType} on spot` : instanceType;
  return new CloudError("InsufficientCapacity", `no ${what} left: all ${capacity} are in use`);
}

/** Why a machine cannot be launched; undefined when it can. */
export function refusal(
  cluster: LiveCluster,
  node: string,
  offering: OfferingKey,
  used: Usage,
): CloudError | undefined {
  const { instanceType, zone, market } = offering;
  const rejected = (message: string) => new CloudError("LaunchRejected", message);
  if (cluster.row.status === "DELETE_IN_PROGRESS") {
    return rejected(`cluster ${cluster.row.name} is being deleted`);
  }
  if (!cluster.types.has(instanceType)) {
    return rejected(`the local cloud has no machine type ${instanceType}`);
  }
  if (!cluster.zones.includes(zone)) return rejected(`the local cloud has no zone ${zone}`);
  if (market !== "on-demand" && market !== "spot") {
    return rejected(`the local cloud has no ${market} machines`);
  }
  if (!/^[a-z0-9][a-z0-9-]{0,62}$/.test(node)) {
    return rejected(`${JSON.stringify(node)} is no host name`);
  }
  const missing = noCapacity(cluster, offering, used);
  if (missing !== undefined) return missing;
  if (used.addresses >= capacityOf(cluster.range) - FIRST_MACHINE_ADDRESS) {
    const range = formatNetwork(cluster.range);
    return new CloudError("QuotaExceeded", `no free address in ${range}`);
  }
  return undefined;
}

/** Addresses of machines, by cluster. */
export class Addresses {
  readonly #next = new Map<string, number>();

  /**
   * Gives free addresses one by one. Goes round, so that an address that was just given back is the
   * last to be used again.
   *
   * @param rows the cluster's machines that are not gone.
   */
  free(cluster: LiveCluster, rows: readonly MachineRow[]): () => string {
    const { name } = cluster.row;
    const taken = new Set(rows.map((row) => row.address));
    const size = capacityOf(cluster.range);
    return () => {
      let index = this.#next.get(name) ?? FIRST_MACHINE_ADDRESS + taken.size;
      while (index > size || taken.has(addressAt(cluster.range, index))) {
        index = index >= size ? FIRST_MACHINE_ADDRESS : index + 1;
      }
      this.#next.set(name, index + 1);
      const address = addressAt(cluster.range, index);
      taken.add(address);
      return address;
    };
  }
}
