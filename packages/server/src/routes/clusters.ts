import type { ClusterLooks } from "../clusters/cluster-looks.ts";
import { changeRoutes } from "../clusters/routes/changes.ts";
import { logRoutes } from "../clusters/routes/logs.ts";
import { lookingRoutes } from "../clusters/routes/looking.ts";
import { nodeRoutes } from "../clusters/routes/nodes.ts";
import { operationRoutes } from "../clusters/routes/operations.ts";
import type { ClusterParts, SharedParts } from "../clusters/routes/parts.ts";
import type { Implementation } from "../http/handler.ts";

export type { ClusterParts } from "../clusters/routes/parts.ts";

/** Clusters, their nodes and logs, and the long work on them. */
export function clustersImplementations(
  parts: ClusterParts,
  looks: ClusterLooks,
): readonly Implementation[] {
  const shared: SharedParts = { ...parts, ...looks };
  return [
    ...lookingRoutes(shared),
    ...nodeRoutes(shared),
    ...logRoutes(shared),
    ...changeRoutes(shared),
    ...operationRoutes(shared),
  ];
}
