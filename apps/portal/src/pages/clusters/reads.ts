import { ROUTES } from "@sluice/api";
import { useRead } from "../../frame/queries.ts";
import { hourly } from "./facts.ts";

/** Milliseconds between two looks at what a head says: nodes change without an event. */
const LOOK = 5_000;

export function useClusters() {
  return useRead(ROUTES.listClusters, {}, { topics: ["cluster", "operation"], every: 30_000 });
}

export function useCluster(cluster: string) {
  const options = { topics: ["cluster", "operation"], every: 3 * LOOK } as const;
  return useRead(ROUTES.getCluster, { params: { cluster } }, options);
}

export function useQueues(cluster: string, enabled: boolean) {
  return useRead(ROUTES.listQueues, { params: { cluster } }, { every: LOOK, enabled });
}

export function useFleet(cluster: string, enabled: boolean) {
  return useRead(ROUTES.getComputeFleet, { params: { cluster } }, { every: LOOK, enabled });
}

/** What the cluster costs an hour: all of it where the cloud says so, else its compute machines. */
export function useCost(cluster: string, enabled: boolean) {
  const request = { params: { cluster } };
  const whole = useRead(ROUTES.getClusterCost, request, { every: 60_000 });
  const fleet = useFleet(cluster, enabled);
  return hourly(whole.data, fleet.data?.cost);
}
