import type { Standby, TerminateOutcome } from "@sluice/cloud";
import type { SocketClient } from "../client.ts";
import { terminateFromWire, type Wire } from "../wire.ts";

/** Machines that are off and keep their disk, asked of the service. */
export function localStandby(client: SocketClient): Standby {
  const ask = async (
    verb: "stop" | "start",
    ids: readonly string[],
    signal: AbortSignal | undefined,
  ): Promise<readonly TerminateOutcome[]> => {
    const url = `/machines/${verb}`;
    const outcomes = await client.call<Wire<TerminateOutcome>[]>("POST", url, { ids }, { signal });
    return outcomes.map(terminateFromWire);
  };
  return {
    stop: (ids, options) => ask("stop", ids, options?.signal),
    start: (ids, options) => ask("start", ids, options?.signal),
  };
}
