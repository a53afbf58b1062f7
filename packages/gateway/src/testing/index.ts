export * from "./door.ts";
export * from "./worker.ts";
