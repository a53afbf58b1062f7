import type { CachedJob } from "@sluice/jobs";
import { FakeClock } from "@sluice/slurm/testing";
import { expect, test } from "vitest";
import { followOutput } from "./follow-output.ts";

/** What a worker tells; `cut`: the file begins anew. */
type Told = Uint8Array | "cut";

function following(told: readonly Told[], states: readonly string[], offset = 0) {
  const clock = new FakeClock();
  const abort = new AbortController();
  let looks = 0;
  const events = followOutput({
    worker: {
      stat: () => Promise.reject(new Error("nobody counts from the end")),
      follow: async function* (_path, { signal, onRestart }) {
        for (const one of told) {
          if (one === "cut") onRestart?.();
          else yield one;
        }
        await new Promise<void>((resolve) => {
          if (signal.aborted) resolve();
          signal.addEventListener("abort", () => resolve(), { once: true });
        });
      },
    },
    path: "/home/ada/out",
    offset,
    look: async () => {
      const state = states[Math.min(looks++, states.length - 1)];
      return state === undefined ? undefined : ({ state, exitCode: "1:0" } as CachedJob);
    },
    ...{ clock, signal: abort.signal },
  });
  return { events, clock, abort };
}

test("says what is written, whole characters, then how the job ended", async () => {
  const bytes = Buffer.from("fin début€");
  const cut = bytes.indexOf("é") + 1;
  const { events, clock } = following(
    [bytes.subarray(0, cut), bytes.subarray(cut)],
    ["RUNNING", "RUNNING", "FAILED"],
    100,
  );
  expect((await events.next()).value).toEqual({
    ...{ id: `${100 + cut - 1}`, event: "output" },
    data: { text: "fin d", offset: 100 + cut - 1 },
  });
  const size = 100 + bytes.byteLength;
  expect((await events.next()).value).toEqual({
    ...{ id: `${size}`, event: "output", data: { text: "ébut€", offset: size } },
  });
  const end = events.next();
  await clock.advance(10_000);
  expect((await end).value).toEqual({
    ...{ id: `${size}`, event: "end", data: { state: "FAILED", exitCode: "1:0" } },
  });
  expect((await events.next()).done).toBe(true);
});

test("ends without a word when whoever listens is gone", async () => {
  const { events, abort } = following([], ["RUNNING"]);
  const next = events.next();
  abort.abort();
  expect(await next).toEqual({ done: true, value: undefined });
});

test("of a job that nobody knows any more it says what there is, and that", async () => {
  const { events, clock } = following([Buffer.from("x")], []);
  expect((await events.next()).value).toMatchObject({ event: "output" });
  const end = events.next();
  await clock.advance(10_000);
  expect((await end).value).toMatchObject({ event: "end", data: { state: "UNKNOWN" } });
});

test("of a job that begins again it says so, and counts from the beginning", async () => {
  const began = Buffer.from("beginn\u00e9").subarray(0, -1);
  const { events } = following([began, "cut", Buffer.from("again")], ["RUNNING"], 50);
  expect((await events.next()).value).toMatchObject({ data: { text: "beginn", offset: 56 } });
  expect((await events.next()).value).toEqual({ id: "0", event: "restart", data: {} });
  expect((await events.next()).value).toEqual({
    ...{ id: "5", event: "output", data: { text: "again", offset: 5 } },
  });
});

test("counts a character that came byte by byte once", async () => {
  const bytes = [...Buffer.from("\u20acx")].map((byte) => Uint8Array.of(byte));
  const { events } = following(bytes, ["RUNNING"]);
  expect((await events.next()).value).toMatchObject({ id: "3", data: { text: "\u20ac" } });
  expect((await events.next()).value).toMatchObject({ id: "4", data: { text: "x" } });
});
