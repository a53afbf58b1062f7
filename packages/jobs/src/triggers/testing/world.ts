import { createHmac, randomUUID } from "node:crypto";
import type { ObjectMessage } from "@sluice/cloud";
import { type TestDatabase, testDatabase } from "@sluice/database/testing";
import type { FileEntry, UserWorker } from "@sluice/gateway";
import { afterEach, beforeAll } from "vitest";
import { HastyClock } from "../../testing/hasty-clock.ts";
import type { RunRequest, TriggerParts } from "../contract.ts";
import { createTriggers, type TriggerRequest } from "../create-triggers.ts";
import { TriggerEngine } from "../engine.ts";
import { OccurrenceStore } from "../occurrence-store.ts";
import type { FolderSource, TriggerSource } from "../source.ts";
import { TriggerStore } from "../trigger-store.ts";
import type { HookRequest } from "../web-hook.ts";

/** To be called at the top of a test file: a database for its tests, without a trigger for each. */
export function triggerWorlds(): { world(): World } {
  let site: TestDatabase;
  beforeAll(async () => {
    site = await testDatabase();
    return () => site[Symbol.asyncDispose]();
  });
  // Every server works on all that there is.
  afterEach(async () => {
    await site.database.deleteFrom("triggers").execute();
    await site.database.deleteFrom("occurrences").execute();
  });
  return { world: () => new World(site) };
}

/** Runs by their key, as the server keeps them; a folder; a queue. For all servers of one database. */
export class World {
  readonly site: TestDatabase;
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

  constructor(site: TestDatabase) {
    this.site = site;
  }

  get parts(): TriggerParts {
    return {
      database: this.site.database,
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

export const request = (
  source: TriggerSource,
  more: Partial<TriggerRequest> = {},
): TriggerRequest => ({
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

export const FOLDER: FolderSource = {
  kind: "folder",
  path: "/home/ada/in",
  pattern: "*.txt",
  settleSeconds: 10,
  existing: false,
  everySeconds: 10,
};
export const HOOK: TriggerSource = { kind: "web-hook", scheme: "sluice" };
export const OBJECTS: TriggerSource = {
  kind: "objects",
  queue: "uploads",
  bucket: "raw-data",
  prefix: "in/",
  suffix: ".txt",
};

export function signed(
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

export async function submitAll({ engine }: ReturnType<World["server"]>): Promise<void> {
  while (await engine.submitDue());
}
