import type { CachedJob } from "@sluice/jobs";
import { expect, test } from "vitest";
import { sightingOf } from "./create-jobs.ts";

const job = (more: Partial<CachedJob>): CachedJob =>
  ({
    ...{ cluster: "demo", id: 7, label: "7", state: "PENDING", restarts: 0, isLive: true },
    submitTime: new Date("2030-01-01T00:00:00Z"),
    ...more,
  }) as CachedJob;

test("what servers see of one job is one subject, whose order goes on with its life", () => {
  const life = [
    job({}),
    job({ state: "RUNNING" }),
    job({ state: "COMPLETED" }),
    job({ state: "COMPLETED", isLive: false }),
    job({ restarts: 1 }),
    job({ restarts: 1, state: "RUNNING" }),
    job({ submitTime: new Date("2030-01-01T00:01:00Z") }),
  ].map(sightingOf);
  expect(new Set(life.map(({ subject }) => subject)).size).toBe(1);
  expect(new Set(life.map(({ version }) => version)).size).toBe(life.length);
  const orders = life.map(({ order }) => order);
  expect(orders).toEqual(orders.toSorted((a, b) => a - b));
  expect(new Set(orders).size).toBe(orders.length);
  expect(sightingOf(job({}))).toEqual(sightingOf(job({})));
  expect(sightingOf(job({ id: 8 })).subject).not.toBe(life[0]?.subject);
});
