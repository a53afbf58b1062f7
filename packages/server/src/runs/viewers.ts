import { isAtLeast } from "@sluice/api";
import type { RunViewer, Viewer } from "@sluice/jobs";
import { type Person, roleOf } from "../identity/principal.ts";

/** Who asks, as far as applications go. */
export function viewerOf(principal: Person): Viewer {
  const { id, name, groups } = principal;
  return { id, name, groups, isAdministrator: roleOf(principal, {}) === "administrator" };
}

/** Who asks, as far as runs go. */
export function runViewerOf(principal: Person): RunViewer {
  const isOperator = (cluster?: string) => {
    const role = roleOf(principal, cluster === undefined ? {} : { cluster });
    return role !== undefined && isAtLeast(role, "operator");
  };
  const named = principal.grants.map(({ cluster }) => cluster).filter((name) => name !== "*");
  return {
    ...viewerOf(principal),
    unixUser: principal.unixUser,
    operates: isOperator() ? "all" : [...new Set(named)].filter(isOperator),
  };
}

/** Of a cluster on which one is a user for one account only, too. */
export function mayUse({ grants }: Pick<Person, "grants">, cluster: string): boolean {
  return grants.some(
    (grant) =>
      (grant.cluster === "*" || grant.cluster === cluster) && isAtLeast(grant.role, "user"),
  );
}
