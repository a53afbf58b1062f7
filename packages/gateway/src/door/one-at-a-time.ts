import type { Write } from "./questions.ts";

interface Audience {
  readonly writers: Set<Write>;
  /** Fires when nobody listens any more. */
  readonly left: AbortController;
  readonly done: Promise<void>;
}

/**
 * Asks for all who want the same: one question is under way at a time, and those who come meanwhile
 * wait for the next together, so that nobody hears what was true before they asked.
 */
export class OneAtATime {
  readonly #running = new Map<string, Promise<void>>();
  readonly #next = new Map<string, Audience>();

  /** @param ask is called once for all; what it writes goes to everybody who listens. */
  listen(
    key: string,
    ask: (write: Write, signal: AbortSignal) => Promise<void>,
    write: Write,
    signal: AbortSignal,
  ): Promise<void> {
    let audience = this.#next.get(key);
    if (audience === undefined) {
      const writers = new Set<Write>();
      const left = new AbortController();
      audience = { writers, left, done: this.#afterwards(key, writers, left.signal, ask) };
      this.#next.set(key, audience);
    }
    const { writers, left, done } = audience;
    const mine: Write = (text) => write(text);
    writers.add(mine);
    const leave = (): void => {
      writers.delete(mine);
      if (writers.size === 0) left.abort();
    };
    if (signal.aborted) leave();
    else signal.addEventListener("abort", leave, { once: true });
    return done;
  }

  async #afterwards(
    key: string,
    writers: ReadonlySet<Write>,
    left: AbortSignal,
    ask: (write: Write, signal: AbortSignal) => Promise<void>,
  ): Promise<void> {
    // A turn of the event loop, so that what comes at the same moment is asked together.
    await new Promise((resolve) => setImmediate(resolve));
    await this.#running.get(key)?.catch(() => {});
    this.#next.delete(key);
    if (left.aborted) return;
    const all: Write = async (text) => {
      await Promise.all([...writers].map((one) => one(text)));
    };
    const running = ask(all, left);
    this.#running.set(key, running);
    try {
      await running;
    } finally {
      if (this.#running.get(key) === running) this.#running.delete(key);
    }
  }
}
