export * from "./check.ts";
export { runningServer, type ServerRecord } from "./claim.ts";
export { makeFolders, type ServerPaths, serverPaths } from "./paths.ts";
export {
  firstLinkFile,
  type RunningServer,
  type ServerOptions,
  type StartOptions,
  startServer,
} from "./start.ts";
export type { ServerClouds } from "./wire.ts";
