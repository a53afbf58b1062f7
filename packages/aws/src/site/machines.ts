import type { SiteConfig } from "@sluice/model";

/** A machine that a site is to have, with the database's programs for accounting or without. */
export interface SiteSeatPlan {
  /** Its host name: `site-a`. */
  readonly name: string;
  /** Logical id of the group of one that keeps it. */
  readonly resource: string;
  readonly zone: string;
  /** 1 and up. */
  readonly number: number;
  /** Of the two that have slurmdbd. */
  readonly hasAccounting: boolean;
}

/** One for each server, spread over the zones in their order. */
export function siteSeats({ Servers, Zones }: SiteConfig): readonly SiteSeatPlan[] {
  return Array.from({ length: Servers.Count }, (_, index) => {
    const letter = String.fromCharCode(97 + index);
    return {
      name: `site-${letter}`,
      resource: `Machine${letter.toUpperCase()}`,
      zone: Zones[index % Zones.length] ?? "",
      number: index + 1,
      hasAccounting: index < 2,
    };
  });
}
