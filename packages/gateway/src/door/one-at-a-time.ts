import type { Write } from "./questions.ts";

interface Audience {
  readonly writers: Set<Write>;
  /** Fires when nobody listens any more. */
  readonly left: AbortController;
  readonly done: Promise<void>;
}

export interface OneAtATimeOptions {
  /** Milliseconds of any fixed moment. */
  readonly milliseconds?: () => number;
}

/** A whole answer that was heard, for those who may hear it again. */
interface Heard {
  readonly askedAt: number;
  readonly words: readonly string[];
}

/** Characters of an answer that are kept; what is longer is asked again. */
const MOST_KEPT = 64 * 1024 * 1024;
/** Milliseconds for which it is kept. */
export const KEPT_AT_MOST = 10_000;

/**
 * Asks for all who want the same: one question is under way at a time, and those who come meanwhile
 * wait for the next together, so that nobody hears what was true before they asked. Who says how old
 * an answer may be hears the last one instead while it is not older.
 */
export class OneAtATime {
  readonly #milliseconds: () => number;
  readonly #heard = new Map<string, Heard>();
  readonly #running = new Map<string, Promise<void>>();
  readonly #next = new Map<string, Audience>();

  constructor({ milliseconds = () => performance.now() }: OneAtATimeOptions = {}) {
    this.#milliseconds = milliseconds;
  }

  /**
   * As `listen`, but an answer will do that was asked for at most `maxAge` milliseconds ago: several
   * servers that look every few seconds are one question. Nobody hears an older answer than before.
   */
  async hear(
    key: string,
    maxAge: number,
    ask: (write: Write, signal: AbortSignal) => Promise<void>,
    write: Write,
    signal: AbortSignal,
  ): Promise<void> {
    const heard = this.#heard.get(key);
    if (heard !== undefined && this.#milliseconds() - heard.askedAt <= maxAge) {
      for (const text of heard.words) if (!signal.aborted) await write(text);
      return;
    }
    const keeping = (all: Write, gone: AbortSignal) => this.#keeping(key, ask, all, gone);
    return this.listen(key, keeping, write, signal);
  }

  async #keeping(
    key: string,
    ask: (write: Write, signal: AbortSignal) => Promise<void>,
    write: Write,
    signal: AbortSignal,
  ): Promise<void> {
    const askedAt = this.#milliseconds();
    const words: string[] = [];
    let length = 0;
    this.#heard.delete(key);
    await ask(async (text) => {
      length += text.length;
      if (length <= MOST_KEPT) words.push(text);
      await write(text);
    }, signal);
    if (signal.aborted || length > MOST_KEPT) return;
    const heard = { askedAt, words };
    this.#heard.set(key, heard);
    // What nobody may hear any more takes no room.
    const forget = () => this.#heard.get(key) === heard && this.#heard.delete(key);
    setTimeout(forget, KEPT_AT_MOST).unref();
  }

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
