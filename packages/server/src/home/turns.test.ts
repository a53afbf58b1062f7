import { SteppingClock } from "@sluice/lifecycle/testing";
import { expect, test } from "vitest";
import { Turns } from "./turns.ts";

test("many who come at once have their turns apart, and keep nobody of another key", async () => {
  const clock = new SteppingClock();
  const began = clock.now().getTime();
  const turns = new Turns(clock, 1000);
  const order: string[] = [];
  const at = async (key: string) => {
    await turns.take(key);
    order.push(key);
    return clock.now().getTime() - began;
  };
  const many = Array.from({ length: 5 }, () => at("demo"));
  const other = at("other");
  const times = await Promise.all(many);
  for (const [index, time] of times.entries()) expect(time).toBeGreaterThanOrEqual(index * 1000);
  await other;
  expect(order.indexOf("other")).toBeLessThan(3);
});
