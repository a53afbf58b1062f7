export * from "./backup-cluster.ts";
export * from "./check-backup.ts";
export type { BackupManifest, BackupRecord } from "./manifest.ts";
export * from "./restore-cluster.ts";
export { identitiesIn } from "./seal.ts";
export * from "./site-backup.ts";
export type { SiteBackupRecord } from "./site-manifest.ts";
