import type { MachineSummary, OperationView } from "@sluice/api";
import type { ClusterInstance } from "@sluice/lifecycle";
import { type Account, type Provider, priceFor } from "@sluice/model";
import type { ServerDeps } from "../../deps.ts";
import type { Principal } from "../../identity/principal.ts";
import type { ClusterLooks } from "../cluster-looks.ts";
import type { ServedCluster } from "../directory.ts";
import type { FileWork } from "../files/file-work.ts";
import type { Operation, Operations } from "../operations/index.ts";
import { isAtLeastOn, maySee, requireSight } from "../sight.ts";

/** What routes about clusters need beside what all need. */
export interface ClusterParts extends Pick<ServerDeps, "clusters" | "clock"> {
  readonly operations: Operations;
  readonly files: FileWork;
  /** For checks of a file that need an account; missing: none can be asked. */
  readonly openAccount?: (provider: string, region: string | undefined) => Promise<Account>;
}

export interface SharedParts extends ClusterParts, ClusterLooks {}

/** Throws `CLUSTER_NOT_FOUND`, also for a cluster that one may not see. */
export async function seenCluster(
  { clusters }: Pick<ClusterParts, "clusters">,
  principal: Principal,
  name: string,
): Promise<ServedCluster> {
  const cluster = await clusters.get(name);
  requireSight(principal, cluster);
  return cluster;
}

/** Work on an image is a matter of the site. */
export function maySeeOperation(principal: Principal, { cluster }: Operation): boolean {
  return cluster === undefined
    ? isAtLeastOn(principal, "*", "operator")
    : maySee(principal, cluster);
}

export function operationView(operation: Operation, extra: Partial<OperationView> = {}) {
  const { id, kind, cluster, image, provider, region, state, askedBy, error, result } = operation;
  const { createdAt, endedAt } = operation;
  return {
    id,
    kind,
    ...(cluster === undefined ? {} : { cluster }),
    ...(image === undefined ? {} : { image }),
    provider,
    region,
    state,
    askedBy,
    createdAt: createdAt.toISOString(),
    ...(endedAt === undefined ? {} : { endedAt: endedAt.toISOString() }),
    ...(error === undefined ? {} : { error }),
    ...(result === undefined || result === null ? {} : { result }),
    ...extra,
  } satisfies OperationView;
}

/** A machine with its price, where the built-in lists have it: spot prices change, and are in none. */
export function machineView(
  { record, region: Region }: ServedCluster,
  machine: ClusterInstance,
): MachineSummary {
  const Provider = record.provider as Provider;
  const price =
    machine.capacityType === "SPOT"
      ? undefined
      : priceFor({ Provider, Region }, machine.instanceType);
  return { ...machine, ...(price === undefined ? {} : { usdPerHour: price.usdPerHour }) };
}
