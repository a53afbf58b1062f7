import type { Place } from "../place.ts";
import type { ConflictChoice } from "../transfers.ts";

/**
 *   waiting ──▶ sending ──▶ done
 *      ▲        │  ▲ │ └──▶ failed, taken
 *      │        ▼  │ ▼
 *      └──── paused cut
 *
 * `cut`: the server is not reached, and is asked again by itself. `taken`: something has the name,
 * and it is for a person to say what should become of it.
 */
export type UploadState = "waiting" | "sending" | "paused" | "cut" | "taken" | "done" | "failed";

export interface UploadItem {
  readonly id: number;
  readonly place: Place;
  /** Of the file that it will be. */
  readonly path: string;
  readonly size: number;
  readonly sent: number;
  readonly state: UploadState;
  /** Sentences. */
  readonly error: readonly string[];
  /** Bytes each second, of late. */
  readonly speed: number | undefined;
}

/** A file to be sent, and what is told of it while it is. */
export interface SendOptions {
  readonly file: File;
  readonly place: Place;
  readonly path: string;
  readonly overwrite: boolean;
  /** Where one goes on that began before. */
  readonly location: string | undefined;
  readonly onLocation: (location: string) => void;
  readonly onProgress: (sent: number) => void;
  /** It broke off, and is tried again by itself. */
  readonly onCut: () => void;
}

export type SendResult =
  | { readonly kind: "done" }
  | { readonly kind: "taken" }
  | { readonly kind: "failed"; readonly error: readonly string[] };

/** Sends one file until it is there, refused, or the signal fires. What came so far stays there. */
export type Send = (options: SendOptions, signal: AbortSignal) => Promise<SendResult>;

export interface UploadQueueOptions {
  readonly send: Send;
  /** Gives up what is there of one. */
  readonly remove: (place: Place, location: string) => Promise<void>;
  /** A file is there. */
  readonly onDone: (item: UploadItem, location: string | undefined) => void;
  /** The next name to try where that one is taken. */
  readonly otherPath: (path: string, tried: ReadonlySet<string>) => string;
  /** Milliseconds, of a clock that only goes forward. */
  readonly now: () => number;
}

interface Entry {
  readonly file: File;
  readonly tried: Set<string>;
  item: UploadItem;
  overwrite: boolean;
  keepBoth: boolean;
  location: string | undefined;
  stop: AbortController | undefined;
  mark: { readonly at: number; readonly sent: number } | undefined;
}

/** Files that are sent at the same time. */
const AT_ONCE = 3;
/** Milliseconds over which a speed is taken. */
const SPEED_OVER = 1_000;

/** Files on their way to a cluster. They go on whichever page is looked at. */
export class UploadQueue {
  readonly #options: UploadQueueOptions;
  readonly #entries = new Map<number, Entry>();
  readonly #listeners = new Set<() => void>();
  #items: readonly UploadItem[] = [];
  #count = 0;

  constructor(options: UploadQueueOptions) {
    this.#options = options;
  }

  /** Another array each time that something changed. */
  get items(): readonly UploadItem[] {
    return this.#items;
  }

  get isBusy(): boolean {
    return this.#items.some(({ state }) => ["waiting", "sending", "cut"].includes(state));
  }

  /** Where those are that are not done. */
  get locations(): ReadonlySet<string> {
    const entries = [...this.#entries.values()];
    return new Set(entries.flatMap(({ location }) => (location === undefined ? [] : [location])));
  }

  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };

  /** @param location where it goes on when it began before. */
  add(file: File, place: Place, path: string, location?: string): void {
    this.#count += 1;
    const id = this.#count;
    const item: UploadItem = {
      ...{ id, place, path, size: file.size, sent: 0 },
      ...{ state: "waiting", error: [], speed: undefined },
    };
    this.#entries.set(id, {
      ...{ file, item, location, overwrite: false, keepBoth: false, tried: new Set() },
      ...{ stop: undefined, mark: undefined },
    });
    this.#tell();
    this.#next();
  }

  pause(id: number): void {
    const entry = this.#entries.get(id);
    if (entry === undefined || !["waiting", "sending", "cut"].includes(entry.item.state)) return;
    this.#set(entry, { state: "paused", speed: undefined });
    entry.stop?.abort();
  }

  /** Goes on with what is paused, and tries again what failed. */
  resume(id: number): void {
    const entry = this.#entries.get(id);
    if (entry === undefined || !["paused", "failed"].includes(entry.item.state)) return;
    this.#set(entry, { state: "waiting", error: [] });
    this.#next();
  }

  decide(id: number, choice: ConflictChoice): void {
    const entry = this.#entries.get(id);
    if (entry?.item.state !== "taken") return;
    if (choice === "skip") {
      this.#forget(entry);
      return;
    }
    if (choice === "replace") entry.overwrite = true;
    else this.#rename(entry);
    this.#set(entry, { state: "waiting" });
    this.#next();
  }

  /** Gives one up, with what is there of it. */
  cancel(id: number): void {
    const entry = this.#entries.get(id);
    if (entry === undefined) return;
    const { location, item } = entry;
    this.#forget(entry);
    entry.stop?.abort();
    if (location !== undefined && item.state !== "done") {
      // Left there it is cleared away by itself.
      this.#options.remove(item.place, location).catch(() => {});
    }
    this.#next();
  }

  clearDone(): void {
    for (const entry of [...this.#entries.values()]) {
      if (entry.item.state === "done") this.#entries.delete(entry.item.id);
    }
    this.#tell();
  }

  #rename(entry: Entry): void {
    entry.keepBoth = true;
    entry.tried.add(entry.item.path);
    entry.item = { ...entry.item, path: this.#options.otherPath(entry.item.path, entry.tried) };
  }

  #forget(entry: Entry): void {
    this.#entries.delete(entry.item.id);
    this.#tell();
  }

  #set(entry: Entry, change: Partial<UploadItem>): void {
    entry.item = { ...entry.item, ...change };
    if (this.#entries.has(entry.item.id)) this.#tell();
  }

  #tell(): void {
    this.#items = [...this.#entries.values()].map(({ item }) => item);
    for (const tell of this.#listeners) tell();
  }

  #next(): void {
    const entries = [...this.#entries.values()];
    let free = AT_ONCE - entries.filter(({ stop }) => stop !== undefined).length;
    for (const entry of entries) {
      if (free <= 0) return;
      if (entry.item.state !== "waiting" || entry.stop !== undefined) continue;
      free -= 1;
      void this.#send(entry);
    }
  }

  async #send(entry: Entry): Promise<void> {
    const stop = new AbortController();
    entry.stop = stop;
    entry.mark = undefined;
    this.#set(entry, { state: "sending", error: [] });
    const { file, overwrite, location } = entry;
    const { path, place } = entry.item;
    const isOver = () => stop.signal.aborted;
    const result = await this.#options
      .send(
        {
          ...{ file, place, path, overwrite, location },
          onLocation: (found) => {
            entry.location = found;
          },
          onProgress: (sent) => !isOver() && this.#progress(entry, sent),
          onCut: () => !isOver() && this.#set(entry, { state: "cut", speed: undefined }),
        },
        stop.signal,
      )
      .catch((): SendResult => ({ kind: "failed", error: [] }));
    entry.stop = undefined;
    if (!isOver()) this.#ended(entry, result);
    // One that was paused may have been resumed since.
    this.#next();
  }

  #progress(entry: Entry, sent: number): void {
    const now = this.#options.now();
    const { mark } = entry;
    if (mark === undefined || sent < mark.sent) {
      entry.mark = { at: now, sent };
      this.#set(entry, { state: "sending", sent });
    } else if (now - mark.at >= SPEED_OVER) {
      const speed = (1000 * (sent - mark.sent)) / (now - mark.at);
      entry.mark = { at: now, sent };
      this.#set(entry, { state: "sending", sent, speed });
    } else {
      this.#set(entry, { state: "sending", sent });
    }
  }

  #ended(entry: Entry, result: SendResult): void {
    switch (result.kind) {
      case "done":
        this.#set(entry, { state: "done", sent: entry.item.size, speed: undefined });
        this.#options.onDone(entry.item, entry.location);
        entry.location = undefined;
        return;
      case "taken":
        entry.location = undefined;
        if (entry.keepBoth) {
          this.#rename(entry);
          this.#set(entry, { state: "waiting" });
        } else this.#set(entry, { state: "taken", speed: undefined });
        return;
      case "failed":
        this.#set(entry, { state: "failed", error: result.error, speed: undefined });
        return;
      default:
        result satisfies never;
    }
  }
}
