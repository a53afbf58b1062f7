import { createHash } from "node:crypto";

/** For networks between networks: no machine of a VPC has an address in it by itself. */
export const OVERLAY_RANGE = "100.64.0.0/10";
const FIRST = 0x64_40_00_00;
const COUNT = 2 ** 22;

/**
 * The one address of a cluster whose head moves between zones. It is in no subnet, so that routes of
 * any zone may lead to it; the same id gives the same one.
 *
 * @param ranges IPv4 ranges of the network, in which it must not be.
 */
export function overlayAddress(unique: string, ranges: readonly string[]): string {
  for (let tries = 0; ; tries++) {
    const hash = createHash("sha256").update(`${unique}/${tries}`).digest().readUInt32BE();
    const address = FIRST + (hash % COUNT);
    const last = address % 256;
    if (last === 0 || last === 255 || ranges.some((range) => isIn(address, range))) continue;
    return [24, 16, 8, 0].map((shift) => Math.floor(address / 2 ** shift) % 256).join(".");
  }
}

function isIn(address: number, range: string): boolean {
  const [base = "", prefix] = range.split("/");
  const value = base.split(".").reduce((sum, byte) => sum * 256 + Number(byte), 0);
  const size = 2 ** (32 - Number(prefix));
  return Math.floor(address / size) === Math.floor(value / size);
}
