export * from "./plan-upgrade.ts";
export * from "./releases.ts";
