import { expect, test } from "vitest";
import type { WarmPolicy, WarmWindow } from "../policy.ts";
import { nextEdge, scheduledCount, windowHolds } from "./warm-window.ts";

const WEEKDAYS = [1, 2, 3, 4, 5];
const window = (more: Partial<WarmWindow> = {}): WarmWindow => ({
  days: WEEKDAYS,
  fromMinute: 8 * 60,
  untilMinute: 18 * 60,
  timeZone: "UTC",
  count: 5,
  ...more,
});
const at = (text: string) => new Date(text);

test("a window holds from its first minute up to and without its last, on its days", () => {
  // 2030-01-07 is a Monday, 2030-01-05 a Saturday.
  expect(windowHolds(window(), at("2030-01-07T07:59:59Z"))).toBe(false);
  expect(windowHolds(window(), at("2030-01-07T08:00:00Z"))).toBe(true);
  expect(windowHolds(window(), at("2030-01-07T17:59:59Z"))).toBe(true);
  expect(windowHolds(window(), at("2030-01-07T18:00:00Z"))).toBe(false);
  expect(windowHolds(window(), at("2030-01-05T12:00:00Z"))).toBe(false);
});

test("one that ends before it begins goes on past midnight, into the day after its last", () => {
  const night = window({ fromMinute: 22 * 60, untilMinute: 6 * 60 });
  expect(windowHolds(night, at("2030-01-11T23:00:00Z"))).toBe(true);
  expect(windowHolds(night, at("2030-01-12T05:59:00Z"))).toBe(true);
  expect(windowHolds(night, at("2030-01-12T23:00:00Z"))).toBe(false);
  expect(windowHolds(night, at("2030-01-07T05:00:00Z"))).toBe(false);
  const midnight = window({ fromMinute: 22 * 60, untilMinute: 24 * 60 });
  expect(windowHolds(midnight, at("2030-01-07T23:59:00Z"))).toBe(true);
  expect(windowHolds(midnight, at("2030-01-08T00:00:00Z"))).toBe(false);
});

test("the clocks on the wall count, in summer and in winter", () => {
  const berlin = window({ timeZone: "Europe/Berlin", days: [0, 1, 2, 3, 4, 5, 6] });
  expect(windowHolds(berlin, at("2030-01-07T07:00:00Z"))).toBe(true);
  expect(windowHolds(berlin, at("2030-01-07T06:59:00Z"))).toBe(false);
  expect(windowHolds(berlin, at("2030-07-08T06:00:00Z"))).toBe(true);
  expect(windowHolds(berlin, at("2030-07-08T05:59:00Z"))).toBe(false);
  // The clocks go from 02:00 to 03:00 on 31 March: what lies between does not come.
  const early = window({ ...berlin, fromMinute: 2 * 60, untilMinute: 3 * 60 });
  expect(windowHolds(early, at("2030-03-31T00:59:59Z"))).toBe(false);
  expect(windowHolds(early, at("2030-03-31T01:00:00Z"))).toBe(false);
  expect(windowHolds(window({ timeZone: "Asia/Kolkata" }), at("2030-01-07T02:30:00Z"))).toBe(true);
});

test("the next edge is a beginning or an end, and never the moment that is now", () => {
  expect(nextEdge(window(), at("2030-01-07T07:30:20Z"))).toEqual(at("2030-01-07T08:00:00Z"));
  expect(nextEdge(window(), at("2030-01-07T08:00:00Z"))).toEqual(at("2030-01-07T18:00:00Z"));
  expect(nextEdge(window(), at("2030-01-07T17:59:59.999Z"))).toEqual(at("2030-01-07T18:00:00Z"));
  expect(nextEdge(window(), at("2030-01-07T18:00:00Z"))).toEqual(at("2030-01-08T08:00:00Z"));
  const always = window({ fromMinute: 0, untilMinute: 24 * 60 });
  expect(nextEdge(always, at("2030-01-07T00:00:00Z"))).toEqual(at("2030-01-08T00:00:00Z"));
});

test("the largest window that holds replaces the count, also with less", () => {
  const policy: WarmPolicy = {
    count: 2,
    windows: [window({ count: 1 }), window({ fromMinute: 12 * 60, count: 6 })],
    demandShare: 0,
    demandMinutes: 60,
    stopped: 0,
  };
  expect(scheduledCount(policy, at("2030-01-07T07:00:00Z"))).toBe(2);
  expect(scheduledCount(policy, at("2030-01-07T09:00:00Z"))).toBe(1);
  expect(scheduledCount(policy, at("2030-01-07T13:00:00Z"))).toBe(6);
});
