import { readFileSync } from "node:fs";
import { SITE_LAYOUT, type SiteIdentity } from "@sluice/boot";
import type { SiteMachineCloud } from "@sluice/cloud";
import { SluiceError } from "@sluice/model";

/** Who this machine is in its site, as its user data said. */
export function readSiteIdentity(): SiteIdentity {
  return JSON.parse(readFileSync(SITE_LAYOUT.siteFile, "utf8")) as SiteIdentity;
}

/** Each loaded only where it is needed. */
export async function openSiteCloud({
  provider,
}: Pick<SiteIdentity, "provider">): Promise<SiteMachineCloud> {
  if (provider === "local") return (await import("@sluice/local")).createLocalSiteMachine();
  throw new SluiceError(
    "PROVIDER_UNAVAILABLE",
    "user",
    `this version has no machines of sites on ${provider}`,
  );
}
