import { type Access, isAtLeast, type Role } from "@sluice/api";
import { clusterNotFound } from "@sluice/lifecycle";
import { SluiceError } from "@sluice/model";
import { type Principal, roleOf } from "../identity/principal.ts";

/**
 * Whether a principal may ask a route at all. What a role shows on a cluster where it is held for one
 * account only is the handler's to keep: here it counts for `read-only` and `user`, not for more.
 *
 * Errors: `NOT_AUTHENTICATED`, `NOT_ALLOWED`, `SCOPE_MISSING`; `CLUSTER_NOT_FOUND` for a cluster of
 * which this principal may know nothing.
 */
export function checkAccess(
  access: Access,
  principal: Principal | undefined,
  cluster: string | undefined,
): void {
  const { role: least, on, scope } = access;
  if (least === "anyone") return;
  if (principal === undefined) throw notAuthenticated();
  const held = on === "cluster" ? roleOnCluster(principal, cluster) : roleOnSite(principal);
  const isHeld = held(least);
  if (!isHeld && on === "cluster" && cluster !== undefined && !held("read-only")) {
    throw clusterNotFound(cluster);
  }
  if (!isHeld) throw notAllowed(least);
  if (scope !== undefined && principal.scopes !== undefined && !principal.scopes.has(scope)) {
    throw new SluiceError("SCOPE_MISSING", "user", `this token was not made for ${scope}`, {
      hint: "make another token with that scope",
    });
  }
}

/** Whether `checkAccess` lets this principal pass. */
export function mayAsk(
  access: Access,
  principal: Principal | undefined,
  cluster: string | undefined,
): boolean {
  try {
    checkAccess(access, principal, cluster);
    return true;
  } catch {
    return false;
  }
}

/** Roles that show and do only what is one's own may be held anywhere. */
const isModest = (role: Role): boolean => !isAtLeast(role, "operator");

function roleOnCluster(principal: Principal, cluster: string | undefined) {
  const onAll = roleOf(principal, cluster === undefined ? {} : { cluster });
  return (least: Role): boolean => {
    if (onAll !== undefined && isAtLeast(onAll, least)) return true;
    return (
      isModest(least) &&
      principal.grants.some(
        (grant) =>
          (grant.cluster === "*" || grant.cluster === cluster) && isAtLeast(grant.role, least),
      )
    );
  };
}

function roleOnSite(principal: Principal) {
  const onAll = roleOf(principal, {});
  return (least: Role): boolean => {
    if (onAll !== undefined && isAtLeast(onAll, least)) return true;
    return isModest(least) && principal.grants.some(({ role }) => isAtLeast(role, least));
  };
}

export function notAuthenticated(): SluiceError {
  return new SluiceError("NOT_AUTHENTICATED", "user", "nobody is signed in", {
    hint: "sign in, or send a token as `Authorization: Bearer …`; one that was sent is wrong, revoked or over",
  });
}

function notAllowed(least: Role): SluiceError {
  return new SluiceError("NOT_ALLOWED", "user", `this needs the role ${least}`, {
    hint: "ask an administrator of the site for it",
  });
}
