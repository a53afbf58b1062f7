export * from "./contract.ts";
export * from "./create-triggers.ts";
export { strangePlaces } from "./placeholders.ts";
export * from "./source.ts";
export { type HookRequest, hookSecret, MOST_HOOK_BYTES } from "./web-hook.ts";
