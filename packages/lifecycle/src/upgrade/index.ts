export * from "./look.ts";
export * from "./upgrade-cluster.ts";
