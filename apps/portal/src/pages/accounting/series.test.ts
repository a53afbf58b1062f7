import type { UseRow } from "@sluice/api";
import { expect, it } from "vitest";
import { MEASURES } from "./measures.ts";
import { seriesOf } from "./series.ts";

const row = (user: string, day: string, hours: number, cpuEfficiency?: number) =>
  ({ user, day, cpuSeconds: hours * 3600, cpuEfficiency }) as unknown as UseRow;
const places = ["2026-11-20", "2026-11-21"];
const shared = { group: "user", grain: "day", places } as const;
const names = ["a", "b", "c", "d", "e", "f", "g", "h"];
const ranked = names.map((name) => row(name, "", 1));

it("has a series for each of the largest, and one for all others together", () => {
  const rows = names.flatMap((name, index) =>
    places.map((day) => row(name, day, day === places[0] ? index : 10)),
  );
  const series = seriesOf(rows, ranked, { ...shared, measure: MEASURES.cpu });
  expect(series.map(({ name }) => name)).toEqual(["a", "b", "c", "d", "e", "f", undefined]);
  expect(series[1]?.values).toEqual([1, 10]);
  expect(series.at(-1)?.values).toEqual([6 + 7, 20]);
});

it("adds nothing up that can't be, and leaves gaps where nothing was measured", () => {
  const rows = [row("a", "2026-11-21", 1, 0.5), row("h", "2026-11-21", 1, 0.9)];
  const series = seriesOf(rows, ranked, { ...shared, measure: MEASURES.cpuEfficiency });
  expect(series).toHaveLength(6);
  expect(series[0]?.values).toEqual([undefined, 0.5]);
  expect(seriesOf(rows, ranked, { ...shared, measure: MEASURES.cpu })[0]?.values).toEqual([0, 1]);
});
