import { SluiceError } from "@sluice/model";

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
