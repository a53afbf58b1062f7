export * from "./layout.ts";
export * from "./units.ts";
export * from "./user-data.ts";
