import type { z } from "zod";
import type { Path } from "../problem.ts";
import { clusterSchema } from "../schema/cluster.ts";
import { childOf, shapeOf } from "../schema-tree.ts";
import {
  type BlockStyle,
  blockLines,
  commentLines,
  commentsByPath,
  isCollection,
  isEmpty,
} from "./block-text.ts";

export interface PrintOptions {
  /** Each stands on lines of its own above its key or entry; that of the empty path at the top. */
  readonly comments?: readonly { readonly path: Path; readonly text: string }[];
}

const STYLE: BlockStyle = { step: 2, dash: 2, quote: "double" };

/**
 * A cluster file, from plain data in the file's own form. Keys are in the schema's order and
 * strings in quotes where YAML 1.1 or 1.2 would read something else; there are no anchors. Reading
 * it gives the same data again; keys that are `undefined` are left out.
 */
export function printClusterFile(tree: unknown, { comments = [] }: PrintOptions = {}): string {
  const ordered = inSchemaOrder(tree, clusterSchema);
  const commentAt = commentsByPath(comments);
  const head = commentLines(commentAt([]));
  if (!isCollection(ordered) || Array.isArray(ordered) || isEmpty(ordered)) {
    return linesText([...head, ...blockLines(ordered, STYLE, commentAt)]);
  }
  const lines = Object.entries(ordered).flatMap(([key, value], index) => {
    const isSection = isCollection(value) && !isEmpty(value);
    const section = sectionLines(key, value, commentAt);
    return isSection && (index > 0 || head.length > 0) ? ["", ...section] : section;
  });
  return linesText([...head, ...lines]);
}

function sectionLines(
  key: string,
  value: unknown,
  commentAt: ReturnType<typeof commentsByPath>,
): string[] {
  return value === undefined ? [] : blockLines({ [key]: value }, STYLE, commentAt);
}

function linesText(lines: readonly string[]): string {
  return lines.map((line) => `${line}\n`).join("");
}

/** Keys that the schema does not know come last, in their own order. */
function inSchemaOrder(value: unknown, schema: z.core.$ZodType | undefined): unknown {
  if (!isCollection(value)) return value;
  if (Array.isArray(value)) {
    const element = schema && childOf(schema, 0);
    return value.map((item: unknown) => inSchemaOrder(item, element));
  }
  const shape = (schema && shapeOf(schema)) ?? {};
  const known = Object.keys(shape).filter((key) => Object.hasOwn(value, key));
  const others = Object.keys(value).filter((key) => !Object.hasOwn(shape, key));
  return Object.fromEntries(
    [...known, ...others].map((key) => [
      key,
      inSchemaOrder((value as Record<string, unknown>)[key], schema && childOf(schema, key)),
    ]),
  );
}
