import fc from "fast-check";
import { expect, it } from "vitest";
import { addWait, nothing, WAIT_BOUNDS, waitOf } from "./measures.ts";

it("finds the median and the ninth tenth to within the bounds around them", () => {
  fc.assert(
    fc.property(
      fc.array(fc.integer({ min: 0, max: 80_000 }), { minLength: 1, maxLength: 200 }),
      fc.constantFrom(0.5, 0.9),
      (waits, part) => {
        const tally = nothing();
        for (const wait of waits) addWait(tally, wait);
        const sorted = waits.toSorted((a, b) => a - b);
        const exact = sorted[Math.ceil(sorted.length * part) - 1] ?? 0;
        const bucket = WAIT_BOUNDS.findIndex((bound) => exact <= bound);
        const found = waitOf(tally, part) ?? -1;
        expect(found).toBeGreaterThanOrEqual(WAIT_BOUNDS[bucket - 1] ?? 0);
        expect(found).toBeLessThanOrEqual(WAIT_BOUNDS[bucket] ?? 0);
      },
    ),
  );
});

it("says nothing where nothing began, and does not lose a wait of weeks", () => {
  expect(waitOf(nothing(), 0.5)).toBeUndefined();
  const tally = nothing();
  addWait(tally, 30 * 86_400);
  expect(tally).toMatchObject({ started: 1, wait_11: 1 });
  expect(waitOf(tally, 0.5)).toBeGreaterThanOrEqual(86_400);
});
