import { SluiceError } from "@sluice/model";

/** From `start` up to, not including, `end`. */
export interface ByteRange {
  readonly start: number;
  readonly end: number;
}

/**
 * What `Range` asks of a file of this size (RFC 9110). Undefined for the whole: without it, with
 * several ranges, with another unit. `RANGE_NOT_SATISFIABLE` for one that is beyond the end.
 */
export function rangeOf(header: string | undefined, size: number): ByteRange | undefined {
  const [, first = "", last = ""] = /^bytes=(\d{0,15})-(\d{0,15})$/.exec(header ?? "") ?? [];
  if (first === "" && last === "") return undefined;
  if (first === "") {
    const length = Math.min(Number(last), size);
    if (length === 0) throw notSatisfiable(size);
    return { start: size - length, end: size };
  }
  const start = Number(first);
  const end = last === "" ? size : Math.min(Number(last) + 1, size);
  if (last !== "" && Number(last) < start) return undefined;
  if (start >= size) throw notSatisfiable(size);
  return { start, end };
}

/** True when one of the etags of `If-Match` or `If-None-Match` is this one. */
export function namesEtag(header: string, etag: string): boolean {
  return header.split(",").some((one) => unquoted(one) === etag || one.trim() === "*");
}

/** Of a header that has one etag: `"abc"`, `W/"abc"`. */
export function unquoted(etag: string): string {
  return etag
    .trim()
    .replace(/^W\//, "")
    .replace(/^"(.*)"$/, "$1");
}

function notSatisfiable(size: number): SluiceError {
  return new SluiceError("RANGE_NOT_SATISFIABLE", "user", `the file has ${size} bytes`);
}
