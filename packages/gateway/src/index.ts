export * from "./contract.ts";
export * from "./user-worker.ts";
