/** Longest prefix of a subnet in a VPC. */
const SMALLEST = 28;

export interface SubnetRanges {
  readonly privates: readonly string[];
  readonly publics: readonly string[];
}

/**
 * Divides a network (an IPv4 CIDR of /16 to /24) among so many zones. Compute machines are in the
 * private subnets, so these get nearly everything; the public ones share what one of them has,
 * unless that would be too little.
 */
export function subnetRanges(cidr: string, zones: number): SubnetRanges {
  const { base, prefix } = parsed(cidr);
  const large = prefix + bitsFor(zones + 1);
  const small = large + bitsFor(zones);
  const numbers = Array.from({ length: zones }, (_, zone) => zone);
  if (small > SMALLEST) {
    const equal = prefix + bitsFor(2 * zones);
    return {
      privates: numbers.map((zone) => shown(base, equal, zone)),
      publics: numbers.map((zone) => shown(base, equal, zones + zone)),
    };
  }
  const first = 2 ** (small - prefix) - 2 ** (small - large);
  return {
    privates: numbers.map((zone) => shown(base, large, zone)),
    publics: numbers.map((zone) => shown(base, small, first + zone)),
  };
}

function bitsFor(parts: number): number {
  return Math.ceil(Math.log2(parts));
}

function parsed(cidr: string): { readonly base: number; readonly prefix: number } {
  const [address = "", prefix] = cidr.split("/");
  const value = address.split(".").reduce((sum, byte) => sum * 256 + Number(byte), 0);
  const size = 2 ** (32 - Number(prefix));
  return { base: Math.floor(value / size) * size, prefix: Number(prefix) };
}

/** The so-maniest subnet of that prefix. */
function shown(base: number, prefix: number, index: number): string {
  const address = base + index * 2 ** (32 - prefix);
  const bytes = [24, 16, 8, 0].map((shift) => Math.floor(address / 2 ** shift) % 256);
  return `${bytes.join(".")}/${prefix}`;
}
