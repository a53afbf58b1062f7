import type { Manner } from "./choice.ts";

/** What a key does in a list of files. */
export type ListCommand =
  | { readonly kind: "go"; readonly to: number; readonly manner: Manner }
  | { readonly kind: "all" }
  | { readonly kind: "none" }
  | { readonly kind: "type"; readonly letter: string }
  | {
      readonly kind: "open" | "up" | "rename" | "remove" | "copy" | "cut" | "paste" | "toggle";
    };

export interface Pressed {
  readonly key: string;
  readonly ctrlKey: boolean;
  readonly metaKey: boolean;
  readonly shiftKey: boolean;
  readonly altKey: boolean;
}

const SIMPLE: Readonly<Record<string, "open" | "up" | "rename" | "remove" | "toggle">> = {
  Enter: "open",
  Backspace: "up",
  F2: "rename",
  Delete: "remove",
  " ": "toggle",
};
const WITH_CONTROL: Readonly<Record<string, "copy" | "cut" | "paste">> = {
  c: "copy",
  x: "cut",
  v: "paste",
};

/**
 * As file managers have it.
 *
 * @param list where one is, how many rows there are, and how many of them are seen.
 */
export function commandOf(
  pressed: Pressed,
  list: { readonly at: number; readonly length: number; readonly page: number },
): ListCommand | undefined {
  const { key, shiftKey, altKey } = pressed;
  const isControl = pressed.ctrlKey || pressed.metaKey;
  const to = goingTo(key, list);
  if (altKey) return key === "ArrowUp" ? { kind: "up" } : undefined;
  if (to !== undefined) {
    return { kind: "go", to, manner: shiftKey ? "stretch" : isControl ? "move" : "only" };
  }
  if (isControl) {
    if (key === "a") return { kind: "all" };
    const command = WITH_CONTROL[key];
    return command === undefined ? undefined : { kind: command };
  }
  if (key === "Escape") return { kind: "none" };
  const command = SIMPLE[key];
  if (command !== undefined) return { kind: command };
  return [...key].length === 1 ? { kind: "type", letter: key } : undefined;
}

function goingTo(
  key: string,
  { at, length, page }: { readonly at: number; readonly length: number; readonly page: number },
): number | undefined {
  switch (key) {
    case "ArrowDown":
      return at + 1;
    case "ArrowUp":
      return Math.max(0, at - 1);
    case "PageDown":
      return at + page;
    case "PageUp":
      return at - page;
    case "Home":
      return 0;
    case "End":
      return length - 1;
    default:
      return undefined;
  }
}
