import type { Registers } from "@sluice/cloud";
import type { Lease, LeaseOptions, LeaseRecord, LeaseTimes } from "./contract.ts";

/** A take-over begins at most `take` and a beat after the last sign of the holder. */
export const LEASE_TIMES: LeaseTimes = { beat: 1000, stop: 4000, take: 6500 };

/** A lease over a register of the cloud's: held by one at a time, whatever dies or stands still. */
export function keepLease(_options: LeaseOptions): Lease {
  throw new Error("being written");
}

/** What is in the register; undefined when the lease was never held. */
export async function readLease(
  registers: Pick<Registers, "read">,
  name: string,
  options?: { readonly signal?: AbortSignal },
): Promise<LeaseRecord | undefined> {
  const value = await registers.read(name, options);
  return value === undefined ? undefined : (JSON.parse(value.text) as LeaseRecord);
}
