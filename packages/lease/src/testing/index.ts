export * from "./memory-registers.ts";
export * from "./virtual-time.ts";
