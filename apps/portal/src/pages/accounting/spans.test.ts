import { expect, it } from "vitest";
import { grainOf, isSpan, places, spanOf } from "./spans.ts";

const none = { from: "", to: "" };
const today = "2026-11-21";

it("knows the spans by name, as they are today", () => {
  expect(spanOf("7d", none, today)).toEqual({ from: "2026-11-15", to: today });
  expect(spanOf("month", none, today)).toEqual({ from: "2026-11-01", to: today });
  expect(spanOf("last-month", none, today)).toEqual({ from: "2026-10-01", to: "2026-10-31" });
  expect(spanOf("last-month", none, "2026-01-31")).toEqual({
    from: "2025-12-01",
    to: "2025-12-31",
  });
  expect(spanOf("12m", none, today)).toEqual({ from: "2025-12-01", to: today });
});

it("takes one's own span, and the usual one where that is none", () => {
  const own = { from: "2026-02-28", to: "2026-03-01" };
  expect(spanOf("custom", own, today)).toEqual(own);
  for (const wrong of [none, { from: own.to, to: own.from }, { from: "2026-13-01", to: today }]) {
    expect(isSpan(wrong)).toBe(false);
    expect(spanOf("custom", wrong, today)).toEqual(spanOf("30d", none, today));
  }
});

it("has a place for each day, week or month, also where nothing was used", () => {
  const span = { from: "2026-02-27", to: "2026-03-02" };
  expect(places(span, "day")).toEqual(["2026-02-27", "2026-02-28", "2026-03-01", "2026-03-02"]);
  expect(places(span, "week")).toEqual(["2026-02-23", "2026-03-02"]);
  expect(places(span, "month")).toEqual(["2026-02", "2026-03"]);
  expect(grainOf(spanOf("30d", none, today))).toBe("day");
  expect(grainOf(spanOf("90d", none, today))).toBe("week");
  expect(grainOf(spanOf("12m", none, today))).toBe("month");
});
