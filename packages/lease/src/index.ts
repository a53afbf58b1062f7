export * from "./contract.ts";
export * from "./keep-lease.ts";
