import { ROUTES } from "@sluice/api";
import type { Query, QueryClient } from "@tanstack/react-query";
import { useEffect } from "react";
import { connection } from "./connection.ts";
import { database } from "./database.ts";
import { queryClient, type Topic } from "./queries.ts";
import { server } from "./server.ts";

/** Milliseconds between two readings of the same because of what changed. */
const LEAST = 1_000;
/** Milliseconds between two tries to reach a server that is away. */
const PROBE = 2_000;
/** Before the first: most that break are back at once. */
const SOON = 200;

/**
 * Reads again what an event touches: at once, and then not more often than each second, however many
 * events come.
 */
export class Refresher {
  readonly #client: QueryClient;
  readonly #wanted = new Map<string, Query>();
  #timer: ReturnType<typeof setTimeout> | undefined;
  #last = Number.NEGATIVE_INFINITY;

  constructor(client: QueryClient) {
    this.#client = client;
  }

  changed(topic: string, cluster: string | undefined, change?: unknown): void {
    const touched = this.#client.getQueryCache().findAll({
      predicate: ({ meta = {} }) =>
        meta.topics?.includes(topic as Topic) === true &&
        (cluster === undefined || meta.cluster === undefined || meta.cluster === cluster) &&
        meta.of?.(change) !== false,
    });
    for (const query of touched) this.#wanted.set(query.queryHash, query);
    if (touched.length === 0 || this.#timer !== undefined) return;
    const wait = Math.max(50, this.#last + LEAST - Date.now());
    this.#timer = setTimeout(() => this.#refresh(), wait);
  }

  everything(): void {
    void this.#client.invalidateQueries();
  }

  stop(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }

  #refresh(): void {
    this.#timer = undefined;
    this.#last = Date.now();
    const hashes = new Set(this.#wanted.keys());
    this.#wanted.clear();
    void this.#client.invalidateQueries(
      { predicate: ({ queryHash }) => hashes.has(queryHash) },
      // One that is on its way may have missed the change.
      { cancelRefetch: false },
    );
  }
}

/** One stream of events for the whole page, as long as somebody is signed in. */
export function useLiveUpdates(isSignedIn: boolean): void {
  useEffect(() => {
    if (!isSignedIn) return;
    const over = new AbortController();
    const refresher = new Refresher(queryClient);
    void follow(refresher, over.signal);
    const stopProbing = probeWhileAway(refresher);
    const stopAsking = probeWhileDatabaseIsAway(refresher);
    return () => {
      over.abort();
      refresher.stop();
      stopProbing();
      stopAsking();
    };
  }, [isSignedIn]);
}

async function follow(refresher: Refresher, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    try {
      for await (const { event, data } of server.events(ROUTES.streamEvents, { signal })) {
        if (event === "lost") refresher.everything();
        else if (data !== undefined) refresher.changed(data.topic, data.cluster, data.data);
      }
    } catch {
      // Refused, as by too many streams: lists are read again each time they are looked at.
    }
    if (signal.aborted) return;
    await new Promise((resolve) => setTimeout(resolve, 5_000));
  }
}

/** While the server is away somebody asks for it; when it is back everything is read again. */
function probeWhileAway(refresher: Refresher): () => void {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const probe = (wait: number): void => {
    timer = setTimeout(async () => {
      await server.call(ROUTES.listSignInProviders, {}).catch(() => {});
      if (!connection.isUp) probe(PROBE);
    }, wait);
  };
  const look = (): void => {
    clearTimeout(timer);
    if (connection.isUp) refresher.everything();
    else probe(SOON);
  };
  const unsubscribe = connection.subscribe(look);
  if (!connection.isUp) look();
  return () => {
    unsubscribe();
    clearTimeout(timer);
  };
}

/** While the database is away somebody asks for it; when it is back everything is read again. */
function probeWhileDatabaseIsAway(refresher: Refresher): () => void {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const probe = (): void => {
    timer = setTimeout(async () => {
      await database.probe();
      if (!database.isUp) probe();
    }, PROBE);
  };
  const look = (): void => {
    clearTimeout(timer);
    if (database.isUp) refresher.everything();
    else probe();
  };
  const unsubscribe = database.subscribe(look);
  if (!database.isUp) look();
  return () => {
    unsubscribe();
    clearTimeout(timer);
  };
}
