import { useSyncExternalStore } from "react";
import { connection } from "./connection.ts";
import { createSight } from "./sight.ts";

/** The server's word for a database that is away. */
export const DATABASE_AWAY = "DATABASE_UNREACHABLE";

/** Whether the server's database answers, as the last answers said. */
export interface DatabaseWatch {
  readonly isUp: boolean;
  /** Told with each change. */
  readonly subscribe: (listener: () => void) => () => void;
  /** `fetch`, noting what it says of the database. */
  readonly fetch: typeof fetch;
  /** Somebody was answered without what it has. */
  readonly missed: () => void;
  /** Asks whether it is back, and notes that. */
  readonly probe: () => Promise<void>;
}

export function createDatabaseWatch(ask: typeof fetch): DatabaseWatch {
  const { isUp, note, subscribe } = createSight();
  return {
    get isUp() {
      return isUp();
    },
    subscribe,
    async fetch(input, init) {
      const response = await ask(input, init);
      if (response.status === 503) {
        const { code } = await documentOf(response.clone());
        if (code === DATABASE_AWAY) note(false);
      }
      return response;
    },
    missed: () => note(false),
    async probe() {
      try {
        const { database } = await documentOf(await ask("/health/ready"));
        if (database === "ok") note(true);
      } catch {
        // That the server is away is told elsewhere.
      }
    },
  };
}

/** Nothing of what is no document. */
async function documentOf(response: Response): Promise<Readonly<Record<string, unknown>>> {
  const document: unknown = await response.json().catch(() => null);
  return typeof document === "object" && document !== null ? { ...document } : {};
}

export const database = createDatabaseWatch(connection.fetch);

export function useIsDatabaseUp(): boolean {
  return useSyncExternalStore(database.subscribe, () => database.isUp);
}
