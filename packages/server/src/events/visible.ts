import { isAtLeast, type Scope } from "@sluice/api";
import { maySee } from "../clusters/sight.ts";
import { type Principal, roleOf } from "../identity/principal.ts";
import type { SiteEvent } from "./hub.ts";

/** What a token has to be made for to hear of each topic. */
const SCOPES: Readonly<Record<string, Scope>> = {
  cluster: "clusters:read",
  node: "clusters:read",
  operation: "clusters:read",
  job: "jobs:read",
  run: "runs:read",
  trigger: "triggers:read",
  file: "files:read",
};

/**
 * Whether a principal may know of an event: what is somebody's own is for that Unix user and for
 * operators where it is; the rest of a cluster is for all who have a role there, and what is of the
 * site for its operators.
 */
export function isVisible(principal: Principal, event: SiteEvent): boolean {
  const { topic, cluster, unixUser, account } = event;
  const scope = SCOPES[topic];
  if (principal.scopes !== undefined && (scope === undefined || !principal.scopes.has(scope))) {
    return false;
  }
  const place = {
    ...(cluster === undefined ? {} : { cluster }),
    ...(account === undefined ? {} : { account }),
  };
  const role = roleOf(principal, place);
  if (role !== undefined && isAtLeast(role, "operator")) return true;
  if (unixUser !== undefined && unixUser !== principal.unixUser) return false;
  if (unixUser === undefined && account !== undefined) return role !== undefined;
  // What is of no cluster and of nobody is the site's, such as work on an image.
  if (cluster === undefined) return unixUser !== undefined;
  return maySee(principal, cluster);
}
