export * from "./look.ts";
export * from "./upgrade-cluster.ts";
export * from "./upgrade-site.ts";
