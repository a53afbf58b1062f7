export * from "./contract.ts";
export * from "./errors.ts";
export * from "./files.ts";
export * from "./gateway-access.ts";
export * from "./images.ts";
export * from "./infrastructure.ts";
export * from "./log-streams.ts";
export * from "./signs.ts";
