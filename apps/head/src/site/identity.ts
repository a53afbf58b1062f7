import { existsSync, readFileSync } from "node:fs";
import {
  type ManagedSiteSecret,
  SITE_LAYOUT,
  type SiteIdentity,
  type SiteSeat,
} from "@sluice/boot";
import type { SiteMachineCloud } from "@sluice/cloud";
import { SluiceError } from "@sluice/model";

/** Who this machine is in its site, as its user data said, or its cloud when it was set up. */
export function readSiteIdentity(): SiteIdentity {
  return JSON.parse(readFileSync(SITE_LAYOUT.siteFile, "utf8")) as SiteIdentity;
}

/** Each loaded only where it is needed. */
export async function openSiteCloud({
  provider,
}: Pick<SiteIdentity, "provider">): Promise<SiteMachineCloud> {
  if (provider === "local") return (await import("@sluice/local")).createLocalSiteMachine();
  const seated = await openSeat();
  if (seated !== undefined) return seated;
  throw unavailable(provider);
}

/** A machine that asks its cloud who it is and for its secrets. */
export interface SeatedMachine extends SiteMachineCloud {
  readonly identity: SiteIdentity;
  /** As its file has it. */
  secret(name: ManagedSiteSecret): Promise<Uint8Array>;
}

/** Undefined on a machine that was told everything. Errors: those of the cloud. */
export async function openSeat(): Promise<SeatedMachine | undefined> {
  if (!existsSync(SITE_LAYOUT.seatFile)) return undefined;
  const seat = JSON.parse(readFileSync(SITE_LAYOUT.seatFile, "utf8")) as SiteSeat;
  if (seat.provider === "aws") return (await import("@sluice/aws/head")).createAwsSiteMachine(seat);
  throw unavailable(seat.provider);
}

function unavailable(provider: string): SluiceError {
  return new SluiceError(
    "PROVIDER_UNAVAILABLE",
    "user",
    `this version has no machines of sites on ${provider}`,
  );
}
