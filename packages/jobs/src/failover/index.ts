export * from "./contract.ts";
export { createFailover, type FailoverParts } from "./failover.ts";
