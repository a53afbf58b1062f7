import { createHash } from "node:crypto";
import type { Sighting } from "./hub.ts";

interface Known {
  readonly version: string;
  readonly order: number;
  readonly identity: string;
}

/** Beyond that the oldest go: they were told long before what is kept of events. */
const MOST = 200_000;

/**
 * What was last told of each subject. Several servers see the same changes: whoever tells one first
 * has told it for all. An identity is made of the change and of what was told before it, so that two
 * that tell it at the same moment give it the same one.
 */
export class Sightings {
  readonly #told = new Map<string, Known>();

  /** Of an event that was told, by whomever. */
  note({ subject, version, order }: Sighting, identity: string): void {
    this.#told.delete(subject);
    this.#told.set(subject, { version, order, identity });
    if (this.#told.size <= MOST) return;
    const [oldest] = this.#told.keys();
    if (oldest !== undefined) this.#told.delete(oldest);
  }

  /** Undefined: this is told already, or was overtaken. */
  identityOf({ subject, version, order }: Sighting): string | undefined {
    const before = this.#told.get(subject);
    if (before !== undefined && (before.version === version || before.order > order)) {
      return undefined;
    }
    const words = [subject, version, before?.identity ?? ""];
    return createHash("sha256").update(JSON.stringify(words)).digest("hex");
  }

  clear(): void {
    this.#told.clear();
  }
}
