import type { Path } from "./problem.ts";
import type { ClusterFile } from "./schema/cluster.ts";

/**
 * A file as it was written, with `null` in place of every value that the schema refused and
 * `undefined` where nothing was written. Checks run on this, so that they find what they can in a
 * file that has other mistakes and never complain about the same one again.
 */
export type Draft<T> = T extends readonly (infer E)[]
  ? readonly Draft<E>[] | null
  : T extends object
    ? { readonly [K in keyof T]?: Draft<T[K]> | undefined } | null
    : T | null;

export type DraftFile = NonNullable<Draft<ClusterFile>>;

interface Refused {
  self: boolean;
  readonly below: Map<string | number, Refused>;
}

/** @param refused paths of values that the schema refused; unknown keys among them. */
export function draftOf<T = ClusterFile>(
  value: unknown,
  refused: readonly Path[],
): NonNullable<Draft<T>> {
  const root: Refused = { self: false, below: new Map() };
  for (const path of refused) {
    let current = root;
    for (const step of path) {
      let next = current.below.get(step);
      if (next === undefined) {
        next = { self: false, below: new Map() };
        current.below.set(step, next);
      }
      current = next;
    }
    current.self = true;
  }
  // What the schema accepts has this type, and the rest was just taken out.
  return (copy(value, root) ?? {}) as NonNullable<Draft<T>>;
}

function copy(value: unknown, refused: Refused | undefined): unknown {
  if (refused?.self) return null;
  if (Array.isArray(value))
    return value.map((item, index) => copy(item, refused?.below.get(index)));
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, child]) => [key, copy(child, refused?.below.get(key))]),
  );
}

/** The entries of a list that could be read, with their index in the file. */
export function entriesOf<E>(
  list: readonly (E | null)[] | null | undefined,
): { readonly index: number; readonly item: E }[] {
  return (list ?? []).flatMap((item, index) => (item === null ? [] : [{ index, item }]));
}
