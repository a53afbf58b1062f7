import type { Migration } from "kysely/migration";

/** In order, each once, never changed after it was released: a change is another migration. */
export const MIGRATIONS: Readonly<Record<string, Migration>> = {};
