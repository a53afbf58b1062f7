export * from "./applications/index.ts";
export * from "./cache/index.ts";
export * from "./details/index.ts";
export * from "./runs/index.ts";
export * from "./submissions/index.ts";
export * from "./triggers/index.ts";
