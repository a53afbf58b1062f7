import { setTimeout as delay } from "node:timers/promises";
import { expect, test } from "vitest";
import { LoopDelay } from "./loop-delay.ts";

test("what held everything up is told for two windows, and then no more", async () => {
  const loop = new LoopDelay();
  await delay(30);
  const until = performance.now() + 300;
  while (performance.now() < until);
  await delay(30);
  expect(loop.p99(new Date(60_000))).toBeGreaterThan(200);
  await delay(50);
  expect(loop.p99(new Date(100_000))).toBeGreaterThan(200);
  loop.p99(new Date(120_000));
  expect(loop.p99(new Date(180_000))).toBeLessThan(200);
});
