/** The form of backups, for whoever makes or reads them: the head's program, the command line. */
export * from "./archive.ts";
export * from "./bucket.ts";
export { folderStore } from "./folder.ts";
export * from "./manifest.ts";
export * from "./seal.ts";
export * from "./site-archive.ts";
export * from "./site-manifest.ts";
export * from "./site-store.ts";
export * from "./state.ts";
export * from "./store.ts";
export { type ArchivedFile, damaged, isPlainPath } from "./tar.ts";
