import type { HeadSigns } from "@sluice/cloud";
import { FakeClock } from "@sluice/slurm/testing";
import { expect, it } from "vitest";
import { giveSigns, memoryUsedPercent } from "./signs.ts";

it("says once a minute how this machine is, and goes on when that fails", async () => {
  const clock = new FakeClock();
  const stop = new AbortController();
  const given: HeadSigns[] = [];
  const failures: unknown[] = [];
  const log = { info: () => {}, warn: (fields: unknown) => void failures.push(fields) };
  const next = Promise.withResolvers<void>();
  const sink = {
    async put(signs: HeadSigns) {
      given.push(signs);
      if (given.length === 1) throw new Error("no");
      next.resolve();
    },
  };
  const over = giveSigns({ sink, volume: "/tmp", clock, log: log as never }, stop.signal);
  while (failures.length === 0) await new Promise(setImmediate);
  await clock.advance(60_000);
  await next.promise;
  stop.abort();
  await over;
  expect(failures).toEqual([{ error: "no" }]);
  const [first, second] = given as [HeadSigns, HeadSigns];
  expect(second.time.getTime() - first.time.getTime()).toBe(60_000);
  for (const { time: _, ...values } of given) {
    for (const value of Object.values(values)) {
      expect(value).toBeGreaterThanOrEqual(0);
      expect(value).toBeLessThanOrEqual(100);
    }
  }
});

it("counts as used what can't be given back at once", () => {
  const text = "MemTotal:        4000 kB\nMemFree:  100 kB\nMemAvailable:    1000 kB\n";
  expect(memoryUsedPercent(text)).toBe(75);
  expect(() => memoryUsedPercent("")).toThrow(/does not say/);
});
