import type {
  Interruption,
  LaunchOutcome,
  Machine,
  Machines,
  TerminateOutcome,
} from "@sluice/cloud";
import type { SocketClient } from "../client.ts";
import { launchFromWire, machineFromWire, terminateFromWire, type Wire } from "../wire.ts";

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
      const machines = await client.call<Wire<Machine>[]>("GET", "/machines", undefined, {
        signal: options?.signal,
      });
      return machines.map(machineFromWire);
    },
    interruptions: silent,
    changes: (signal) => changes(client, signal),
  };
}

/** Nobody takes local machines away with a notice. */
async function* silent(signal: AbortSignal): AsyncGenerator<Interruption> {
  if (!signal.aborted) {
    await new Promise<void>((resolve) =>
      signal.addEventListener("abort", () => resolve(), { once: true }),
    );
  }
  yield* [];
}

/**
 * Hints from the service, merged while the reader is busy. A service that was replaced counts as a
 * change: whatever happened in between was not heard.
 */
async function* changes(client: SocketClient, signal: AbortSignal): AsyncGenerator<void> {
  let pending = false;
  let wake = (): void => {};
  const notice = (): void => {
    pending = true;
    wake();
  };
  signal.addEventListener("abort", () => wake(), { once: true });
  const listen = async (): Promise<void> => {
    while (!signal.aborted) {
      await client.stream("GET", "/changes", undefined, notice, { signal }).catch(() => {});
      if (signal.aborted) return;
      await new Promise((resolve) => setTimeout(resolve, RECONNECT_MS));
      notice();
    }
  };
  void listen();
  while (!signal.aborted) {
    if (!pending)
      await new Promise<void>((resolve) => {
        wake = resolve;
      });
    if (signal.aborted) return;
    pending = false;
    yield;
  }
}
