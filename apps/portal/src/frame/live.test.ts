import { QueryClient, QueryObserver } from "@tanstack/react-query";
import { afterEach, beforeEach, expect, it, vi } from "vitest";

/** The module is the page's: it knows where it came from. */
vi.stubGlobal("location", { origin: "http://127.0.0.1:1" });
const { Refresher } = await import("./live.ts");

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

/** A query that is looked at, and how often it was read. */
function watched(client: QueryClient, name: string, topics: readonly "job"[], cluster?: string) {
  let reads = 0;
  const observer = new QueryObserver(client, {
    queryKey: [name],
    queryFn: () => {
      reads += 1;
      return reads;
    },
    meta: { topics, cluster },
  });
  observer.subscribe(() => {});
  return () => reads;
}

it("reads what an event touches, at once and then once a second, however many come", async () => {
  const client = new QueryClient();
  const jobs = watched(client, "jobs", ["job"]);
  const other = watched(client, "other", []);
  const elsewhere = watched(client, "elsewhere", ["job"], "second");
  await vi.advanceTimersByTimeAsync(10);
  const refresher = new Refresher(client);
  for (let count = 0; count < 100; count += 1) refresher.changed("job", "first");
  await vi.advanceTimersByTimeAsync(100);
  expect([jobs(), other(), elsewhere()]).toEqual([2, 1, 1]);
  for (let count = 0; count < 30; count += 1) {
    refresher.changed("job", "first");
    await vi.advanceTimersByTimeAsync(100);
  }
  expect(jobs()).toBeGreaterThanOrEqual(4);
  expect(jobs()).toBeLessThanOrEqual(6);
  await vi.advanceTimersByTimeAsync(1_000);
  const before = jobs();
  await vi.advanceTimersByTimeAsync(5_000);
  expect(jobs()).toBe(before);
  client.clear();
});

it("reads everything where it is not known what was missed", async () => {
  const client = new QueryClient();
  const other = watched(client, "other", []);
  await vi.advanceTimersByTimeAsync(10);
  new Refresher(client).everything();
  await vi.advanceTimersByTimeAsync(10);
  expect(other()).toBe(2);
  client.clear();
});
