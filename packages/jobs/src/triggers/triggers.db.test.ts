import { describe, expect, it } from "vitest";
import type { TriggerRequest } from "./create-triggers.ts";
import type { TriggerSource } from "./source.ts";
import { FOLDER, HOOK, OBJECTS, request, submitAll, triggerWorlds } from "./testing/world.ts";
import { TriggerStore } from "./trigger-store.ts";

const worlds = triggerWorlds();

describe("a trigger", () => {
  it.each([
    [{ name: "../x" }, "TRIGGER_INVALID"],
    [{ keepDays: 3 }, "TRIGGER_INVALID"],
    [{ values: { a: "{{env.HOME}}" } }, "TRIGGER_INVALID"],
    [{ source: { ...OBJECTS, queue: "other" } }, "TRIGGER_INVALID"],
    [
      { source: { kind: "schedule", cron: "x", timeZone: "UTC", missed: "all" } },
      "TRIGGER_INVALID",
    ],
  ] as const)("that can't be is refused: %o", async (change, code) => {
    const { triggers } = worlds.world().server();
    const asked = { ...request(HOOK), ...change } as TriggerRequest;
    await expect(triggers.create("ada", asked)).rejects.toMatchObject({ code });
  });

  it("has a name of its own among its owner's", async () => {
    const { triggers } = worlds.world().server();
    await triggers.create("eve", request(HOOK, { name: "one" }));
    await expect(triggers.create("eve", request(HOOK, { name: "one" }))).rejects.toMatchObject({
      code: "TRIGGER_EXISTS",
    });
    await triggers.create("fay", request(HOOK, { name: "one" }));
  });

  it("that is changed while it is looked at begins anew, and nothing of before is noted", async () => {
    const world = worlds.world();
    const { parts } = world;
    const store = new TriggerStore(parts);
    const { triggers } = world.server();
    const { trigger } = await triggers.create("ada", request(FOLDER));
    const held = await store.holdDue(
      ["folder"],
      100,
      new Date(world.clock.now().getTime() + 60_000),
    );
    const mine = held.find(({ id }) => id === trigger.id);
    if (mine === undefined) throw new Error("it was not held");
    world.clock.advance(10);
    await triggers.change(trigger.id, request({ ...FOLDER, path: "/home/ada/other" }));
    let isWritten = false;
    await store.advance(mine, { progress: { isBegun: true }, lookAt: undefined }, async () => {
      isWritten = true;
    });
    expect(isWritten).toBe(false);
    const again = await store.holdDue(
      ["folder"],
      100,
      new Date(world.clock.now().getTime() + 60_000),
    );
    expect(again.find(({ id }) => id === trigger.id)?.progress).toEqual({});
  });
});
describe("a schedule", () => {
  it("submits each time once, through restarts", async () => {
    const world = worlds.world();
    const source: TriggerSource = {
      kind: "schedule",
      cron: "*/5 * * * *",
      timeZone: "UTC",
      missed: "all",
    };
    await world.server().triggers.create("ada", request(source, { values: {} }));
    for (let minute = 0; minute < 60; minute++) {
      world.clock.advance(60_000);
      const server = world.server();
      await server.engine.lookAtSources();
      await submitAll(server);
    }
    expect(world.runs.size).toBe(12);
  });
});
