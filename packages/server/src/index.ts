export * from "./audit/contract.ts";
export * from "./clusters/directory.ts";
export * from "./config/schema.ts";
export * from "./deps.ts";
export * from "./events/hub.ts";
export * from "./http/handler.ts";
export * from "./identity/principal.ts";
