import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { DAY_MS, dayOf, daysAfter, daysBetween, secondsByDay, weekOf } from "./days.ts";
import { dueDays } from "./due-days.ts";

it("splits a time over its days without losing a second", () => {
  const moment = fc.integer({ min: 0, max: 40 * DAY_MS });
  fc.assert(
    fc.property(moment, moment, (one, other) => {
      const [from, to] = [new Date(Math.min(one, other)), new Date(Math.max(one, other))];
      const split = secondsByDay(from, to);
      const sum = [...split.values()].reduce((all, seconds) => all + seconds, 0);
      expect(sum).toBeCloseTo((to.getTime() - from.getTime()) / 1000, 3);
      for (const seconds of split.values()) expect(seconds).toBeLessThanOrEqual(86_400);
      for (const day of split.keys()) expect(daysBetween(dayOf(from), dayOf(to))).toContain(day);
    }),
  );
});

it("knows the Monday of a day", () => {
  expect(weekOf("2026-11-22")).toBe("2026-11-16");
  expect(weekOf("2026-11-23")).toBe("2026-11-23");
  expect(weekOf("2027-01-01")).toBe("2026-12-28");
});

describe("days that are due", () => {
  const now = new Date("2026-11-21T12:00:00Z");
  const usual = { now, first: "2026-11-01", isExpected: false, took: 100 };
  const made = (entries: Readonly<Record<string, readonly [string, boolean]>>) =>
    new Map(
      Object.entries(entries).map(([day, [at, isClosed]]) => [
        day,
        { madeAt: new Date(at), isClosed },
      ]),
    );
  const allBut = (days: Readonly<Record<string, readonly [string, boolean]>>) =>
    new Map([
      ...daysBetween("2026-11-01", "2026-11-21").map(
        (day) => [day, { madeAt: now, isClosed: true }] as const,
      ),
      ...made(days),
    ]);

  it("are at first the newest seven", () => {
    expect(dueDays({ ...usual, made: new Map() })).toEqual(daysBetween("2026-11-15", "2026-11-21"));
    expect(dueDays({ ...usual, first: "2026-11-20", made: new Map() })).toHaveLength(2);
  });

  it("are today's soon after an end, and otherwise now and then", () => {
    const known = allBut({ "2026-11-21": ["2026-11-21T11:59:00Z", false] });
    expect(dueDays({ ...usual, made: known })).toEqual([]);
    expect(dueDays({ ...usual, made: known, isExpected: true })).toEqual(["2026-11-21"]);
    // A read that takes ten seconds is not made again after one minute.
    expect(dueDays({ ...usual, made: known, isExpected: true, took: 10_000 })).toEqual([]);
    const old = allBut({ "2026-11-21": ["2026-11-21T11:49:00Z", false] });
    expect(dueDays({ ...usual, made: old })).toEqual(["2026-11-21"]);
  });

  it("are those that are over, ever more seldom, and never closed ones", () => {
    const of = (day: string, at: string) =>
      dueDays({ ...usual, made: allBut({ [day]: [at, false] }) });
    // Last read while it was not over.
    expect(of("2026-11-20", "2026-11-20T23:59:00Z")).toEqual(["2026-11-20"]);
    expect(of("2026-11-20", "2026-11-21T09:00:00Z")).toEqual([]);
    expect(of("2026-11-20", "2026-11-21T07:00:00Z")).toEqual(["2026-11-20"]);
    expect(of("2026-11-10", "2026-11-21T11:00:00Z")).toEqual([]);
    expect(dueDays({ ...usual, made: allBut({}) })).toEqual([]);
  });

  it("stand together: a closed day ends the span", () => {
    const days = allBut({});
    for (const day of ["2026-11-03", "2026-11-04", "2026-11-06"]) days.delete(day);
    expect(dueDays({ ...usual, made: days })).toEqual(["2026-11-06"]);
    days.set("2026-11-06", { madeAt: now, isClosed: true });
    expect(dueDays({ ...usual, made: days })).toEqual(["2026-11-03", "2026-11-04"]);
    expect(daysAfter("2026-11-03", 1)).toBe("2026-11-04");
  });
});
