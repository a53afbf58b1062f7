import { createHash } from "node:crypto";
import { crc32 } from "node:zlib";
import { ServiceError } from "./contract.ts";
import type { WireRequest } from "./wire.ts";

/** The request with the body that S3's clients cut into signed or summed chunks put together. */
export function withWholeBody(request: WireRequest): WireRequest {
  const kind = request.headers["x-amz-content-sha256"] ?? "";
  if (!kind.startsWith("STREAMING-")) return withCheckedSums(request, request.headers);
  if (kind !== "STREAMING-UNSIGNED-PAYLOAD-TRAILER") {
    throw new ServiceError("NotImplemented", `${kind} is not served here`, 501);
  }
  const { body, trailers } = unchunked(request.body);
  return withCheckedSums({ ...request, body }, { ...request.headers, ...trailers });
}

function unchunked(raw: Buffer): {
  readonly body: Buffer;
  readonly trailers: Readonly<Record<string, string>>;
} {
  const chunks: Buffer[] = [];
  let at = 0;
  const line = (): string => {
    const end = raw.indexOf("\r\n", at);
    if (end === -1) throw incomplete();
    const text = raw.toString("latin1", at, end);
    at = end + 2;
    return text;
  };
  for (;;) {
    const size = Number.parseInt(line(), 16);
    if (!Number.isFinite(size) || at + size > raw.length) throw incomplete();
    if (size === 0) break;
    chunks.push(raw.subarray(at, at + size));
    at += size;
    if (line() !== "") throw incomplete();
  }
  const trailers: Record<string, string> = {};
  while (at < raw.length) {
    const [name = "", ...value] = line().split(":");
    if (name !== "") trailers[name.trim().toLowerCase()] = value.join(":").trim();
  }
  return { body: Buffer.concat(chunks), trailers };
}

function incomplete(): ServiceError {
  return new ServiceError("IncompleteBody", "The request body terminated unexpectedly", 400);
}

const SUMS: Readonly<Record<string, (body: Buffer) => string>> = {
  "x-amz-checksum-crc32": (body) => {
    const sum = Buffer.alloc(4);
    sum.writeUInt32BE(crc32(body));
    return sum.toString("base64");
  },
  "x-amz-checksum-sha1": (body) => createHash("sha1").update(body).digest("base64"),
  "x-amz-checksum-sha256": (body) => createHash("sha256").update(body).digest("base64"),
  "content-md5": (body) => createHash("md5").update(body).digest("base64"),
};

function withCheckedSums(request: WireRequest, said: WireRequest["headers"]): WireRequest {
  for (const [name, sumOf] of Object.entries(SUMS)) {
    const sum = said[name];
    if (sum !== undefined && sum !== sumOf(request.body)) {
      throw new ServiceError("BadDigest", `The ${name} you specified did not match`, 400);
    }
  }
  return request;
}
