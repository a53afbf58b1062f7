import type { NewObject, ObjectMessage } from "@sluice/cloud";
import { describe, expect, it } from "vitest";
import { OBJECTS, request, triggerWorlds } from "./testing/world.ts";

const worlds = triggerWorlds();

describe("events of a bucket", () => {
  const message = (objects: readonly NewObject[], onAcknowledged = () => {}): ObjectMessage => ({
    objects,
    acknowledge: async () => onAcknowledged(),
  });
  const object = (key: string, version = "1"): NewObject => ({
    bucket: "raw-data",
    key,
    version,
    size: 1,
    time: undefined,
  });

  it("submit each version once, repeated and out of order as they come", async () => {
    const world = worlds.world();
    const server = world.server();
    await server.triggers.create(
      "ada",
      request(OBJECTS, { values: { input: "{{event.key}}@{{event.version}}" } }),
    );
    const told = [2, 1, 2, 3, 1, 1].map((version) => object("in/a.txt", String(version)));
    let acknowledged = 0;
    for (const one of told) world.messages.push(message([one], () => acknowledged++));
    world.messages.push(message([object("in/b.csv"), object("out/c.txt")], () => acknowledged++));
    world.messages.push(message([], () => acknowledged++));
    const stop = new AbortController();
    const running = server.engine.run(stop.signal);
    await expect.poll(() => acknowledged).toBe(told.length + 2);
    await expect.poll(() => world.runs.size).toBe(3);
    stop.abort();
    await running;
    expect([...world.runs.values()].map(({ values }) => values.input).toSorted()).toEqual([
      "in/a.txt@1",
      "in/a.txt@2",
      "in/a.txt@3",
    ]);
  });

  it("stay in the queue while nobody waits for them", async () => {
    const world = worlds.world();
    const server = world.server();
    const { trigger } = await server.triggers.create("ada", request(OBJECTS));
    await server.triggers.pause(trigger.id, "later");
    world.messages.push(message([object("in/a.txt")]));
    const stop = new AbortController();
    const running = server.engine.run(stop.signal);
    const before = world.clock.now().getTime();
    await expect.poll(() => world.clock.now().getTime() - before).toBeGreaterThan(5000);
    stop.abort();
    await running;
    expect(world.messages).toHaveLength(1);
  });
});
