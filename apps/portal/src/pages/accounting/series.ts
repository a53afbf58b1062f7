import type { UseGroup, UseRow } from "@sluice/api";
import type { Measure } from "./measures.ts";
import type { Grain } from "./spans.ts";

export interface Series {
  /** Of the group; undefined: all that have none of their own. */
  readonly name: string | undefined;
  /** At each place of the axis; undefined where there is nothing to measure. */
  readonly values: readonly (number | undefined)[];
}

/** So many groups have a series of their own; more cannot be told apart. */
export const MOST_SERIES = 6;

/**
 * What a chart shows: the largest groups, in the order of their size, and for what can be added up
 * all others together.
 */
export function seriesOf(
  rows: readonly UseRow[],
  ranked: readonly UseRow[],
  options: {
    readonly group: UseGroup;
    readonly grain: Grain;
    readonly places: readonly string[];
    readonly measure: Measure;
  },
): readonly Series[] {
  const { group, grain, places, measure } = options;
  const own = ranked.slice(0, MOST_SERIES).map((row) => row[group] ?? "");
  const byName = Map.groupBy(rows, (row) => {
    const name = row[group] ?? "";
    return own.includes(name) ? name : undefined;
  });
  const valuesOf = (some: readonly UseRow[]) => {
    const byPlace = Map.groupBy(some, (row) => row[grain] ?? "");
    return places.map((place) => {
      const there = (byPlace.get(place) ?? []).flatMap((row) => measure.of(row) ?? []);
      if (there.length === 0) return measure.isSum ? 0 : undefined;
      return there.reduce((sum, value) => sum + value, 0);
    });
  };
  const named = own.map((name) => ({ name, values: valuesOf(byName.get(name) ?? []) }));
  const others = byName.get(undefined);
  if (others === undefined || !measure.isSum) return named;
  return [...named, { name: undefined, values: valuesOf(others) }];
}
