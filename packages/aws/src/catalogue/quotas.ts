import type { Market } from "@sluice/cloud";

const STANDARD = "Standard (A, C, D, H, I, M, R, T, Z)";

/** By the letters that a type's name begins with, as Service Quotas groups them. */
const GROUPS: readonly (readonly [
  RegExp,
  { readonly onDemand: string; readonly spot?: string },
])[] = [
  [/^hpc/, { onDemand: "HPC" }],
  [/^u-/, { onDemand: "High Memory" }],
  [/^u\d/, { onDemand: "High Memory" }],
  [/^dl/, { onDemand: "DL", spot: "DL" }],
  [/^inf/, { onDemand: "Inf", spot: "Inf" }],
  [/^trn/, { onDemand: "Trn", spot: "Trn" }],
  [/^(gr?|vt)\d/, { onDemand: "G and VT", spot: "G and VT" }],
  [/^p5/, { onDemand: "P", spot: "P5" }],
  [/^p[234]/, { onDemand: "P", spot: "P4, P3 and P2" }],
  [/^p/, { onDemand: "P", spot: "P" }],
  [/^f\d/, { onDemand: "F", spot: "F" }],
  [/^x/, { onDemand: "X", spot: "X" }],
  [/^(mac)/, { onDemand: "Dedicated Mac Hosts" }],
  [/^(im|is)\d/, { onDemand: STANDARD, spot: STANDARD }],
  [/^[acdhimrtz]\d/, { onDemand: STANDARD, spot: STANDARD }],
];

/**
 * Name of the limit on vCPUs that a machine counts against, as Service Quotas shows it. What is
 * reserved was counted when it was reserved.
 */
export function quotaOf(instanceType: string, market: Market): string | undefined {
  const group = GROUPS.find(([pattern]) => pattern.test(instanceType))?.[1];
  if (group === undefined) return undefined;
  switch (market) {
    case "on-demand":
      return `Running On-Demand ${group.onDemand} instances`;
    case "spot":
      return group.spot === undefined ? undefined : `All ${group.spot} Spot Instance Requests`;
    case "reserved":
    case "block":
      return undefined;
    default:
      return market satisfies never;
  }
}
