export { LoopbackAccount } from "./loopback-account.ts";
export { sampleState } from "./sample-state.ts";
export type { AccountState } from "./state.ts";
