import { useState } from "react";

/** A terminal that this window shows. */
export interface ShownTerminal {
  readonly cluster: string;
  readonly id: string;
  /** Counted in this window, for its name. */
  readonly number: number;
}

const KEY = "sluice.terminals";

function read(): readonly ShownTerminal[] {
  try {
    return JSON.parse(sessionStorage.getItem(KEY) ?? "[]") as readonly ShownTerminal[];
  } catch {
    return [];
  }
}

export interface ShownTerminals {
  readonly all: readonly ShownTerminal[];
  readonly add: (terminal: Omit<ShownTerminal, "number">) => void;
  readonly remove: (id: string) => void;
}

/** They outlive the page, but not the window. */
export function useShownTerminals(): ShownTerminals {
  const [all, set] = useState(read);
  const change = (make: (before: readonly ShownTerminal[]) => readonly ShownTerminal[]): void =>
    set((before) => {
      const after = make(before);
      try {
        sessionStorage.setItem(KEY, JSON.stringify(after));
      } catch {
        // They are then forgotten with the page.
      }
      return after;
    });
  return {
    all,
    add: (terminal) =>
      change((before) => [
        ...before.filter(({ id }) => id !== terminal.id),
        { ...terminal, number: Math.max(0, ...before.map(({ number }) => number)) + 1 },
      ]),
    remove: (id) => change((before) => before.filter((one) => one.id !== id)),
  };
}
