import type { Clusters } from "./clusters.ts";
import type { Fleet } from "./fleet.ts";
import type { LiveCluster } from "./live-cluster.ts";
import type { LocalStore, MachineRow } from "./store.ts";
import type { Zones } from "./zones.ts";

export interface FenceParts {
  readonly store: Pick<LocalStore, "updateCluster" | "machines" | "cluster">;
  readonly fleet: Pick<Fleet, "remove">;
  readonly clusters: { readonly heads: Pick<Clusters["heads"], "tell"> } & Pick<Clusters, "isBusy">;
  readonly zones: Pick<Zones, "isReachable">;
}

/**
 * Everything of a cluster off at once, and nothing made anew before it is started: its status says so
 * before the first machine goes, also to a service that comes after this one. Repeatable.
 *
 * @returns `unsure` while a machine of it is not reached, which is left as it is, and while another
 *   operation is at work on the cluster.
 */
export async function fenceCluster(
  { store, fleet, clusters, zones }: FenceParts,
  { row: { name } }: Pick<LiveCluster, "row">,
): Promise<"off" | "unsure"> {
  if (clusters.isBusy(name)) return "unsure";
  if (store.cluster(name)?.status !== "STOPPED") {
    const reason = "it counts as lost, and was cut off";
    store.updateCluster(name, { status: "STOPPED", reason });
    clusters.heads.tell(name, "info", "the cluster counts as lost: all of it is switched off");
  }
  await fleet.remove(powered(store, name).filter((row) => zones.isReachable(row)));
  return powered(store, name).length === 0 && !clusters.isBusy(name) ? "off" : "unsure";
}

/** Those that run, or may. One that was switched off runs again only when a head asks for it. */
function powered(store: FenceParts["store"], cluster: string): readonly MachineRow[] {
  return store.machines(cluster).filter(({ state }) => state !== "gone" && state !== "stopped");
}
