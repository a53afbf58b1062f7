import type { Progress } from "@sluice/cloud";
import type { Clock } from "@sluice/model";
import type { EventHub } from "../../events/hub.ts";
import type { Operation, ProgressLine } from "./contract.ts";
import type { OperationStore } from "./store.ts";

/** Between two tries at a database that does not answer. */
const RETRY_SECONDS = 1;

interface ProgressOptions {
  readonly clock: Clock;
  readonly events: EventHub;
}

/** Lines on their way into the database, in order; one that is away holds nobody up. */
export class ProgressLog {
  readonly #options: ProgressOptions;
  readonly #store: OperationStore;
  readonly #operation: Operation;
  readonly #signal: AbortSignal;
  readonly #waiting: ProgressLine[] = [];
  #writing: Promise<void> | undefined;
  #count = 0;

  constructor(
    options: ProgressOptions,
    store: OperationStore,
    operation: Operation,
    signal: AbortSignal,
  ) {
    this.#options = options;
    this.#store = store;
    this.#operation = operation;
    this.#signal = signal;
  }

  add(progress: Progress): void {
    const line = { ...progress, number: ++this.#count };
    this.#waiting.push(line);
    this.#writing ??= this.#write().finally(() => {
      this.#writing = undefined;
    });
    const { id, kind, cluster, image } = this.#operation;
    const { number, time, resource, status, message } = line;
    this.#options.events.publish({
      topic: "operation",
      kind: "progress",
      ...(cluster === undefined ? {} : { cluster }),
      data: {
        operation: { id, kind, cluster, image },
        line: { number, time: time.toISOString(), resource, status, message },
      },
    });
  }

  /** Resolves when all that was said is durable, or the server stops. */
  async written(): Promise<void> {
    while (this.#writing !== undefined) await this.#writing;
  }

  async #write(): Promise<void> {
    const { clock } = this.#options;
    while (this.#waiting.length > 0 && !this.#signal.aborted) {
      const lines = this.#waiting.slice(0, 200);
      const write = () => this.#store.append(this.#operation.id, lines);
      await untilWritten(write, clock, this.#signal);
      this.#waiting.splice(0, lines.length);
    }
  }
}

/** Tries until it works; undefined when the signal fires before that. */
export async function untilWritten<T>(
  write: () => Promise<T>,
  clock: Clock,
  signal: AbortSignal,
): Promise<T | undefined> {
  while (!signal.aborted) {
    try {
      return await write();
    } catch {
      await clock.sleep(RETRY_SECONDS * 1000, signal);
    }
  }
  return undefined;
}
