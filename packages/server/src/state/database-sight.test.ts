import { expect, test } from "vitest";
import { DatabaseSight, isAway } from "./database-sight.ts";

const refused = () => Object.assign(new Error("cut"), { code: "ECONNREFUSED", errno: -111 });

test("while the database is away one question at a time finds out, and nobody waits for it", async () => {
  const sight = new DatabaseSight();
  expect(await sight.unlessAway(async () => "here", "without")).toBe("here");
  expect(await sight.unlessAway(() => Promise.reject(refused()), "without")).toBe("without");
  const back = Promise.withResolvers<string>();
  let asked = 0;
  const hangs = () => {
    asked += 1;
    return back.promise;
  };
  const answers = Array.from({ length: 50 }, () => sight.unlessAway(hangs, "without"));
  expect(new Set(await Promise.all(answers))).toEqual(new Set(["without"]));
  expect(asked).toBe(1);
  back.resolve("here");
  await back.promise;
  expect(await sight.unlessAway(hangs, "without")).toBe("here");
});

test("what is no matter of the database is thrown, and counts as an answer", async () => {
  const sight = new DatabaseSight();
  await sight.unlessAway(() => Promise.reject(refused()), undefined);
  await expect(sight.ask(() => Promise.reject(new TypeError("ours")))).rejects.toThrow("ours");
  expect(await sight.unlessAway(async () => "here", "without")).toBe("here");
  await expect(sight.ask(() => Promise.reject(refused()))).rejects.toThrow("cut");
  expect([isAway(refused()), isAway(new Error("other"))]).toEqual([true, false]);
});
