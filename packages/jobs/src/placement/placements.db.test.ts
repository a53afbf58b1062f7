import { testDatabase } from "@sluice/database/testing";
import { expect, test } from "vitest";
import { HastyClock } from "../testing/hasty-clock.ts";
import { createPlacements } from "./placements.ts";

test("of many who choose for one key at once, one has chosen for all", async () => {
  await using site = await testDatabase();
  const placements = createPlacements({ database: site.database, clock: new HastyClock() });
  expect(await placements.of("ada", "key")).toBeUndefined();
  const chosen = await Promise.all(
    Array.from({ length: 10 }, (_, index) => placements.choose("ada", "key", `c${index}`)),
  );
  expect(new Set(chosen).size).toBe(1);
  expect(await placements.of("ada", "key")).toBe(chosen[0]);
  expect(await placements.choose("ben", "key", "mine")).toBe("mine");
});
