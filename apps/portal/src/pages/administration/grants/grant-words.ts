import type { Grant } from "@sluice/api";
import { text } from "../../../catalogue/index.ts";

/** `Operator on demo, account physics`; of all clusters and accounts the role alone. */
export function grantWords({ role, cluster, account }: Grant): string {
  const { grants } = text.administration;
  const place = cluster === "*" ? "" : cluster;
  const where =
    account === "*" ? place : grants.ofAccount(place === "" ? grants.everyCluster : place, account);
  return grants.shown(text.frame.roles[role], where);
}
