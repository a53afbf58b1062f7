import { describe, expect, it } from "vitest";
import { FILTER_DEFAULTS, filtersOf, queryOf, timeOf, tokensOf } from "./filters.ts";
import { sortedBy } from "./sort.ts";
import { groupTotals } from "./state-groups.ts";

const NOW = Date.parse("2026-01-10T12:03:04Z");
const newest = { sort: "submitTime", isDescending: true } as const;

describe("what the jobs page is asked for", () => {
  it("goes from the address to tokens and back", () => {
    const filters = {
      ...FILTER_DEFAULTS,
      cluster: "one,two",
      state: "FAILED,TIMEOUT",
      array: "12",
      submittedAfter: "24h",
      endedBefore: "2026-01-09",
    };
    const tokens = tokensOf(filters);
    expect(tokens).toContainEqual({ propertyKey: "cluster", operator: "=", value: "two" });
    expect(tokens).toContainEqual({ propertyKey: "ended", operator: "<", value: "2026-01-09" });
    expect({ ...FILTER_DEFAULTS, ...filtersOf(tokens) }).toEqual(filters);
  });

  it("takes a value once, the last of what can be one only, and none that can't be", () => {
    const token = (propertyKey: string, value: string, operator = "=") => ({
      ...{ propertyKey, operator, value },
    });
    const filters = filtersOf([
      token("user", "ada"),
      token("user", "ben"),
      token("user", "ada"),
      token("name", "a"),
      token("name", "b"),
      token("array", "x"),
      token("submitted", "yesterday", ">="),
      token("unheard", "of"),
    ]);
    expect(filters).toMatchObject({ user: "ada,ben", name: "b", array: "", submittedAfter: "" });
  });

  it("is a question to the server with nothing in it that was not asked", () => {
    const filters = { ...FILTER_DEFAULTS, text: " mesh ", show: "waiting", queue: "burst,cpu" };
    expect(queryOf(filters, newest, NOW)).toEqual({
      text: "mesh",
      state: expect.arrayContaining(["PENDING", "CONFIGURING"]),
      partition: ["burst", "cpu"],
      sort: "submitTime",
      order: "descending",
    });
    expect(queryOf({ ...FILTER_DEFAULTS, show: "toString" }, newest, NOW).state).toBeUndefined();
  });

  it("has the same question for some minutes", () => {
    const filters = { ...FILTER_DEFAULTS, submittedAfter: "24h" };
    const at = (now: number) => queryOf(filters, newest, now).submittedAfter;
    expect(at(NOW)).toBe("2026-01-09T12:00:00.000Z");
    expect(at(NOW + 60_000)).toBe(at(NOW));
  });

  it("knows days, minutes and times from now", () => {
    expect(timeOf("7d", NOW)?.toISOString()).toBe("2026-01-03T12:00:00.000Z");
    expect(timeOf("2026-01-09 10:30", NOW)?.getMinutes()).toBe(30);
    for (const no of ["", "soon", "2026-13-40", "7 d", "-1d"])
      expect(timeOf(no, NOW)).toBeUndefined();
  });
});

it("an order that is none is the usual one", () => {
  expect(sortedBy({ sort: "cpus", order: "ascending" })).toEqual({
    ...{ sort: "cpus", isDescending: false },
  });
  expect(sortedBy({ sort: "colour", order: "ascending" })).toEqual(newest);
});

it("groups the totals of states", () => {
  expect(groupTotals({ RUNNING: 2, COMPLETING: 1, TIMEOUT: 4, FAILED: 1, STRANGE: 9 })).toEqual({
    ...{ running: 3, waiting: 0, completed: 0, failed: 5, cancelled: 0 },
  });
});
