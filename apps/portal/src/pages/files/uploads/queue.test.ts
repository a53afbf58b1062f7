import { describe, expect, it } from "vitest";
import { type SendOptions, type SendResult, UploadQueue } from "./queue.ts";

interface Sending {
  readonly options: SendOptions;
  readonly signal: AbortSignal;
  readonly end: (result: SendResult) => Promise<void>;
}

function site() {
  const sendings: Sending[] = [];
  const removed: string[] = [];
  const done: string[] = [];
  let now = 0;
  const queue = new UploadQueue({
    send: (options, signal) =>
      new Promise((resolve) => {
        signal.addEventListener("abort", () => resolve({ kind: "failed", error: ["stopped"] }));
        sendings.push({
          options,
          signal,
          end: async (result) => {
            resolve(result);
            await settled();
          },
        });
      }),
    remove: async (_, location) => void removed.push(location),
    onDone: ({ path }) => void done.push(path),
    otherPath: (path, tried) => `${path}-${tried.size + 1}`,
    now: () => now,
  });
  const settled = async () => {
    for (let turn = 0; turn < 5; turn += 1) await Promise.resolve();
  };
  const states = () => queue.items.map(({ state }) => state);
  const last = () => sendings.at(-1) as Sending;
  const pass = (milliseconds: number) => {
    now += milliseconds;
  };
  return { queue, sendings, removed, done, settled, states, last, pass };
}

const PLACE = { cluster: "demo", as: undefined };
const file = (size = 4) => new File(["x".repeat(size)], "a.dat");

describe("uploads", () => {
  it("go three at a time, the next when one is there", async () => {
    const { queue, sendings, states, done } = site();
    for (const path of ["/a", "/b", "/c", "/d"]) queue.add(file(), PLACE, path);
    expect(states()).toEqual(["sending", "sending", "sending", "waiting"]);
    await sendings[1]?.end({ kind: "done" });
    expect(states()).toEqual(["sending", "done", "sending", "sending"]);
    expect(done).toEqual(["/b"]);
    queue.clearDone();
    expect(queue.items.map(({ path }) => path)).toEqual(["/a", "/c", "/d"]);
  });

  it("go on after a pause where they were", async () => {
    const { queue, last, states, settled, sendings } = site();
    queue.add(file(), PLACE, "/a");
    last().options.onLocation("/uploads/1");
    last().options.onProgress(2);
    const { id = 0 } = queue.items[0] ?? {};
    queue.pause(id);
    expect(last().signal.aborted).toBe(true);
    await settled();
    expect(states()).toEqual(["paused"]);
    queue.resume(id);
    await settled();
    expect(sendings).toHaveLength(2);
    expect(last().options.location).toBe("/uploads/1");
    await last().end({ kind: "done" });
    expect(queue.items[0]).toMatchObject({ state: "done", sent: 4 });
  });

  it("say that they are cut, and how fast they are", () => {
    const { queue, last, states, pass } = site();
    queue.add(file(4000), PLACE, "/a");
    last().options.onProgress(0);
    pass(2000);
    last().options.onProgress(3000);
    expect(queue.items[0]?.speed).toBe(1500);
    last().options.onCut();
    expect(states()).toEqual(["cut"]);
    expect(queue.isBusy).toBe(true);
    last().options.onProgress(3000);
    expect(states()).toEqual(["sending"]);
  });

  it("write over nothing unless that is said", async () => {
    const { queue, last, states, settled } = site();
    queue.add(file(), PLACE, "/a");
    await last().end({ kind: "taken" });
    expect(states()).toEqual(["taken"]);
    queue.decide(queue.items[0]?.id ?? 0, "replace");
    await settled();
    expect(last().options).toMatchObject({ path: "/a", overwrite: true });
  });

  it("look for a free name until there is one", async () => {
    const { queue, last, settled } = site();
    queue.add(file(), PLACE, "/a");
    await last().end({ kind: "taken" });
    queue.decide(queue.items[0]?.id ?? 0, "keep");
    await settled();
    expect(last().options.path).toBe("/a-2");
    await last().end({ kind: "taken" });
    expect(last().options).toMatchObject({ path: "/a-2-3", overwrite: false });
  });

  it("take away what is there of one that is given up", async () => {
    const { queue, last, removed, settled, states } = site();
    queue.add(file(), PLACE, "/a");
    last().options.onLocation("/uploads/1");
    queue.cancel(queue.items[0]?.id ?? 0);
    await settled();
    expect(removed).toEqual(["/uploads/1"]);
    expect(states()).toEqual([]);
  });

  it("fail with the reason, and can be tried again", async () => {
    const { queue, last, settled } = site();
    queue.add(file(), PLACE, "/a");
    await last().end({ kind: "failed", error: ["The disk is full."] });
    expect(queue.items[0]).toMatchObject({ state: "failed", error: ["The disk is full."] });
    queue.resume(queue.items[0]?.id ?? 0);
    await settled();
    expect(queue.items[0]).toMatchObject({ state: "sending", error: [] });
  });
});
