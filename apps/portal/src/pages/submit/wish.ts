import type { ApplicationDetail } from "@sluice/api";
import { requestValues } from "../../parts/application-form/values.ts";
import type { Attempt, FormState } from "./form-state.ts";

const DAY = 86_400;

/** How long a run's files are kept: `usual`, `always`, or so many days. */
export const KEEPS = ["usual", "1", "7", "30", "365", "always"] as const;

export interface Wish {
  readonly application: string;
  readonly version: number;
  readonly cluster?: string;
  readonly name?: string;
  readonly values: Record<string, unknown>;
  readonly keepSeconds?: number | null;
}

/** What a filled form asks for. */
export function wishOf(
  { name: application, version, fields }: ApplicationDetail,
  { values, name, keep, cluster }: Pick<FormState, "values" | "name" | "keep" | "cluster">,
): Wish {
  return {
    ...{ application, version, values: { ...requestValues(fields, values) } },
    ...(cluster === undefined ? {} : { cluster }),
    ...(name.trim() === "" ? {} : { name: name.trim() }),
    ...keepOf(keep),
  };
}

export function keepOf(keep: string): { readonly keepSeconds?: number | null } {
  if (keep === "usual") return {};
  return { keepSeconds: keep === "always" ? null : Number(keep) * DAY };
}

/** The choice that a run was made with, or the nearest. */
export function keepChoice(seconds: number | undefined): string {
  if (seconds === undefined) return "always";
  const days = `${Math.round(seconds / DAY)}`;
  return (KEEPS as readonly string[]).includes(days) ? days : "usual";
}

/** The key of the last try, if that asked for the same, and another one else. */
export function attemptFor(wish: Wish, last: Attempt | undefined, key: () => string): Attempt {
  const text = JSON.stringify(wish);
  return last?.wish === text ? last : { key: key(), wish: text };
}

/**
 * The paths in a form's values that lie among the inputs of another run, and what they will be in a
 * folder of its own.
 */
export function carriedInputs(
  values: Readonly<Record<string, unknown>>,
  earlier: string | undefined,
): readonly { readonly from: string; readonly name: string }[] {
  if (earlier === undefined) return [];
  const start = `${earlier}/inputs/`;
  const paths = Object.values(values).flatMap((value) => (Array.isArray(value) ? value : [value]));
  return [...new Set(paths)].flatMap((path) =>
    typeof path === "string" && path.startsWith(start)
      ? [{ from: path, name: path.slice(start.length) }]
      : [],
  );
}

/** Values in which some paths are others. */
export function withPaths<Value>(
  values: Readonly<Record<string, Value>>,
  paths: ReadonlyMap<string, string>,
): Record<string, Value> {
  const other = (one: unknown): unknown =>
    typeof one === "string" ? (paths.get(one) ?? one) : Array.isArray(one) ? one.map(other) : one;
  return Object.fromEntries(
    Object.entries(values).map(([name, value]) => [name, other(value) as Value]),
  );
}

/** Values without the files of a folder: `inputs/` of a draft, or a path. */
export function withoutPaths<Value>(
  values: Readonly<Record<string, Value>>,
  start: string,
): Record<string, Value> {
  const isGone = (one: unknown): boolean => typeof one === "string" && one.startsWith(start);
  return Object.fromEntries(
    Object.entries(values).flatMap(([name, value]) => {
      if (isGone(value)) return [];
      if (!Array.isArray(value)) return [[name, value]];
      return [[name, value.filter((one) => !isGone(one)) as Value]];
    }),
  );
}
