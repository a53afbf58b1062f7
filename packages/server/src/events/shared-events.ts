import type { Database } from "@sluice/database";
import { type Clock, messageOf } from "@sluice/model";
import type { Random } from "../deps.ts";
import { EventStore, type EventTable, type ReadEvent, type WrittenEvent } from "./event-store.ts";
import type { EventHub, PublishedEvent, SiteEvent } from "./hub.ts";
import { Sightings } from "./sightings.ts";

export interface SharedEventsOptions {
  readonly database: Database;
  readonly clock: Clock;
  readonly random: Pick<Random, "id">;
  /** Events that are remembered for those who come back. */
  readonly remembered: number;
  /** Told what the database, or a listener, threw. */
  readonly onError?: (error: unknown) => void;
}

export interface SharedEvents extends EventHub {
  /** Writes and reads until the signal fires, and writes what is left then. */
  run(signal: AbortSignal): Promise<void>;
}

interface Subscriber {
  readonly wants: (event: PublishedEvent) => boolean;
  readonly listener: (event: PublishedEvent) => void;
  readonly onLost: () => void;
  /** It has all up to this one, which this server has not read yet; `since` the pass it came in. */
  ahead: { readonly number: number; readonly pass: number } | undefined;
}

interface Remembered {
  readonly number: number;
  readonly published: PublishedEvent;
}

/** Milliseconds between two looks at what other servers wrote. */
const POLL_MS = 250;
/** While the database is away. */
const AWAY_MS = 1000;
const WRITTEN_AT_ONCE = 500;
const READ_AT_ONCE = 1000;
/** Events that wait for a database that is away. */
const MOST_WAITING = 20_000;
/** Seconds for which other servers, and those that start, find events. */
const KEPT_SECONDS = 15 * 60;
const FORGET_EVERY_MS = 60_000;

/**
 * Events of all servers of a site, in one order, by way of its database. What is published here is
 * delivered here, too, only when it was read back: so every server's streams have the same events
 * with the same ids, and a stream that goes on at another server misses nothing and doubles nothing.
 * While the database is away, events wait; those of a server that dies meanwhile are gone with it.
 */
export async function createSharedEvents(options: SharedEventsOptions): Promise<SharedEvents> {
  const hub = new DatabaseEvents(options);
  await hub.begin();
  return hub;
}

class DatabaseEvents implements SharedEvents {
  readonly #options: SharedEventsOptions;
  readonly #store: EventStore;
  readonly #sightings = new Sightings();
  readonly #subscribers = new Set<Subscriber>();
  readonly #ring: Remembered[] = [];
  readonly #waiting: SiteEvent[] = [];
  readonly #times = new WeakMap<SiteEvent, Date>();
  readonly #identities = new WeakMap<SiteEvent, string>();
  #epoch = "";
  #last = 0;
  /** All after this one are in the ring. */
  #floor = 0;
  #passes = 0;
  #wake = new AbortController();
  #isOverfull = false;

  constructor(options: SharedEventsOptions) {
    this.#options = options;
    this.#store = new EventStore(options.database);
  }

  async begin(): Promise<void> {
    this.#restart(await this.#store.table());
    for (;;) {
      const { events } = await this.#store.after(this.#last, READ_AT_ONCE);
      for (const one of events) this.#take(one);
      if (events.length < READ_AT_ONCE) return;
    }
  }

  publish(event: SiteEvent): void {
    if (this.#waiting.length >= MOST_WAITING) {
      this.#isOverfull = true;
      return;
    }
    this.#times.set(event, this.#options.clock.now());
    this.#waiting.push(event);
    this.#wake.abort();
  }

  subscribe({ since, wants, listener, signal, onLost = () => {} }: SubscribeOptions): void {
    if (signal.aborted) return;
    const subscriber: Subscriber = { wants, listener, onLost, ahead: undefined };
    this.#subscribers.add(subscriber);
    signal.addEventListener("abort", () => this.#subscribers.delete(subscriber), { once: true });
    if (since === undefined) return;
    const number = this.#numberOf(since);
    if (number === undefined || number < this.#floor) onLost();
    else if (number > this.#last) subscriber.ahead = { number, pass: this.#passes };
    else {
      for (const { published } of this.#ring.slice(this.#indexAfter(number))) {
        this.#deliver(subscriber, published);
      }
    }
  }

  lastId(): string {
    return this.#idOf(this.#last);
  }

  listeners(): number {
    return this.#subscribers.size;
  }

  async run(signal: AbortSignal): Promise<void> {
    const { clock, onError = () => {} } = this.#options;
    let forgetAt = clock.now().getTime() + FORGET_EVERY_MS;
    while (!signal.aborted) {
      this.#wake = new AbortController();
      let pause = POLL_MS;
      try {
        await this.#pass();
        if (clock.now().getTime() >= forgetAt) {
          forgetAt = clock.now().getTime() + FORGET_EVERY_MS;
          while (await this.#store.forget(KEPT_SECONDS));
        }
      } catch (error) {
        onError(error);
        pause = AWAY_MS;
      }
      // What is published while the database is away does not make it come back.
      const woken = pause === AWAY_MS ? [] : [this.#wake.signal];
      await clock.sleep(pause, AbortSignal.any([signal, ...woken]));
    }
    await this.#pass().catch((error: unknown) => onError(messageOf(error)));
  }

  /** Reads what is new, writes what waits, and reads that. */
  async #pass(): Promise<void> {
    await this.#read();
    while (this.#waiting.length > 0) {
      const some = this.#waiting.slice(0, WRITTEN_AT_ONCE);
      const written = this.#written(some);
      if (written.length > 0) await this.#store.write(written);
      this.#waiting.splice(0, some.length);
      await this.#read();
    }
    if (!this.#isOverfull) return;
    this.#isOverfull = false;
    for (const { onLost } of this.#subscribers) this.#guarded(onLost);
  }

  async #read(): Promise<void> {
    const pass = this.#passes + 1;
    for (;;) {
      const { table, events } = await this.#store.after(this.#last, READ_AT_ONCE);
      // A database that was restored, or lost what was in it.
      if (table.epoch !== this.#epoch || table.last < this.#last) {
        this.#restart(table);
        for (const { onLost } of this.#subscribers) this.#guarded(onLost);
        continue;
      }
      if (table.forgotten > this.#last) {
        this.#ring.length = 0;
        this.#floor = table.forgotten;
        this.#last = table.forgotten;
        for (const { onLost } of this.#subscribers) this.#guarded(onLost);
      }
      for (const one of events) this.#take(one);
      if (events.length < READ_AT_ONCE) break;
    }
    for (const subscriber of this.#subscribers) {
      const { ahead } = subscriber;
      if (ahead === undefined || ahead.pass >= pass) continue;
      subscriber.ahead = undefined;
      // Nobody ever gave that number.
      if (ahead.number > this.#last) this.#guarded(subscriber.onLost);
    }
    this.#passes = pass;
  }

  /** From here on, with what the table still has of before. */
  #restart({ epoch, forgotten }: EventTable): void {
    this.#ring.length = 0;
    this.#sightings.clear();
    this.#epoch = epoch;
    this.#floor = forgotten;
    this.#last = forgotten;
  }

  #take({ number, identity, event }: ReadEvent): void {
    const { remembered } = this.#options;
    const { time, ...told } = JSON.parse(event) as SiteEvent & { readonly time: string };
    const published = { ...told, id: this.#idOf(number), time: new Date(time) };
    if (told.sighting !== undefined) this.#sightings.note(told.sighting, identity);
    this.#last = number;
    this.#ring.push({ number, published });
    // In blocks, since taking from the front of a list moves all of it.
    if (this.#ring.length > remembered * 1.25) {
      const gone = this.#ring.splice(0, this.#ring.length - remembered);
      this.#floor = gone.at(-1)?.number ?? this.#floor;
    }
    for (const subscriber of [...this.#subscribers]) {
      if (subscriber.ahead !== undefined && number <= subscriber.ahead.number) continue;
      this.#deliver(subscriber, published);
    }
  }

  /** Those that nobody told yet, each with what it is known by. */
  #written(events: readonly SiteEvent[]): readonly WrittenEvent[] {
    const { clock } = this.#options;
    return events.flatMap((event) => {
      const identity = this.#identityOf(event);
      if (identity === undefined) return [];
      const time = this.#times.get(event) ?? clock.now();
      return [{ identity, event: JSON.stringify({ ...event, time }) }];
    });
  }

  /** Written again after an answer that was lost, it is the same. */
  #identityOf(event: SiteEvent): string | undefined {
    const given = this.#identities.get(event);
    if (given !== undefined) return given;
    const { sighting } = event;
    const identity =
      sighting === undefined ? this.#options.random.id() : this.#sightings.identityOf(sighting);
    if (identity === undefined) return undefined;
    this.#identities.set(event, identity);
    if (sighting !== undefined) this.#sightings.note(sighting, identity);
    return identity;
  }

  #numberOf(since: string): number | undefined {
    const [, epoch, digits] = /^(.+)-(\d{1,15})$/.exec(since) ?? [];
    return epoch === this.#epoch ? Number(digits) : undefined;
  }

  #idOf(number: number): string {
    return `${this.#epoch}-${number}`;
  }

  #indexAfter(number: number): number {
    let [from, to] = [0, this.#ring.length];
    while (from < to) {
      const middle = (from + to) >> 1;
      if ((this.#ring[middle]?.number ?? 0) <= number) from = middle + 1;
      else to = middle;
    }
    return from;
  }

  #deliver({ wants, listener }: Subscriber, event: PublishedEvent): void {
    this.#guarded(() => {
      if (wants(event)) listener(event);
    });
  }

  #guarded(call: () => void): void {
    try {
      call();
    } catch (error) {
      this.#options.onError?.(error);
    }
  }
}

type SubscribeOptions = Parameters<EventHub["subscribe"]>[0];
