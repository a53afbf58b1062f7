import { spawn } from "node:child_process";
import { createHmac, randomUUID } from "node:crypto";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { NewObject, ObjectMessage } from "@sluice/cloud";
import { testDatabase } from "@sluice/database/testing";
import type { FileEntry, UserWorker } from "@sluice/gateway";
import { SluiceError } from "@sluice/model";
import { afterEach, beforeAll, describe, expect, it } from "vitest";
import { HastyClock } from "../testing/hasty-clock.ts";
import type { RunRequest, TriggerParts } from "./contract.ts";
import { createTriggers, type TriggerRequest } from "./create-triggers.ts";
import { TriggerEngine } from "./engine.ts";
import { OccurrenceStore } from "./occurrence-store.ts";
import type { TriggerSource } from "./source.ts";
import { TriggerStore } from "./trigger-store.ts";
import type { HookRequest } from "./web-hook.ts";

type Site = Awaited<ReturnType<typeof testDatabase>>;
let site: Site;

beforeAll(async () => {
  site = await testDatabase();
  return () => site[Symbol.asyncDispose]();
});

// Every server works on all that there is.
afterEach(async () => {
  await site.database.deleteFrom("triggers").execute();
  await site.database.deleteFrom("occurrences").execute();
});

/** Runs by their key, as the server keeps them; a folder; a queue. */
class World {
  readonly clock = new HastyClock();
  readonly runs = new Map<string, RunRequest>();
  readonly files = new Map<string, FileEntry>();
  readonly messages: ObjectMessage[] = [];
  hindrance: string | undefined;
  /** Thrown instead of a run, while there are some. */
  readonly faults: Error[] = [];
  /** The run is made, and the answer gets lost. */
  answersLost = 0;
  asked = 0;

  get parts(): TriggerParts {
    return {
      database: site.database,
      clock: this.clock,
      random: { id: () => randomUUID() },
      siteKey: new Uint8Array(32).fill(7),
      hindrance: async () => this.hindrance,
      worker: async () =>
        ({
          list: async (path: string) => ({
            path,
            entries: [...this.files.values()],
            total: this.files.size,
          }),
        }) as unknown as UserWorker,
      objectEvents: { queues: ["uploads"], receive: async () => this.messages.splice(0, 10) },
      startRun: async (request) => {
        this.asked++;
        const fault = this.faults.shift();
        if (fault !== undefined) throw fault;
        this.runs.set(request.idempotencyKey, request);
        if (this.answersLost-- > 0) throw new Error("the answer got lost");
        return { runId: randomUUID(), jobId: this.runs.size };
      },
    };
  }

  /** One more server on the same database. */
  server() {
    const { parts } = this;
    const triggers = new TriggerStore(parts);
    const occurrences = new OccurrenceStore(parts);
    return {
      triggers: createTriggers(parts),
      engine: new TriggerEngine({ ...parts, triggers, occurrences }),
      occurrences,
    };
  }

  put(name: string, size = 1): void {
    const modified = this.clock.now();
    const path = `/home/ada/in/${name}`;
    const etag = `${size}-${modified.getTime()}`;
    this.files.set(name, { path, name, kind: "file", size, modified, etag } as FileEntry);
  }
}

const request = (source: TriggerSource, more: Partial<TriggerRequest> = {}): TriggerRequest => ({
  name: `t ${randomUUID().slice(0, 8)}`,
  cluster: "demo",
  application: "script",
  values: { input: "{{event.path}}" },
  source,
  retries: 3,
  perMinute: 1000,
  keepDays: 90,
  ...more,
});

const FOLDER: TriggerSource = {
  kind: "folder",
  path: "/home/ada/in",
  pattern: "*.txt",
  settleSeconds: 10,
  existing: false,
  everySeconds: 10,
};
const HOOK: TriggerSource = { kind: "web-hook", scheme: "sluice" };
const OBJECTS: TriggerSource = {
  kind: "objects",
  queue: "uploads",
  bucket: "raw-data",
  prefix: "in/",
  suffix: ".txt",
};

function signed(
  secret: string,
  body: string,
  { now, delivery = "" }: { readonly now: Date; readonly delivery?: string },
): HookRequest {
  const stamp = String(Math.floor(now.getTime() / 1000));
  const digest = createHmac("sha256", secret).update(`${stamp}.${delivery}.${body}`).digest("hex");
  return {
    body: new TextEncoder().encode(body),
    headers: {
      "sluice-timestamp": stamp,
      "sluice-signature": `sha256=${digest}`,
      ...(delivery === "" ? {} : { "sluice-delivery": delivery }),
    },
  };
}

async function submitAll({ engine }: ReturnType<World["server"]>): Promise<void> {
  while (await engine.submitDue());
}

describe("a folder", () => {
  it("submits each file once, when it stood still, and not what was there before", async () => {
    const world = new World();
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
    const world = new World();
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
    const world = new World();
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

describe("a web-hook", () => {
  it("takes what is signed, once, and knows it from a repetition", async () => {
    const world = new World();
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
    const world = new World();
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

  it("is not made of what the database has", async () => {
    const world = new World();
    const { triggers } = world.server();
    const { secret = "" } = await triggers.create("ada", request(HOOK));
    const rows = await site.database.selectFrom("triggers").selectAll().execute();
    expect(secret.length).toBeGreaterThan(40);
    expect(JSON.stringify(rows)).not.toContain(secret);
  });
});

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
    const world = new World();
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
    const world = new World();
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

describe("what was received", () => {
  async function flooded(count: number, more: Partial<TriggerRequest> = {}) {
    const world = new World();
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
    const world = new World();
    const { triggers, occurrences } = world.server();
    const { trigger } = await triggers.create(
      "ada",
      request(HOOK, { values: {}, perMinute: 100_000 }),
    );
    const folder = mkdtempSync(join(tmpdir(), "sluice-triggers-"));
    const file = join(folder, "runs");
    writeFileSync(file, "");
    const program = fileURLToPath(new URL("../testing/trigger-runner.ts", import.meta.url));
    const words = [program, JSON.stringify(site.address), file, String(Date.now())];
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

describe("a schedule", () => {
  it("submits each time once, through restarts", async () => {
    const world = new World();
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
    const { triggers } = new World().server();
    const asked = { ...request(HOOK), ...change } as TriggerRequest;
    await expect(triggers.create("ada", asked)).rejects.toMatchObject({ code });
  });

  it("has a name of its own among its owner's", async () => {
    const { triggers } = new World().server();
    await triggers.create("eve", request(HOOK, { name: "one" }));
    await expect(triggers.create("eve", request(HOOK, { name: "one" }))).rejects.toMatchObject({
      code: "TRIGGER_EXISTS",
    });
    await triggers.create("fay", request(HOOK, { name: "one" }));
  });

  it("that is changed while it is looked at begins anew, and nothing of before is noted", async () => {
    const world = new World();
    const { parts } = world;
    const store = new TriggerStore(parts);
    const { triggers } = world.server();
    const { trigger } = await triggers.create("ada", request(FOLDER));
    const held = await store.holdDue(100, new Date(world.clock.now().getTime() + 60_000));
    const mine = held.find(({ id }) => id === trigger.id);
    if (mine === undefined) throw new Error("it was not held");
    world.clock.advance(10);
    await triggers.change(trigger.id, request({ ...FOLDER, path: "/home/ada/other" }));
    let isWritten = false;
    await store.advance(mine, { progress: { isBegun: true }, lookAt: undefined }, async () => {
      isWritten = true;
    });
    expect(isWritten).toBe(false);
    const again = await store.holdDue(100, new Date(world.clock.now().getTime() + 60_000));
    expect(again.find(({ id }) => id === trigger.id)?.progress).toEqual({});
  });
});
