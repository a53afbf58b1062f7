import { CloudError, type TerminateOutcome } from "@sluice/cloud";
import type { MachineRow } from "./store.ts";

/** Why a machine can't be stopped or started as it is. */
export function notNow({ id, state }: MachineRow, wanted: "running" | "stopped"): TerminateOutcome {
  if (state === "stopping") {
    return { ok: false, error: new CloudError("NotFound", `machine ${id} is going away`) };
  }
  const message = `machine ${id} is ${state}, not ${wanted}`;
  return { ok: false, error: new CloudError("NotReady", message) };
}
