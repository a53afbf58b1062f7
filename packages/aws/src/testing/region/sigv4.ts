import { createHash, createHmac, timingSafeEqual } from "node:crypto";
import { queryParameters, type WireRequest } from "./wire.ts";

/** What a signed request says of its signature. */
export interface Signature {
  readonly accessKeyId: string;
  /** Of the scope. */
  readonly date: string;
  readonly region: string;
  readonly service: string;
  readonly signedHeaders: readonly string[];
  readonly signature: string;
  readonly signedAt: Date;
  readonly sessionToken?: string;
  /** Seconds, of signatures in a query string. */
  readonly expires?: number;
}

const ALGORITHM = "AWS4-HMAC-SHA256";

/** @returns undefined for requests without one, or with one that can't be read. */
export function signatureOf(request: WireRequest): Signature | undefined {
  const query = new Map(queryParameters(request.query));
  if (query.get("X-Amz-Algorithm") === ALGORITHM) {
    return assembled({
      credential: query.get("X-Amz-Credential"),
      signedHeaders: query.get("X-Amz-SignedHeaders"),
      signature: query.get("X-Amz-Signature"),
      time: query.get("X-Amz-Date"),
      token: query.get("X-Amz-Security-Token"),
      expires: Number(query.get("X-Amz-Expires")),
    });
  }
  const header = request.headers.authorization;
  if (header?.startsWith(`${ALGORITHM} `) !== true) return undefined;
  const fields = new Map(
    header
      .slice(ALGORITHM.length)
      .split(",")
      .map((field) => {
        const [name = "", ...value] = field.trim().split("=");
        return [name, value.join("=")];
      }),
  );
  return assembled({
    credential: fields.get("Credential"),
    signedHeaders: fields.get("SignedHeaders"),
    signature: fields.get("Signature"),
    time: request.headers["x-amz-date"],
    token: request.headers["x-amz-security-token"],
  });
}

function assembled(parts: {
  readonly credential: string | undefined;
  readonly signedHeaders: string | undefined;
  readonly signature: string | undefined;
  readonly time: string | undefined;
  readonly token: string | undefined;
  readonly expires?: number;
}): Signature | undefined {
  const { credential, signedHeaders, signature, time, token, expires } = parts;
  const scope = /^(.+)\/(\d{8})\/([^/]+)\/([^/]+)\/aws4_request$/.exec(credential ?? "");
  const at = /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/.exec(time ?? "");
  if (scope === null || at === null || !signedHeaders || !signature) return undefined;
  const [, accessKeyId = "", date = "", region = "", service = ""] = scope;
  return {
    accessKeyId,
    date,
    region,
    service,
    signedHeaders: signedHeaders.split(";"),
    signature,
    signedAt: new Date(`${at[1]}-${at[2]}-${at[3]}T${at[4]}:${at[5]}:${at[6]}Z`),
    ...(token === undefined ? {} : { sessionToken: token }),
    ...(expires === undefined ? {} : { expires }),
  };
}

/** Whether who signed had the secret. The hash of the payload is the caller's to check. */
export function isSignedWith(secret: string, signature: Signature, request: WireRequest): boolean {
  const expected = Buffer.from(expectedSignature(secret, signature, request));
  const given = Buffer.from(signature.signature);
  return expected.length === given.length && timingSafeEqual(expected, given);
}

function expectedSignature(secret: string, signature: Signature, request: WireRequest): string {
  const { date, region, service, signedAt } = signature;
  const time = signedAt.toISOString().replace(/[-:]|\.000/g, "");
  const toSign = [
    ALGORITHM,
    time,
    `${date}/${region}/${service}/aws4_request`,
    sha256(canonicalRequest(signature, request)),
  ].join("\n");
  const key = [date, region, service, "aws4_request"].reduce<Buffer>(
    (previous, part) => hmac(previous, part),
    Buffer.from(`AWS4${secret}`),
  );
  return hmac(key, toSign).toString("hex");
}

function canonicalRequest(signature: Signature, request: WireRequest): string {
  const headers = signature.signedHeaders.map(
    (name) => `${name}:${(request.headers[name] ?? "").trim().replace(/\s+/g, " ")}\n`,
  );
  return [
    request.method,
    // S3 signs the path as it is sent, the others sign it encoded once more.
    signature.service === "s3" ? request.path : request.path.split("/").map(encode).join("/"),
    canonicalQuery(request.query),
    headers.join(""),
    signature.signedHeaders.join(";"),
    payloadHash(signature, request),
  ].join("\n");
}

function canonicalQuery(query: string): string {
  return queryParameters(query)
    .filter(([name]) => name !== "X-Amz-Signature")
    .map(([name, value]) => [encode(name), encode(value)] as const)
    .toSorted(([a, x], [b, y]) => order(a, b) || order(x, y))
    .map((pair) => pair.join("="))
    .join("&");
}

function order(a: string, b: string): number {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}

function payloadHash(signature: Signature, { headers, body }: WireRequest): string {
  const said = headers["x-amz-content-sha256"];
  if (said !== undefined) return said;
  if (signature.expires !== undefined && signature.service === "s3") return "UNSIGNED-PAYLOAD";
  return sha256(body);
}

function encode(text: string): string {
  return encodeURIComponent(text).replace(
    /[!'()*]/g,
    (char) => `%${char.charCodeAt(0).toString(16).toUpperCase()}`,
  );
}

export function sha256(data: string | Uint8Array): string {
  return createHash("sha256").update(data).digest("hex");
}

function hmac(key: Buffer, data: string): Buffer {
  return createHmac("sha256", key).update(data).digest();
}
