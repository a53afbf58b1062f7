import { expect, test } from "vitest";
import { HeadWaits } from "./head-waits.ts";

const options = (signal: AbortSignal) => ({
  signal,
  timeoutMs: 60_000,
  onProgress: () => {},
  isDone: () => true,
  isLost: () => true,
});

test("a failure that comes before anybody listens is not an unhandled one", async () => {
  const unhandled: unknown[] = [];
  const listen = (reason: unknown) => unhandled.push(reason);
  process.on("unhandledRejection", listen);
  const abort = new AbortController();
  const waits = new HeadWaits();
  const ready = waits.wait("demo", options(abort.signal));
  abort.abort(new Error("called off"));
  await new Promise((resolve) => setImmediate(resolve));
  process.off("unhandledRejection", listen);
  expect(unhandled).toEqual([]);
  await expect(ready).rejects.toThrow("called off");
});

test("the head's own word, its death and an abort that came before are all heard", async () => {
  const waits = new HeadWaits();
  const never = new AbortController().signal;
  const ready = waits.wait("a", options(never));
  waits.said("a", "ready", "");
  await ready;

  const failed = waits.wait("a", options(never));
  waits.said("a", "failed", "MariaDB did not start");
  await expect(failed).rejects.toMatchObject({ code: "HEAD_SETUP_FAILED" });

  const dead = waits.wait("a", options(never));
  waits.died("a");
  await expect(dead).rejects.toMatchObject({ code: "HEAD_DIED" });

  const late = waits.wait("a", options(AbortSignal.abort(new Error("called off"))));
  await expect(late).rejects.toThrow("called off");
});

test("two heads are waited for until both are what they shall be; one may be lost", async () => {
  const waits = new HeadWaits();
  const said: string[] = [];
  const both = waits.wait("a", {
    ...options(new AbortController().signal),
    isDone: () => said.includes("ready") && said.includes("standing-by"),
    isLost: () => false,
  });
  const other = waits.wait("b", options(new AbortController().signal));
  const say = (word: "ready" | "standing-by" | "failed") => {
    said.push(word);
    waits.said("a", word, "");
  };
  let done = false;
  void both.then(() => {
    done = true;
  });
  say("standing-by");
  say("failed");
  waits.died("a");
  await new Promise((resolve) => setImmediate(resolve));
  expect(done).toBe(false);
  say("ready");
  await both;
  waits.said("b", "ready", "");
  await other;
});
