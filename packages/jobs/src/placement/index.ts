export * from "./choose.ts";
export * from "./placements.ts";
