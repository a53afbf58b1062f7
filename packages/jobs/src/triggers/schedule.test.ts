import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { cronOf, dueTimes } from "./schedule.ts";
import type { ScheduleSource } from "./source.ts";

const EVERY_HOUR: ScheduleSource = {
  kind: "schedule",
  cron: "0 * * * *",
  timeZone: "UTC",
  missed: "last",
};
const at = (text: string) => new Date(`2030-01-01T${text}Z`);
const hours = (source: ScheduleSource, after: string, now: string) =>
  dueTimes(source, { after: at(after), now: at(now) }).happenings.map(({ identity }) =>
    identity.slice(11, 16),
  );

describe("a schedule", () => {
  it("comes at its times, and not before", () => {
    expect(hours(EVERY_HOUR, "00:00:00", "00:59:59")).toEqual([]);
    expect(hours(EVERY_HOUR, "00:00:00", "01:00:00")).toEqual(["01:00"]);
    const { next } = dueTimes(EVERY_HOUR, { after: at("00:00:00"), now: at("01:00:00") });
    expect(next).toEqual(at("02:00:00"));
  });

  it.each([
    ["none", []],
    ["last", ["05:00"]],
    ["all", ["01:00", "02:00", "03:00", "04:00", "05:00"]],
  ] as const)("makes up for %s of what was missed", (missed, made) => {
    expect(hours({ ...EVERY_HOUR, missed }, "00:00:00", "05:30:00")).toEqual(made);
  });

  it("does not make up for the last when its next time is now", () => {
    expect(hours(EVERY_HOUR, "00:00:00", "05:00:10")).toEqual(["05:00"]);
  });

  it("keeps to the clocks of its zone when they are put forward", () => {
    const source = { ...EVERY_HOUR, cron: "30 2 * * *", timeZone: "Europe/Berlin", missed: "all" };
    const { happenings } = dueTimes(source as typeof EVERY_HOUR, {
      after: new Date("2030-03-30T00:00:00Z"),
      now: new Date("2030-04-02T00:00:00Z"),
    });
    // On the 31st there is no half past two.
    expect(happenings.map(({ identity }) => identity.slice(0, 10))).toContain("2030-04-01");
    expect(new Set(happenings.map(({ identity }) => identity)).size).toBe(happenings.length);
  });

  it("has each time once, however it is looked at", () => {
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: 1, max: 600 }), { minLength: 1, maxLength: 20 }),
        (steps) => {
          const source = { ...EVERY_HOUR, cron: "*/7 * * * *", missed: "all" as const };
          let after = at("00:00:00");
          const seen: string[] = [];
          for (const minutes of steps) {
            const now = new Date(after.getTime() + minutes * 60_000);
            seen.push(
              ...dueTimes(source, { after, now }).happenings.map(({ identity }) => identity),
            );
            after = now;
          }
          const whole = dueTimes(source, { after: at("00:00:00"), now: after });
          expect(seen).toEqual(
            whole.happenings.map(({ identity }) => identity).slice(-seen.length),
          );
          expect(new Set(seen).size).toBe(seen.length);
        },
      ),
      { numRuns: 20 },
    );
  });

  it.each([
    { cron: "often" },
    { cron: "99 * * * *" },
    { cron: "* * * * * *" },
    { timeZone: "Mars/Olympus" },
  ])("that can't be read is refused: %o", (change) => {
    expect(() => cronOf({ ...EVERY_HOUR, ...change })).toThrow(
      expect.objectContaining({ code: "TRIGGER_INVALID" }),
    );
  });
});
