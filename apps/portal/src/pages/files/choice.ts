/** Where one is in a list, and what of it is chosen, as file managers have it. */
export interface Choice {
  /** The row that has the keyboard; -1: none. */
  readonly at: number;
  /** Where a stretch of chosen rows begins. */
  readonly anchor: number;
  readonly names: ReadonlySet<string>;
}

export const NO_CHOICE: Choice = { at: -1, anchor: -1, names: new Set() };

export interface ChoiceList {
  readonly length: number;
  readonly nameAt: (at: number) => string | undefined;
}

/** How a row is gone to: alone, up to it from the anchor, or beside what is chosen. */
export type Manner = "only" | "stretch" | "toggle" | "move";

export function choose(old: Choice, list: ChoiceList, to: number, manner: Manner): Choice {
  if (list.length === 0) return NO_CHOICE;
  const at = Math.max(0, Math.min(list.length - 1, to));
  const name = list.nameAt(at);
  if (name === undefined) return old;
  switch (manner) {
    case "only":
      return { at, anchor: at, names: new Set([name]) };
    case "move":
      return { ...old, at, anchor: at };
    case "toggle": {
      const names = new Set(old.names);
      if (!names.delete(name)) names.add(name);
      return { at, anchor: at, names };
    }
    case "stretch": {
      const anchor = old.anchor === -1 ? at : Math.min(old.anchor, list.length - 1);
      const names = new Set<string>();
      for (let row = Math.min(anchor, at); row <= Math.max(anchor, at); row += 1) {
        const one = list.nameAt(row);
        if (one !== undefined) names.add(one);
      }
      return { at, anchor, names };
    }
    default:
      return manner satisfies never;
  }
}

export function chooseAll(old: Choice, list: ChoiceList): Choice {
  const names = Array.from({ length: list.length }, (_, at) => list.nameAt(at) ?? "");
  return { ...old, names: new Set(names.filter((name) => name !== "")) };
}

/** Leaves what is not there any more. */
export function stillThere(old: Choice, list: ChoiceList): Choice {
  const there = new Set(Array.from({ length: list.length }, (_, at) => list.nameAt(at)));
  const names = new Set([...old.names].filter((name) => there.has(name)));
  const at = Math.min(old.at, list.length - 1);
  return names.size === old.names.size && at === old.at ? old : { ...old, at, names };
}

/** The next row whose name begins so, from the one after `from` on and around. */
export function rowThatBegins(list: ChoiceList, words: string, from: number): number | undefined {
  const wanted = words.toLowerCase();
  for (let step = 0; step < list.length; step += 1) {
    const at = (from + step + list.length) % list.length;
    if (list.nameAt(at)?.toLowerCase().startsWith(wanted) === true) return at;
  }
  return undefined;
}
