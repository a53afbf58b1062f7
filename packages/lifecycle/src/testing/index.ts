export * from "./created-cluster.ts";
export * from "./demo-cluster.ts";
export * from "./fake-cloud.ts";
export * from "./fake-head.ts";
export * from "./stepping-clock.ts";
