export * from "./client/open-gateway.ts";
export * from "./contract.ts";
export { isUserName } from "./protocol.ts";
export * from "./terminal/contract.ts";
export * from "./terminal/messages.ts";
export * from "./user-worker.ts";
