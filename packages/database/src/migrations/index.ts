import type { Migration } from "kysely";

/** In order, each once, never changed after it was released: a change is another migration. */
export const MIGRATIONS: Readonly<Record<string, Migration>> = {};
