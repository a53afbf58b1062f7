export * from "./client/open-gateway.ts";
export * from "./contract.ts";
export { isUserName } from "./protocol.ts";
export * from "./user-worker.ts";
