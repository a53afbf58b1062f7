import { createHash, timingSafeEqual } from "node:crypto";
import type { Clock } from "@sluice/model";

/** Whoever has not the key waits so long for the answer. */
const PENALTY_MILLISECONDS = 1000;
/** So many may wait at once; others are not even answered. */
const MOST_WAITING = 64;

export type KeyVerdict = "right" | "wrong" | "too-many";

/**
 * Tells whether an `authorization` header has the key, in the same time for every wrong one. A wrong
 * one is told late, and a right one at once, however many wrong ones there are.
 */
export function createKeyCheck(options: {
  readonly key: string;
  readonly clock: Clock;
}): (authorization: string | undefined) => Promise<KeyVerdict> {
  const wanted = digest(`Bearer ${options.key}`);
  let waiting = 0;
  return async (authorization) => {
    if (timingSafeEqual(digest(authorization ?? ""), wanted)) return "right";
    if (waiting >= MOST_WAITING) return "too-many";
    waiting += 1;
    await options.clock.sleep(PENALTY_MILLISECONDS);
    waiting -= 1;
    return "wrong";
  };
}

function digest(text: string): Buffer {
  return createHash("sha256").update(text).digest();
}
