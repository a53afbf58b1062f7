import { randomUUID } from "node:crypto";
import { setTimeout as delay } from "node:timers/promises";
import type { Clock } from "@sluice/model";
import { workerApp } from "./worker/app.ts";
import { createOwners } from "./worker/owners.ts";
import type { WorkerParts } from "./worker/parts.ts";
import { createTerritory, type Root } from "./worker/territory.ts";
import { createUploads, type Uploads } from "./worker/uploads/uploads.ts";

export interface WorkerOptions {
  /** In a folder that nobody else reaches. */
  readonly socketPath: string;
  readonly signal: AbortSignal;
  /** As they are now, the user's home first; the same list until they are others. */
  readonly roots: () => readonly Root[];
}

/** Of a login, and what Slurm's commands have to know on this machine. */
const KEPT = ["HOME", "USER", "LOGNAME", "SHELL", "PATH", "LANG", "SLURM_CONF"];
const CLEAR_EVERY_MS = 3_600_000;

/**
 * Serves one user's files and commands at a socket. The process has to be that user: nothing here
 * asks what the user may do, the kernel does. Resolves when the signal fired and nothing is open.
 */
export async function serveWorker({ socketPath, signal, roots }: WorkerOptions): Promise<void> {
  const home = roots()[0]?.path ?? "/";
  const parts: WorkerParts = {
    territory: createTerritory(roots),
    owners: createOwners(),
    clock: systemClock,
    newId: randomUUID,
    umask: umask(),
    environment: loginEnvironment(home),
  };
  const uploads = createUploads(parts, home);
  const app = workerApp(parts, uploads);
  if (signal.aborted) return;
  await app.listen({ path: socketPath });
  const clearing = clearNowAndThen(uploads, signal);
  if (!signal.aborted) {
    await new Promise((resolve) => signal.addEventListener("abort", resolve, { once: true }));
  }
  await app.close();
  await clearing;
}

async function clearNowAndThen(uploads: Uploads, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    await uploads.clear().catch((error: unknown) => console.error(error));
    await systemClock.sleep(CLEAR_EVERY_MS, signal);
  }
}

/** What the gateway gave, as a login would; of that only what is known to belong to one. */
function loginEnvironment(home: string): Readonly<Record<string, string>> {
  const kept = KEPT.flatMap((name) => {
    const value = process.env[name];
    return value === undefined ? [] : [[name, value] as const];
  });
  return { HOME: home, LANG: "C.UTF-8", ...Object.fromEntries(kept) };
}

/** It can only be asked by setting it; nothing else runs yet. */
function umask(): number {
  const mask = process.umask(0o022);
  process.umask(mask);
  return mask;
}

const systemClock: Clock = {
  now: () => new Date(),
  sleep: (milliseconds, signal) =>
    delay(milliseconds, undefined, signal === undefined ? {} : { signal }).catch(() => undefined),
};
