import type { z } from "zod";
import type { ClusterConfig } from "../cluster-file/config.ts";
import { childOf } from "../cluster-file/schema-tree.ts";
import type { ChangePlan } from "./contract.ts";
import {
  type Entries,
  layoutOf,
  type Pair,
  placeOfEntry,
  placeOfMember,
  placeOfOrder,
  ROOT,
  type Section,
} from "./structure.ts";

/** The paths of a plan's changes: all of them, and those that are applied. */
interface Stage {
  readonly all: ReadonlySet<string>;
  readonly applied: ReadonlySet<string>;
}

/**
 * `before` with just those changes of `plan` applied whose path is in `applied`. With none it is
 * `before`, with all it is `after`. What nothing was applied to is shared with `before`.
 *
 * A stage is a cluster that works when changes are applied as the plan orders them: first those
 * that are live, then each one whose nodes are off, then those for which the fleet is stopped.
 */
export function stagedConfig(
  before: ClusterConfig,
  after: ClusterConfig,
  plan: Pick<ChangePlan, "changes">,
  applied: ReadonlySet<string>,
): ClusterConfig {
  const all = new Set(plan.changes.map(({ path }) => path));
  const left = [...all].filter((path) => !applied.has(path)).length;
  // The files may differ in what says the same in two ways, which no change is about.
  if (left === 0) return after;
  if (left === all.size) return before;
  // Walked along the schema that both files went through.
  return staged(ROOT, { from: before, to: after }, "", { all, applied }) as ClusterConfig;
}

function staged(schema: z.core.$ZodType, pair: Pair, path: string, stage: Stage): unknown {
  if (pair.from === pair.to) return pair.from;
  if (stage.all.has(path)) return stage.applied.has(path) ? pair.to : pair.from;
  const layout = layoutOf(schema, pair);
  switch (layout.is) {
    case "section":
      return pick(pair.from, layout.pair.from, stagedSection(schema, layout, path, stage));
    case "list": {
      const entries = stagedEntries(layout.element, layout.pair, path, stage);
      return pick(pair.from, [...layout.pair.from.values()], entries);
    }
    case "value":
      return pair.from;
    default:
      return layout satisfies never;
  }
}

/** The original when nothing below it is another value. */
function pick<T extends object>(original: unknown, parts: T, result: T): unknown {
  const before: readonly unknown[] = Object.values(parts);
  const after: readonly unknown[] = Object.values(result);
  const isSame =
    before.length === after.length && before.every((part, index) => part === after[index]);
  return isSame ? original : result;
}

function stagedSection(
  schema: z.core.$ZodType,
  { pair, members }: Extract<ReturnType<typeof layoutOf>, { is: "section" }>,
  path: string,
  stage: Stage,
): Section {
  const result: Record<string, unknown> = { ...pair.from };
  for (const member of members) {
    const place = placeOfMember(path, member);
    for (const key of member.keys) {
      const child = childOf(schema, key);
      if (child === undefined) continue;
      const value = staged(child, { from: pair.from[key], to: pair.to[key] }, place, stage);
      if (value === undefined) delete result[key];
      else result[key] = value;
    }
  }
  return result;
}

/**
 * In the new order when that is applied or is no change, what is still to be removed at the end.
 * In the old one before that, what is added already at the end.
 */
function stagedEntries(
  element: z.core.$ZodType,
  { from, to }: Pair<Entries>,
  path: string,
  stage: Stage,
): readonly unknown[] {
  const order = placeOfOrder(path);
  const isNewOrder = !stage.all.has(order) || stage.applied.has(order);
  const [first, second] = isNewOrder ? [to, from] : [from, to];
  const names = new Set([...first.keys(), ...second.keys()]);
  return [...names].flatMap((name) => {
    const pair = { from: from.get(name), to: to.get(name) };
    const entry = staged(element, pair, placeOfEntry(path, name), stage);
    return entry === undefined ? [] : [entry];
  });
}
