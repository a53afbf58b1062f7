export * from "./contract.ts";
export { type PlanOptions, planChange } from "./plan-change.ts";
export { stagedConfig } from "./staged-config.ts";
