import { SluiceError } from "@sluice/model";
import type { ClusterRow } from "./rows.ts";

export function clusterNotFound(name: string): SluiceError {
  return new SluiceError("CLUSTER_NOT_FOUND", "user", `there is no cluster named ${name}`, {
    hint: "see which there are (sluice list-clusters)",
  });
}

export function siteNotFound(name: string): SluiceError {
  return new SluiceError("SITE_NOT_FOUND", "user", `there is no site named ${name}`);
}

export function zoneNotFound(whose: string, zone: string, zones: readonly string[]): SluiceError {
  return new SluiceError("ZONE_NOT_FOUND", "user", `${whose} has no zone ${zone}`, {
    hint: `its zones: ${zones.join(", ")}`,
  });
}

export function clusterExists({ name, status }: Pick<ClusterRow, "name" | "status">): SluiceError {
  return new SluiceError("CLUSTER_EXISTS", "user", `a cluster named ${name} exists (${status})`, {
    hint: `choose another name, or delete that cluster (sluice delete-cluster -n ${name})`,
  });
}
