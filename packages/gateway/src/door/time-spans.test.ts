import { expect, it } from "vitest";
import { nextSpan, type Span } from "./time-spans.ts";

const at = (text: string): Date => new Date(`2026-${text}Z`);

function spans(from: Date, to: Date, jobs: (span: Span) => number): readonly Span[] {
  const all: Span[] = [];
  for (let span = nextSpan(undefined, from, to); span !== undefined; ) {
    all.push(span);
    span = nextSpan({ ...span, jobs: jobs(span) }, from, to);
  }
  return all;
}

it("has every second once, and ends", () => {
  const [from, to] = [at("01-01T00:00:00"), at("03-01T12:34:56")];
  for (const jobs of [0, 3000, 100_000]) {
    const all = spans(from, jobs === 100_000 ? at("01-01T06:00:00") : to, () => jobs);
    expect(all[0]?.since).toEqual(from);
    for (const [i, span] of all.entries()) {
      const before = all[i - 1];
      if (before !== undefined) expect(span.since.getTime()).toBe(before.until.getTime() + 1000);
      expect(span.until.getTime()).toBeGreaterThanOrEqual(span.since.getTime());
    }
  }
  expect(spans(from, to, () => 0).at(-1)?.until).toEqual(to);
});

it("is longer where there is little, and shorter where there is much", () => {
  const lengths = (jobs: number): readonly number[] =>
    spans(at("01-01T00:00:00"), at("01-20T00:00:00"), () => jobs)
      .slice(0, 3)
      .map(({ since, until }) => (until.getTime() - since.getTime()) / 1000 + 1);
  expect(lengths(0)).toEqual([3600, 7200, 14_400]);
  expect(lengths(3000)).toEqual([3600, 3600, 3600]);
  expect(lengths(9000)).toEqual([3600, 1800, 900]);
});

it("is one second at least, and none when the end is before the beginning", () => {
  const now = at("01-01T00:00:00");
  expect(spans(now, now, () => 100_000)).toEqual([{ since: now, until: now }]);
  expect(nextSpan(undefined, now, new Date(0))).toBe(undefined);
});
