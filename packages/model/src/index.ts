export * from "./clock.ts";
export * from "./error.ts";
export * from "./fleet.ts";
export * from "./machine-type.ts";
