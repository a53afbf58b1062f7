import { ServiceError } from "../../contract.ts";

/** A block of IPv4 addresses. */
export interface Block {
  readonly first: number;
  readonly size: number;
}

export function blockOf(cidr: string): Block {
  const match = /^(\d{1,3})\.(\d{1,3})\.(\d{1,3})\.(\d{1,3})\/(\d{1,2})$/.exec(cidr);
  const [a = 0, b = 0, c = 0, d = 0, bits = 33] = (match ?? []).slice(1).map(Number);
  if (match === null || bits > 32 || [a, b, c, d].some((octet) => octet > 255)) {
    throw new ServiceError(
      "InvalidParameterValue",
      `Value (${cidr}) for parameter cidrBlock is invalid. This is not a valid CIDR block.`,
    );
  }
  const size = 2 ** (32 - bits);
  const address = ((a * 256 + b) * 256 + c) * 256 + d;
  return { first: address - (address % size), size };
}

export function isWithin(inner: Block, outer: Block): boolean {
  return inner.first >= outer.first && inner.first + inner.size <= outer.first + outer.size;
}

export function overlaps(a: Block, b: Block): boolean {
  return a.first < b.first + b.size && b.first < a.first + a.size;
}

export function addressText(address: number): string {
  return [24, 16, 8, 0].map((shift) => Math.floor(address / 2 ** shift) % 256).join(".");
}

export function addressNumber(text: string): number {
  return blockOf(`${text}/32`).first;
}

/** How many addresses of a subnet AWS keeps for itself: the first four and the last. */
export const RESERVED = 5;

/**
 * The lowest address of a subnet that nobody has.
 *
 * @param from at which to begin to look: most below are taken.
 */
export function freeAddress(
  block: Block,
  taken: ReadonlySet<string>,
  from = block.first,
): string | undefined {
  for (let at = Math.max(from, block.first + 4); at < block.first + block.size - 1; at += 1) {
    const text = addressText(at);
    if (!taken.has(text)) return text;
  }
  return undefined;
}
