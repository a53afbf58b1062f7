/** The form of backups, for whoever makes or reads them: the head's program, the command line. */
export * from "./archive.ts";
export * from "./folder.ts";
export * from "./manifest.ts";
export * from "./seal.ts";
export { type ArchivedFile, damaged, isPlainPath } from "./tar.ts";
