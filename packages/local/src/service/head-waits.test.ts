import { setImmediate as nextTurn } from "node:timers/promises";
import { describe, expect, test } from "vitest";
import { HeadWaits } from "./head-waits.ts";

const wait = (waits: HeadWaits, signal = new AbortController().signal, said: string[] = []) =>
  waits.wait("demo", {
    signal,
    timeoutMs: 60_000,
    onProgress: (message) => void said.push(message),
  });

describe("waiting for a head", () => {
  test("hears what it says, until it is ready", async () => {
    const waits = new HeadWaits();
    const said: string[] = [];
    const ready = wait(waits, undefined, said);
    waits.report("demo", "progress", "starting MariaDB");
    waits.report("other", "failed", "not ours");
    waits.report("demo", "ready", "");
    await ready;
    expect(said).toEqual(["starting MariaDB"]);
  });

  test("ends with what the head says is wrong, or that it died", async () => {
    const waits = new HeadWaits();
    const failed = wait(waits);
    waits.report("demo", "failed", "no space");
    await expect(failed).rejects.toMatchObject({ code: "HEAD_SETUP_FAILED" });
    const died = wait(waits);
    waits.died("demo");
    await expect(died).rejects.toMatchObject({ code: "HEAD_DIED" });
  });

  test("may fail before its caller gets to listen: that ends no process", async () => {
    const abort = new AbortController();
    const ready = wait(new HeadWaits(), abort.signal);
    abort.abort(new Error("called off"));
    // Node looks for rejections that nobody handles when a turn ends.
    await nextTurn();
    await expect(ready).rejects.toThrow("called off");
  });
});
