import { expect, it } from "vitest";
import { createPlaces } from "./places.ts";

const never = new AbortController().signal;

it("are so many at a time, taken in the order of coming", async () => {
  const place = createPlaces(2);
  const log: string[] = [];
  const ends = new Map<number, () => void>();
  const all = [1, 2, 3, 4].map((n) =>
    place(never, async () => {
      log.push(`begin ${n}`);
      await new Promise<void>((resolve) => ends.set(n, resolve));
      if (n === 1) throw new Error("failed");
    }),
  );
  await expect.poll(() => log).toEqual(["begin 1", "begin 2"]);
  ends.get(1)?.();
  await expect(all[0]).rejects.toThrow("failed");
  await expect.poll(() => log).toEqual(["begin 1", "begin 2", "begin 3"]);
  ends.get(3)?.();
  await expect.poll(() => log.at(-1)).toBe("begin 4");
  for (const end of ends.values()) end();
  await Promise.all(all.slice(1));
});

it("are not waited for by who went away", async () => {
  const place = createPlaces(1);
  const first = Promise.withResolvers<void>();
  const held = place(never, () => first.promise);
  const stop = new AbortController();
  const lost = place(stop.signal, () => Promise.resolve("never"));
  const next = place(never, () => Promise.resolve("next"));
  stop.abort(new Error("gone"));
  await expect(lost).rejects.toThrow("gone");
  first.resolve();
  await held;
  expect(await next).toBe("next");
  await expect(place(stop.signal, () => Promise.resolve())).rejects.toThrow("gone");
});
