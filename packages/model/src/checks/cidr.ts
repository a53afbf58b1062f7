import { showValue } from "../cluster-file/finding.ts";
import { type Path, type Problem, problem } from "../cluster-file/problem.ts";

const PRIVATE_RANGES = ["10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16"] as const;

/** What a network that Sluice makes may be, and how findings about it are called. */
export interface NetworkRange {
  readonly check: string;
  readonly path: Path;
  /** Prefixes, from the widest network to the narrowest. */
  readonly widest: number;
  readonly narrowest: number;
  readonly example: string;
}

/** A private range that is written from its first address, with room for nodes and not too much. */
export function* privateRange(
  text: string,
  { check, path, widest, narrowest, example }: NetworkRange,
): Generator<Problem> {
  const { address, prefix } = parseCidr(text);
  if (prefix < widest || prefix > narrowest) {
    const message = `${showValue(text)} has a prefix of ${prefix}, and a cluster's network one of ${widest} to ${narrowest}`;
    yield problem(check, path, message, `write a range such as ${example}`);
    return;
  }
  const isPrivate = PRIVATE_RANGES.some((range) => {
    const wide = parseCidr(range);
    return maskTo(address, wide.prefix) === wide.address;
  });
  if (!isPrivate) {
    const message = `${showValue(text)} is not private, so machines would hide real addresses`;
    yield problem(check, path, message, `write a range inside ${PRIVATE_RANGES.join(", ")}`);
  } else if (maskTo(address, prefix) !== address) {
    const message = `${showValue(text)} names an address inside the range instead of its first`;
    yield problem(check, path, message, `write ${showCidr(maskTo(address, prefix), prefix)}`);
  }
}

function parseCidr(text: string): { readonly address: number; readonly prefix: number } {
  const [address = "", prefix = ""] = text.split("/");
  return {
    address: address.split(".").reduce((sum, part) => sum * 256 + Number(part), 0),
    prefix: Number(prefix),
  };
}

/** By arithmetic: bit operations are signed in 32 bits. */
function maskTo(address: number, prefix: number): number {
  return address - (address % 2 ** (32 - prefix));
}

function showCidr(address: number, prefix: number): string {
  const parts = [24, 16, 8, 0].map((shift) => Math.floor(address / 2 ** shift) % 256);
  return `${parts.join(".")}/${prefix}`;
}
