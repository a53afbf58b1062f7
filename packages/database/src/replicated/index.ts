export type {
  DatabaseFolder,
  DatabaseStatus,
  Loss,
  Peer as DatabasePeer,
  ReplicatedDatabase,
  ReplicatedDatabaseOptions,
} from "./contract.ts";
export { type Dump, type DumpOptions, dumpDatabases } from "./dump.ts";
export { databaseFolder } from "./folder.ts";
export { keepReplicatedDatabase } from "./keep.ts";
export type {
  Account as DatabaseAccount,
  FolderOptions as DatabaseFolderOptions,
  Tls as DatabaseTls,
} from "./settings.ts";
export { parseStanding, type Standing } from "./standing.ts";
