import type { KeyMeta } from "../cluster-file/schema/meta.ts";
import { elementOf, metaOf, shapeOf } from "../cluster-file/schema-tree.ts";

type Schema = Parameters<typeof metaOf>[0];

/**
 * Whether a key that is of interest may stand anywhere in a value of a schema. Worked out once for
 * a schema: large files repeat the same few, and most of them need not be looked into.
 */
export function interestIn(isIt: (meta: Partial<KeyMeta>) => boolean): (schema: Schema) => boolean {
  const known = new WeakMap<Schema, boolean>();
  return function mayHold(schema): boolean {
    const before = known.get(schema);
    if (before !== undefined) return before;
    const element = elementOf(schema);
    const keys = Object.values(shapeOf(schema) ?? {});
    const found =
      element === undefined
        ? keys.some((key) => isIt(metaOf(key)) || mayHold(key))
        : mayHold(element);
    known.set(schema, found);
    return found;
  };
}
