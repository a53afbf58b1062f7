export * from "./created-cluster.ts";
export * from "./demo-cluster.ts";
export * from "./fake-cloud.ts";
export * from "./fake-head.ts";
export * from "./fake-heads.ts";
export * from "./fake-images.ts";
export * from "./fake-logs.ts";
export * from "./stepping-clock.ts";
