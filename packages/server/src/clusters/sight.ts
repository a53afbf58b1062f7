import { isAtLeast, type Role } from "@sluice/api";
import { clusterNotFound } from "@sluice/lifecycle";
import { type Principal, roleOf } from "../identity/principal.ts";
import type { ServedCluster } from "./directory.ts";

/** The most that somebody is on a cluster, by grants for all of its accounts or for one. */
export function roleOn({ grants }: Pick<Principal, "grants">, cluster: string): Role | undefined {
  // A role that is held in one account lets its holder see the cluster, and act on no more than that.
  const everywhere = roleOf({ grants }, { cluster });
  if (everywhere !== undefined) return everywhere;
  const isHere = grants.some((grant) => grant.cluster === "*" || grant.cluster === cluster);
  return isHere ? "read-only" : undefined;
}

export function maySee(principal: Pick<Principal, "grants">, cluster: string): boolean {
  return roleOn(principal, cluster) !== undefined;
}

export function isAtLeastOn(
  principal: Pick<Principal, "grants">,
  cluster: string,
  least: Role,
): boolean {
  const role = roleOn(principal, cluster);
  return role !== undefined && isAtLeast(role, least);
}

/** A cluster that one may not see is one that is not there. Throws `CLUSTER_NOT_FOUND`. */
export function requireSight(
  principal: Pick<Principal, "grants">,
  { name }: Pick<ServedCluster, "name">,
): void {
  if (!maySee(principal, name)) throw clusterNotFound(name);
}
