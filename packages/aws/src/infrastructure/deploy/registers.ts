import type { Registers } from "@sluice/cloud";
import { Clients, timeouts } from "../../clients.ts";
import { s3Registers } from "../../head/registers.ts";
import { s3 } from "../../sdk.ts";
import { clusterNotFound, type DeployContext } from "./context.ts";
import { findStack } from "./stack.ts";

/** Milliseconds that a register may take to answer. */
const PATIENCE_MS = 5000;

/**
 * See `Infrastructure.registers`: those that the cluster's heads have, by the caller's credentials. The
 * stack is looked for at the first call, and again after one that failed.
 *
 * Errors of every call: `CLUSTER_NOT_FOUND`, those of credentials and rights, and S3's.
 */
export function clusterRegisters(context: DeployContext, name: string): Registers {
  // A write that is sent twice would be told that somebody else wrote: itself.
  const once = new Clients({
    ...context.clients.config,
    maxAttempts: 1,
    requestHandler: timeouts(PATIENCE_MS),
  });
  let found: Promise<Registers> | undefined;
  const open = (): Promise<Registers> => {
    found ??= find(context, once, name).catch((error: unknown) => {
      found = undefined;
      throw error;
    });
    return found;
  };
  return {
    read: async (register, options) => (await open()).read(register, options),
    write: async (register, text, expected, options) =>
      (await open()).write(register, text, expected, options),
  };
}

async function find(context: DeployContext, once: Clients, name: string): Promise<Registers> {
  const stack = await findStack(context.clients, name);
  if (stack === undefined) throw clusterNotFound(name);
  return s3Registers({ s3: async () => (await s3(once)).client, bucket: stack.bucket });
}
