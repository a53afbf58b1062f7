import { spawn } from "node:child_process";
import { randomUUID } from "node:crypto";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { SluiceError } from "@sluice/model";
import { describe, expect, it } from "vitest";
import type { TriggerRequest } from "./create-triggers.ts";
import { identityHash } from "./occurrence-store.ts";
import { HOOK, request, submitAll, triggerWorlds } from "./testing/world.ts";

const worlds = triggerWorlds();

describe("what was received", () => {
  async function flooded(count: number, more: Partial<TriggerRequest> = {}) {
    const world = worlds.world();
    const server = world.server();
    const { trigger } = await server.triggers.create("ada", request(HOOK, { values: {}, ...more }));
    const happenings = Array.from({ length: count }, (_, index) => ({
      identity: `event ${index}`,
      event: { index },
    }));
    await server.occurrences.add(trigger.id, happenings);
    return { world, server, trigger };
  }

  it("is submitted once each by two servers at the same time", async () => {
    const { world, server, trigger } = await flooded(60);
    await Promise.all([submitAll(server), submitAll(world.server())]);
    expect(world.asked).toBe(60);
    expect(world.runs.size).toBe(60);
    expect(await server.triggers.history.counts(trigger.id)).toEqual({ submitted: 60 });
  });

  it("is one run each, however many answers get lost and servers die", async () => {
    const { world, server, trigger } = await flooded(30, { retries: 10 });
    world.answersLost = 20;
    // A server that died with some in its hands.
    await server.occurrences.claim(trigger.id, 7, new Date(world.clock.now().getTime() + 120_000));
    for (let pass = 0; pass < 12; pass++) {
      await submitAll(world.server());
      world.clock.advance(15 * 60_000);
    }
    expect(world.runs.size).toBe(30);
    expect(await server.triggers.history.counts(trigger.id)).toEqual({ submitted: 30 });
  });

  it("waits for its turn when there is more than a minute may have", async () => {
    const { world, server } = await flooded(12, { perMinute: 4 });
    await submitAll(server);
    expect(world.runs.size).toBe(4);
    world.clock.advance(59_000);
    await submitAll(server);
    expect(world.runs.size).toBe(4);
    world.clock.advance(2000);
    await submitAll(server);
    expect(world.runs.size).toBe(8);
  });

  it("of one trigger does not hold up another's", async () => {
    const { world, server } = await flooded(500);
    const { trigger } = await server.triggers.create("ben", request(HOOK, { values: {} }));
    await server.occurrences.add(trigger.id, [{ identity: "x", event: {} }]);
    await server.engine.submitDue();
    expect([...world.runs.values()].map(({ ownerId }) => ownerId)).toContain("ben");
    expect(world.runs.size).toBeLessThanOrEqual(10);
  });

  it("is tried again after a while, and is dead in the end", async () => {
    const { world, server, trigger } = await flooded(1, { retries: 2 });
    const away = () => new SluiceError("SLURM_UNREACHABLE", "system", "slurmctld is away");
    world.faults.push(away(), away(), away(), away());
    await submitAll(server);
    expect(await server.triggers.history.counts(trigger.id)).toEqual({ retrying: 1 });
    await submitAll(server);
    expect(world.asked).toBe(1);
    for (let attempt = 0; attempt < 5; attempt++) {
      world.clock.advance(60_000);
      await submitAll(server);
    }
    expect(world.asked).toBe(3);
    const [dead] = await server.triggers.history.list(trigger.id, { limit: 5 });
    expect(dead).toMatchObject({
      state: "dead",
      attempts: 3,
      error: { code: "SLURM_UNREACHABLE" },
    });
  });

  it("is dead at once when it is wrong in itself, and can be replayed when that is mended", async () => {
    const { world, server, trigger } = await flooded(3);
    const wrong = () => new SluiceError("RUN_VALUES_INVALID", "user", "the field n is no number");
    world.faults.push(wrong(), wrong(), wrong());
    await submitAll(server);
    expect(await server.triggers.history.counts(trigger.id)).toEqual({ dead: 3 });
    expect(await server.triggers.replay(trigger.id, "dead")).toBe(3);
    expect(await server.triggers.replay(trigger.id, "dead")).toBe(0);
    await submitAll(server);
    expect(world.runs.size).toBe(3);
    const [first] = await server.triggers.history.list(trigger.id, {
      states: ["submitted"],
      limit: 1,
    });
    expect(first?.replayOf).toBeDefined();
    const again = { occurrence: first?.id ?? "" };
    expect(await server.triggers.replay(trigger.id, again)).toBe(1);
    await submitAll(server);
    expect(world.runs.size).toBe(4);
    await expect(
      server.triggers.replay(trigger.id, { occurrence: randomUUID() }),
    ).rejects.toMatchObject({ code: "OCCURRENCE_NOT_FOUND" });
  });

  it("waits while its owner may not submit, says why, and goes on when resumed", async () => {
    const { world, server, trigger } = await flooded(2);
    world.hindrance = "ada is disabled";
    await submitAll(server);
    expect(await server.triggers.get(trigger.id)).toMatchObject({
      state: "failing",
      stateReason: "ada is disabled",
    });
    world.hindrance = undefined;
    await submitAll(server);
    expect(world.runs.size).toBe(0);
    await server.triggers.resume(trigger.id);
    await submitAll(server);
    expect(world.runs.size).toBe(2);
  });

  it("is forgotten when it is old, but for what would come again", async () => {
    const { world, server, trigger } = await flooded(7);
    await submitAll(server);
    world.clock.advance(1000);
    await server.occurrences.add(trigger.id, [{ identity: "new", event: {} }]);
    const there = new Set([0, 1, 2, 3].map((index) => identityHash(`event ${index}`)));
    await server.occurrences.forget(trigger.id, world.clock.now(), there, 2);
    expect(await server.triggers.history.counts(trigger.id)).toEqual({ submitted: 4, received: 1 });
  });

  it("is listed newest first, page by page, each once", async () => {
    const { server, trigger } = await flooded(45);
    const seen: string[] = [];
    let before: { receivedAt: Date; id: string } | undefined;
    for (;;) {
      const page = await server.triggers.history.list(trigger.id, {
        limit: 10,
        ...(before === undefined ? {} : { before }),
      });
      seen.push(...page.map(({ id }) => id));
      before = page.at(-1);
      if (before === undefined) break;
    }
    expect(new Set(seen).size).toBe(45);
    expect(seen).toHaveLength(45);
  });
});

describe("servers that are killed again and again", () => {
  it("make one run of each event", async () => {
    const count = 200;
    const world = worlds.world();
    const { triggers, occurrences } = world.server();
    const { trigger } = await triggers.create(
      "ada",
      request(HOOK, { values: {}, perMinute: 100_000 }),
    );
    const folder = mkdtempSync(join(tmpdir(), "sluice-triggers-"));
    const file = join(folder, "runs");
    writeFileSync(file, "");
    const program = fileURLToPath(new URL("../testing/trigger-runner.ts", import.meta.url));
    const words = [program, JSON.stringify(world.site.address), file, String(Date.now())];
    const start = () => spawn(process.execPath, words, { stdio: "ignore" });
    const servers = [start(), start()];
    try {
      const happenings = Array.from({ length: count }, (_, index) => ({
        identity: `event ${index}`,
        event: {},
      }));
      await occurrences.add(trigger.id, happenings);
      const runs = () => readFileSync(file, "utf8").split("\n").slice(0, -1);
      for (let killed = 0; killed < 6; killed++) {
        const before = runs().length;
        await expect
          .poll(() => runs().length, { interval: 5, timeout: 10_000 })
          .toBeGreaterThan(before + 10);
        servers[killed % 2]?.kill("SIGKILL");
        servers[killed % 2] = start();
      }
      await expect
        .poll(() => occurrences.counts(trigger.id), { timeout: 15_000 })
        .toEqual({ submitted: count });
      expect(new Set(runs()).size).toBe(count);
    } finally {
      for (const server of servers) server.kill("SIGKILL");
      rmSync(folder, { recursive: true, force: true });
    }
  }, 40_000);
});
