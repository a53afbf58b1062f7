export * from "./connect.ts";
export * from "./leases.ts";
export * from "./migrate.ts";
export { mariadbdPath } from "./own/installation.ts";
export * from "./own/keep.ts";
export * from "./own/mariadbd.ts";
export * from "./replicated/index.ts";
export * from "./schema/index.ts";
export { inTransaction } from "./transaction.ts";
