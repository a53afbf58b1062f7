import { useSyncExternalStore } from "react";

/**
 * Whether the server can be reached, as the last requests found. Whoever reads goes on showing what
 * it has; when the server is back, everything is read again.
 */
export interface Connection {
  readonly isUp: boolean;
  /** Told with each change. */
  readonly subscribe: (listener: () => void) => () => void;
  /** `fetch`, noting how it goes. */
  readonly fetch: typeof fetch;
}

export function createConnection(
  ask: typeof fetch = globalThis.fetch.bind(globalThis),
): Connection {
  const listeners = new Set<() => void>();
  let isUp = true;
  const note = (up: boolean): void => {
    if (isUp === up) return;
    isUp = up;
    for (const tell of listeners) tell();
  };
  return {
    get isUp() {
      return isUp;
    },
    subscribe(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    async fetch(input, init) {
      try {
        const response = await ask(input, init);
        // A proxy whose server is away answers for it.
        note(response.status !== 502 && response.status !== 504);
        return response;
      } catch (error) {
        if (init?.signal?.aborted !== true) note(false);
        throw error;
      }
    },
  };
}

export const connection = createConnection();

export function useIsConnected(): boolean {
  return useSyncExternalStore(connection.subscribe, () => connection.isUp);
}
