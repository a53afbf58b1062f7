import { FakeClock } from "@sluice/slurm/testing";
import { expect, test } from "vitest";
import { spaced } from "./spaced.ts";

test("work waits for its turn and three times as long as the last took", async () => {
  const clock = new FakeClock();
  const run = spaced(clock);
  const done: number[] = [];
  const first = run(async () => {
    await clock.sleep(1000);
    done.push(1);
  });
  const second = run(async () => void done.push(2));
  await clock.advance(1000);
  await first;
  await clock.advance(2900);
  expect(done).toEqual([1]);
  await clock.advance(200);
  await second;
  expect(done).toEqual([1, 2]);
});

test("what fails lets the next have its turn", async () => {
  const clock = new FakeClock();
  const run = spaced(clock);
  await expect(run(() => Promise.reject(new Error("no")))).rejects.toThrow("no");
  const next = run(async () => "yes");
  await clock.advance(1);
  expect(await next).toBe("yes");
});

test("more than can wait are sent away", async () => {
  const run = spaced(new FakeClock());
  for (let count = 0; count < 20; count += 1) void run(() => new Promise(() => {}));
  await expect(run(async () => {})).rejects.toMatchObject({ code: "TOO_MANY_REQUESTS" });
});
