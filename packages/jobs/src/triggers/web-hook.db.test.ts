import { randomUUID } from "node:crypto";
import { describe, expect, it } from "vitest";
import { HOOK, request, signed, submitAll, triggerWorlds } from "./testing/world.ts";
import type { HookRequest } from "./web-hook.ts";

const worlds = triggerWorlds();

describe("a web-hook", () => {
  it("takes what is signed, once, and knows it from a repetition", async () => {
    const world = worlds.world();
    const server = world.server();
    const { trigger, secret = "" } = await server.triggers.create(
      "ada",
      request(HOOK, { values: { input: "{{event.body.file}}" } }),
    );
    const now = world.clock.now();
    const body = '{"file":"x"}';
    const sent = signed(secret, body, { now, delivery: "d-1" });
    expect(await server.triggers.deliver(trigger.id, sent)).toEqual({ isRepeat: false });
    expect(await server.triggers.deliver(trigger.id, sent)).toEqual({ isRepeat: true });
    world.clock.advance(60_000);
    const again = signed(secret, body, { now: world.clock.now(), delivery: "d-1" });
    expect(await server.triggers.deliver(trigger.id, again)).toEqual({ isRepeat: true });
    await submitAll(server);
    expect([...world.runs.values()].map(({ values }) => values)).toEqual([{ input: "x" }]);
  });

  it("refuses what is not signed, old, altered or for another", async () => {
    const world = worlds.world();
    const { triggers } = world.server();
    const { trigger, secret = "" } = await triggers.create("ada", request(HOOK));
    const other = await triggers.create("ada", request(HOOK));
    const now = world.clock.now();
    const good = signed(secret, "{}", { now, delivery: "d" });
    const { headers } = good;
    const bad: readonly HookRequest[] = [
      { ...good, headers: {} },
      { ...good, body: new TextEncoder().encode('{"a":1}') },
      { ...good, headers: { ...headers, "sluice-delivery": "e" } },
      { ...good, headers: { ...headers, "sluice-timestamp": "1000000000" } },
      { ...good, headers: { ...headers, "sluice-signature": "sha256=" } },
      signed(secret, "{}", { now: new Date(now.getTime() - 301_000) }),
      signed(other.secret ?? "", "{}", { now }),
    ];
    for (const one of bad) {
      await expect(triggers.deliver(trigger.id, one)).rejects.toMatchObject({
        code: "HOOK_REFUSED",
      });
    }
    await expect(triggers.deliver(randomUUID(), good)).rejects.toMatchObject({
      code: "HOOK_REFUSED",
    });
    await triggers.changeSecret(trigger.id);
    await expect(triggers.deliver(trigger.id, good)).rejects.toMatchObject({
      code: "HOOK_REFUSED",
    });
  });

  it("takes no more while very many wait", async () => {
    const world = worlds.world();
    const { triggers, occurrences } = world.server();
    const { trigger, secret = "" } = await triggers.create("ada", request(HOOK));
    const waiting = Array.from({ length: 10_000 }, (_, index) => ({
      identity: `event ${index}`,
      event: {},
    }));
    await occurrences.add(trigger.id, waiting.slice(1));
    const deliver = (delivery: string) =>
      triggers.deliver(trigger.id, signed(secret, "{}", { now: world.clock.now(), delivery }));
    expect(await deliver("last")).toEqual({ isRepeat: false });
    await expect(deliver("one more")).rejects.toMatchObject({ code: "TRIGGER_BUSY" });
  });

  it("is not made of what the database has", async () => {
    const world = worlds.world();
    const { triggers } = world.server();
    const { secret = "" } = await triggers.create("ada", request(HOOK));
    const rows = await world.site.database.selectFrom("triggers").selectAll().execute();
    expect(secret.length).toBeGreaterThan(40);
    expect(JSON.stringify(rows)).not.toContain(secret);
  });
});
