import { randomBytes } from "node:crypto";
import type { LaunchRequest } from "@sluice/cloud";

/** A place for a machine that is there once, such as a head's. */
export interface PlaceToFill {
  readonly node: string;
  readonly zone: string;
  readonly instanceType: string;
  readonly userData: string;
}

/** Asks for a machine in it: another one each time, as the one before it is gone. */
export function requestFor({ node, zone, instanceType, userData }: PlaceToFill): LaunchRequest {
  return {
    token: `${node}-${randomBytes(8).toString("hex")}`,
    node,
    pool: { queue: "", computeResource: "" },
    offering: { instanceType, zone, market: "on-demand" },
    userData,
    tags: {},
  };
}
