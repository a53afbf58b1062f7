import type {
  Interruption,
  LaunchOutcome,
  Machine,
  Machines,
  TerminateOutcome,
} from "@sluice/cloud";
import type { SocketClient } from "../client.ts";
import {
  interruptionFromWire,
  launchFromWire,
  machineFromWire,
  terminateFromWire,
  type Wire,
} from "../wire.ts";

/** Seconds before a broken stream of changes is opened again. */
const RECONNECT_MS = 500;

/** The machines of one cluster, asked of the service through the cluster's own socket. */
export function localMachines(client: SocketClient): Machines {
  return {
    async launch(requests, { atomic, signal }) {
      const outcomes = await client.call<Wire<LaunchOutcome>[]>(
        "POST",
        "/machines/launch",
        { requests, atomic },
        { signal },
      );
      return outcomes.map(launchFromWire);
    },
    async terminate(ids, options) {
      const outcomes = await client.call<Wire<TerminateOutcome>[]>(
        "POST",
        "/machines/terminate",
        { ids },
        { signal: options?.signal },
      );
      return outcomes.map(terminateFromWire);
    },
    async list(options) {
      const machines = await client.call<Wire<Machine>[]>("GET", "/machines?gone=1", undefined, {
        signal: options?.signal,
      });
      return machines.map(machineFromWire);
    },
    interruptions: (signal) =>
      follow<Interruption>(client, "/interruptions", signal, {
        read: (wire) => interruptionFromWire(wire as Wire<Interruption>),
      }),
    changes: (signal) => changes(client, signal),
  };
}

/**
 * Hints from the service, merged while the reader is busy. A service that was replaced counts as a
 * change: whatever happened in between was not heard.
 */
async function* changes(client: SocketClient, signal: AbortSignal): AsyncGenerator<void> {
  for await (const _ of follow<true>(client, "/changes", signal, {
    read: () => true,
    merge: true,
    onReconnect: true,
  }))
    yield;
}

interface FollowOptions<T> {
  readonly read: (wire: unknown) => T;
  /** What waits for a busy reader is one item, not many. */
  readonly merge?: boolean;
  /** An item of its own for a connection that was lost and is open again. */
  readonly onReconnect?: T;
}

/** What the service streams under a path, over as many connections as it takes, until the signal. */
async function* follow<T>(
  client: SocketClient,
  path: string,
  signal: AbortSignal,
  { read, merge, onReconnect }: FollowOptions<T>,
): AsyncGenerator<T> {
  const waiting: T[] = [];
  let wake = (): void => {};
  const push = (item: T): void => {
    if (!merge || waiting.length === 0) waiting.push(item);
    wake();
  };
  signal.addEventListener("abort", () => wake(), { once: true });
  const listen = async (): Promise<void> => {
    while (!signal.aborted) {
      const onItem = (wire: unknown): void => push(read(wire));
      await client.stream("GET", path, undefined, onItem, { signal }).catch(() => {});
      if (signal.aborted) return;
      await new Promise((resolve) => setTimeout(resolve, RECONNECT_MS));
      if (onReconnect !== undefined) push(onReconnect);
    }
  };
  void listen();
  while (!signal.aborted) {
    const item = waiting.shift();
    if (item !== undefined) yield item;
    else
      await new Promise<void>((resolve) => {
        wake = resolve;
      });
  }
}
