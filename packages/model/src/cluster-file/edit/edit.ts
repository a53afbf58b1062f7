import type { Path } from "../problem.ts";

/**
 * One change of a cluster file's text. Paths are those of the file before this edit and after the
 * ones that were given before it.
 *
 * - `set`: gives a key, or an entry of a list, this value; what is missing above it is made. Where
 *   there is a section or a list already, only what differs is touched. `after` names the key
 *   beside it that a new key is put behind; it comes last otherwise.
 * - `insert`: a new entry of a list, before the one at `path`, whose last step is the index.
 * - `append`: a new last entry of the list at `path`, which is made when it is missing.
 * - `remove`: a key or an entry, with what is below it; nothing when it is not there. A section or
 *   list that has nothing left stays as `{}` or `[]`.
 *
 * A comment is put on lines of its own above what is set or added. Values are plain data.
 */
export type Edit =
  | {
      readonly kind: "set";
      readonly path: Path;
      readonly value: unknown;
      readonly after?: string;
      readonly comment?: string;
    }
  | {
      readonly kind: "insert" | "append";
      readonly path: Path;
      readonly value: unknown;
      readonly comment?: string;
    }
  | { readonly kind: "remove"; readonly path: Path };

/** The smallest changes of a tree, and of a text that says it. */
export type Operation =
  /** A comment above what is at `path`. */
  | { readonly kind: "comment"; readonly path: Path; readonly comment: string }
  | {
      readonly kind: "replace";
      readonly path: Path;
      readonly value: unknown;
      /** Above the first entry of the new value. */
      readonly comment?: string;
    }
  | {
      readonly kind: "add";
      /** Of the new key. */
      readonly path: Path;
      readonly value: unknown;
      readonly after?: string;
      readonly comment?: string;
    }
  | {
      readonly kind: "insert";
      /** Of the entry that is put at its last step, which may be the length of the list. */
      readonly path: Path;
      readonly value: unknown;
      readonly comment?: string;
    }
  | { readonly kind: "remove"; readonly path: Path };
