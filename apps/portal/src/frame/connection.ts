import { useSyncExternalStore } from "react";
import { createSight } from "./sight.ts";

/**
 * Whether the server can be reached, as the last requests found. Whoever reads goes on showing what
 * it has; when the server is back, everything is read again.
 */
export interface Connection {
  readonly isUp: boolean;
  /** Told with each change. */
  readonly subscribe: (listener: () => void) => () => void;
  /** `fetch`, noting how it goes; throws for the answer of a proxy whose server is away. */
  readonly fetch: typeof fetch;
}

export function createConnection(
  ask: typeof fetch = globalThis.fetch.bind(globalThis),
): Connection {
  const { isUp, note, subscribe } = createSight();
  return {
    get isUp() {
      return isUp();
    },
    subscribe,
    async fetch(input, init) {
      try {
        const response = await ask(input, init);
        if (isOfProxy(response)) throw new TypeError(`no server, status ${response.status}`);
        note(true);
        return response;
      } catch (error) {
        if (init?.signal?.aborted !== true) note(false);
        throw error;
      }
    },
  };
}

/** A proxy whose server is away answers for it, and not in our words. */
function isOfProxy({ status, headers }: Response): boolean {
  if (status === 502 || status === 504) return true;
  return status === 503 && !/json/.test(headers.get("content-type") ?? "");
}

export const connection = createConnection();

export function useIsConnected(): boolean {
  return useSyncExternalStore(connection.subscribe, () => connection.isUp);
}
