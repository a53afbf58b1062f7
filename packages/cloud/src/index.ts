export * from "./contract.ts";
export * from "./errors.ts";
export * from "./files.ts";
export * from "./infrastructure.ts";
