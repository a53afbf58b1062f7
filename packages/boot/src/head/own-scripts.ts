import type { ClusterConfig } from "@sluice/model";
import { type Action, actionFunction, actionLines, scriptsOf } from "../steps/actions.ts";
import { proxyLines } from "../steps/proxy.ts";
import { STEPS } from "../steps/steps.ts";

export interface OwnScripts {
  readonly stage: "OnNodeConfigured" | "OnNodeUpdated";
  /** See `GuestAccess`. */
  readonly fetchUrlCommand: string;
  /** Folder where those that have ended well are noted, which are not run again. */
  readonly state: string;
}

/**
 * A script for the head that runs those of a stage of the cluster file, in order, up to the first
 * that fails; undefined when there are none. It ends with what that one said last.
 */
export function renderOwnScripts(
  { HeadNode }: Pick<ClusterConfig, "HeadNode">,
  { stage, fetchUrlCommand, state }: OwnScripts,
): string | undefined {
  const action: Action = HeadNode.CustomActions?.[stage];
  if (scriptsOf(action).length === 0) return undefined;
  return [
    "#!/bin/sh",
    `SLUICE_BOOT_STATE=${state}`,
    STEPS,
    ...proxyLines(HeadNode.Networking?.Proxy?.HttpProxyAddress),
    'failed() { cat "$state/log" >&2; }',
    actionFunction(fetchUrlCommand),
    ...actionLines(stage, action),
    "",
  ].join("\n");
}
