import type { z } from "zod";
import type { Path } from "./problem.ts";
import { valueAt } from "./schema-problems.ts";

const BOOLEANS: ReadonlyMap<string, boolean> = new Map([
  ["true", true],
  ["yes", true],
  ["y", true],
  ["on", true],
  ["1", true],
  ["false", false],
  ["no", false],
  ["n", false],
  ["off", false],
  ["0", false],
]);

/**
 * ParallelCluster reads YAML 1.1 and takes numbers and booleans in quotes, so its files may say
 * `Enabled: yes` or `MaxCount: "10"`. Where the schema wants such a type and the text says it, the
 * value is replaced in place; true when there was one.
 */
export function acceptLenientValues(value: unknown, issues: readonly z.core.$ZodIssue[]): boolean {
  let changed = false;
  for (const issue of issues) {
    if (issue.code !== "invalid_type") continue;
    const path: Path = issue.path.map((step) => (typeof step === "number" ? step : String(step)));
    const better = lenient(issue.expected, valueAt(value, path));
    const parent = valueAt(value, path.slice(0, -1));
    const last = path.at(-1);
    if (better === undefined || last === undefined) continue;
    (parent as Record<string | number, unknown>)[last] = better;
    changed = true;
  }
  return changed;
}

function lenient(expected: string, value: unknown): boolean | number | undefined {
  if (expected === "boolean" && (typeof value === "string" || typeof value === "number")) {
    return BOOLEANS.get(String(value).toLowerCase());
  }
  const isNumber = typeof value === "string" && /^[+-]?\d{1,15}(\.\d{1,15})?$/.test(value.trim());
  return isNumber && (expected === "number" || expected === "int") ? Number(value) : undefined;
}
