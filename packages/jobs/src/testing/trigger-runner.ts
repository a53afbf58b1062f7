import { randomUUID } from "node:crypto";
import { appendFileSync } from "node:fs";
import { setTimeout as delay } from "node:timers/promises";
import { connect, type DatabaseAddress } from "@sluice/database";
import { createTriggers } from "../triggers/index.ts";

/** Time goes by so much faster than outside: what a dead process held is free after two seconds. */
const HASTE = 60;

/**
 * A server process as far as triggers are concerned, for tests that kill it. Its runs are lines of a
 * file with their keys. The arguments are the database's address as JSON, the
 * file, and when 2030 began.
 */
const [, , address = "", file = "", began = ""] = process.argv;
const triggers = createTriggers({
  database: connect(JSON.parse(address) as DatabaseAddress),
  clock: {
    now: () => new Date(Date.UTC(2030, 0) + (Date.now() - Number(began)) * HASTE),
    sleep: (milliseconds, signal) =>
      delay(milliseconds / HASTE, undefined, signal && { signal }).catch(() => {}),
  },
  random: { id: () => randomUUID() },
  siteKey: new Uint8Array(32),
  hindrance: async () => undefined,
  worker: () => Promise.reject(new Error("there are no folders")),
  async startRun({ idempotencyKey }) {
    await delay(5);
    appendFileSync(file, `${idempotencyKey}\n`);
    await delay(5);
    return { runId: randomUUID(), jobId: 1 };
  },
});
await triggers.run(new AbortController().signal);
