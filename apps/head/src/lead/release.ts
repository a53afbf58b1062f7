import type { Registers } from "@sluice/cloud";

/** Register with the newest release of Slurm that led. */
export const RELEASE_REGISTER = "slurm-release";
/** Reads of a register that others write meanwhile. */
const TRIES = 5;

/** By which the state on the volume was saved at most; undefined: nobody led yet, or long ago. */
export async function releaseLeft(
  registers: Registers,
  signal?: AbortSignal,
): Promise<string | undefined> {
  return (await registers.read(RELEASE_REGISTER, options(signal)))?.text;
}

/** Before slurmctld starts: from here on an older one can't lead. Never goes back. */
export async function leaveRelease(
  registers: Registers,
  release: string,
  signal: AbortSignal,
): Promise<void> {
  for (let attempt = 0; attempt < TRIES; attempt++) {
    const left = await registers.read(RELEASE_REGISTER, { signal });
    if (left !== undefined && !isNewer(release, left.text)) return;
    const tag = await registers.write(RELEASE_REGISTER, release, left?.tag, { signal });
    if (tag !== undefined) return;
  }
  throw new Error(`the register ${RELEASE_REGISTER} is being written by somebody else`);
}

/** Of releases such as `24.11`. */
export function isNewer(release: string, other: string): boolean {
  const [year = 0, month = 0] = release.split(".").map(Number);
  const [otherYear = 0, otherMonth = 0] = other.split(".").map(Number);
  return year > otherYear || (year === otherYear && month > otherMonth);
}

function options(signal: AbortSignal | undefined): { readonly signal?: AbortSignal } {
  return signal === undefined ? {} : { signal };
}
