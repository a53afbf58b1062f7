import { SluiceError } from "@sluice/model";
import { describe, expect, it } from "vitest";
import { TriggerEngine } from "./engine.ts";
import { OccurrenceStore } from "./occurrence-store.ts";
import { FOLDER, request, submitAll, triggerWorlds } from "./testing/world.ts";
import { TriggerStore } from "./trigger-store.ts";

const worlds = triggerWorlds();

describe("a folder", () => {
  it("submits each file once, when it stood still, and not what was there before", async () => {
    const world = worlds.world();
    const server = world.server();
    world.put("old.txt");
    const { trigger } = await server.triggers.create("ada", request(FOLDER));
    const pass = async (seconds: number) => {
      world.clock.advance(seconds * 1000);
      await server.engine.lookAtSources();
      await submitAll(server);
    };
    await pass(0);
    world.put("new.txt");
    world.put("other.csv");
    await pass(10);
    expect(world.runs.size).toBe(0);
    world.put("new.txt", 2);
    await pass(10);
    expect(world.runs.size).toBe(0);
    await pass(10);
    await pass(10);
    expect([...world.runs.values()].map(({ values }) => values)).toEqual([
      { input: "/home/ada/in/new.txt" },
    ]);
    // The same name with another content is another version.
    world.put("new.txt", 3);
    await pass(10);
    await pass(10);
    expect(world.runs.size).toBe(2);
    expect(await server.triggers.history.counts(trigger.id)).toEqual({ ignored: 1, submitted: 2 });
  });

  it("is known to the next process, and after its history is forgotten", async () => {
    const world = worlds.world();
    const { trigger } = await world
      .server()
      .triggers.create("ada", request(FOLDER, { keepDays: 15 }));
    await world.server().engine.lookAtSources();
    world.put("a.txt");
    for (let day = 0; day < 40; day++) {
      const server = world.server();
      for (let look = 0; look < 3; look++) {
        world.clock.advance(10_000);
        await server.engine.lookAtSources();
      }
      await submitAll(server);
      world.clock.advance(24 * 3600_000);
    }
    expect(world.runs.size).toBe(1);
    world.files.clear();
    const last = world.server();
    for (let look = 0; look < 3; look++) {
      world.clock.advance(10_000);
      await last.engine.lookAtSources();
    }
    expect(await last.triggers.history.counts(trigger.id)).toEqual({});
  });

  it("that can't be looked at is looked at again", async () => {
    const world = worlds.world();
    const server = world.server();
    await server.triggers.create("ada", request({ ...FOLDER, existing: true }));
    const files = world.files;
    const broken = new TriggerEngine({
      ...world.parts,
      worker: async () => {
        throw new SluiceError("GATEWAY_UNREACHABLE", "system", "the head is away");
      },
      triggers: new TriggerStore(world.parts),
      occurrences: new OccurrenceStore(world.parts),
    });
    await broken.lookAtSources();
    expect(await broken.lookAtSources()).toBe(false);
    world.put("a.txt");
    expect(files.size).toBe(1);
    for (let look = 0; look < 4; look++) {
      world.clock.advance(30_000);
      await server.engine.lookAtSources();
    }
    await submitAll(server);
    expect(world.runs.size).toBe(1);
  });
});
