/** Whether something answers, as the last answers said. */
export interface Sight {
  readonly isUp: () => boolean;
  readonly note: (isUp: boolean) => void;
  /** Told with each change; returns what ends that. */
  readonly subscribe: (listener: () => void) => () => void;
}

export function createSight(): Sight {
  const listeners = new Set<() => void>();
  let isUp = true;
  return {
    isUp: () => isUp,
    note(now) {
      if (isUp === now) return;
      isUp = now;
      for (const tell of listeners) tell();
    },
    subscribe(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
}
