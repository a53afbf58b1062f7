import type { FileHandle } from "node:fs/promises";
import { isCode } from "./failures.ts";
import type { WorkerParts } from "./parts.ts";
import { demandFile, openHeld, tidy } from "./territory.ts";

export type Followed =
  | { readonly kind: "bytes"; readonly bytes: Uint8Array }
  /** What comes next is the beginning of another content: the file was cut or replaced. */
  | { readonly kind: "restart" }
  /** Nothing new; so that a reader that went away is noticed. */
  | { readonly kind: "still" };

const CHUNK = 64 * 1024;
/** Notices of the kernel don't tell what another machine wrote to a shared disk: it is asked. */
const SOONEST_MS = 200;
const LATEST_MS = 1000;
const STILL_AFTER_MS = 10_000;

interface Watched {
  readonly handle: FileHandle;
  readonly identity: string;
}

/**
 * The bytes of a file from `offset` on (below 0: from so far before its end) and then what is
 * written to it. Waits for a file that is not there; ends with the signal.
 */
export async function* followFile(
  parts: WorkerParts,
  path: string,
  offset: number,
  signal: AbortSignal,
): AsyncGenerator<Followed> {
  const asked = tidy(path);
  const { clock } = parts;
  let watched: Watched | undefined;
  let at = Math.max(0, offset);
  let isFirst = true;
  let pause = SOONEST_MS;
  let lastTold = clock.now().getTime();
  try {
    while (!signal.aborted) {
      let hasNew = false;
      watched ??= await openToFollow(parts, asked);
      if (watched !== undefined) {
        const { size } = await watched.handle.stat();
        if (isFirst) {
          isFirst = false;
          if (offset < 0) at = Math.max(0, size + offset);
        }
        if (size < at) {
          at = 0;
          yield { kind: "restart" };
        }
        while (!signal.aborted) {
          const chunk = Buffer.allocUnsafe(CHUNK);
          const { bytesRead } = await watched.handle.read(chunk, 0, CHUNK, at);
          if (bytesRead === 0) break;
          at += bytesRead;
          hasNew = true;
          yield { kind: "bytes", bytes: chunk.subarray(0, bytesRead) };
        }
        if (!hasNew && (await identityAt(parts, asked)) !== watched.identity) {
          // Another file has the name, or none: what comes under it is another content.
          await watched.handle.close();
          watched = undefined;
          at = 0;
          hasNew = true;
          yield { kind: "restart" };
        }
      }
      const now = clock.now().getTime();
      if (hasNew) lastTold = now;
      else if (now - lastTold >= STILL_AFTER_MS) {
        lastTold = now;
        yield { kind: "still" };
      }
      pause = hasNew ? SOONEST_MS : Math.min(LATEST_MS, pause * 1.5);
      await clock.sleep(pause, signal);
    }
  } finally {
    await watched?.handle.close();
  }
}

async function openToFollow(parts: WorkerParts, path: string): Promise<Watched | undefined> {
  try {
    await using held = await parts.territory.hold(path);
    demandFile(held, path);
    const handle = await openHeld(held, path);
    return { handle, identity: `${held.stat.dev}:${held.stat.ino}` };
  } catch (error) {
    if (isCode(error, "FILE_NOT_FOUND")) return undefined;
    throw error;
  }
}

async function identityAt(parts: WorkerParts, path: string): Promise<string | undefined> {
  try {
    await using held = await parts.territory.hold(path);
    return `${held.stat.dev}:${held.stat.ino}`;
  } catch (error) {
    if (isCode(error, "FILE_NOT_FOUND")) return undefined;
    throw error;
  }
}
