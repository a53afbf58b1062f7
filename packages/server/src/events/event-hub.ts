import type { Clock } from "@sluice/model";
import type { EventHub, PublishedEvent, SiteEvent } from "./hub.ts";

export interface EventHubOptions {
  readonly clock: Clock;
  /** Begins every id, so that those of another process are known to be forgotten: a UUID. */
  readonly process: string;
  /** Events that are remembered for those who come back. */
  readonly remembered: number;
  /** Told what a listener threw. */
  readonly onError?: (error: unknown) => void;
}

interface Subscriber {
  readonly wants: (event: PublishedEvent) => boolean;
  readonly listener: (event: PublishedEvent) => void;
}

/** Everything in memory: who needs more than what changed lately reads it again. */
export function createEventHub(options: EventHubOptions): EventHub {
  const { clock, process, remembered, onError = () => {} } = options;
  const ring: PublishedEvent[] = [];
  /** Number of the ring's first. */
  let first = 1;
  let next = 1;
  const subscribers = new Set<Subscriber>();

  const deliver = ({ wants, listener }: Subscriber, event: PublishedEvent): void => {
    try {
      if (wants(event)) listener(event);
    } catch (error) {
      onError(error);
    }
  };

  /** Index in the ring from which on events are new; undefined when some are forgotten. */
  const indexAfter = (since: string): number | undefined => {
    const [, of, digits] = /^(.+)-(\d+)$/.exec(since) ?? [];
    const number = Number(digits);
    if (of !== process || number + 1 < first || number >= next) return undefined;
    return number + 1 - first;
  };

  return {
    publish(event: SiteEvent): void {
      const published = { ...event, id: `${process}-${next}`, time: clock.now() };
      next += 1;
      ring.push(published);
      // In blocks, since taking from the front of a list moves all of it.
      if (ring.length > remembered * 1.25) first += ring.splice(0, ring.length - remembered).length;
      for (const subscriber of [...subscribers]) deliver(subscriber, published);
    },
    subscribe({ since, wants, listener, signal, onLost = () => {} }): void {
      if (signal.aborted) return;
      const subscriber = { wants, listener };
      subscribers.add(subscriber);
      signal.addEventListener("abort", () => subscribers.delete(subscriber), { once: true });
      if (since === undefined) return;
      const from = indexAfter(since);
      if (from === undefined) onLost();
      else for (const event of ring.slice(from)) deliver(subscriber, event);
    },
    lastId: () => `${process}-${next - 1}`,
    listeners: () => subscribers.size,
  };
}
