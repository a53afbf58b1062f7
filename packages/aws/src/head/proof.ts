/** The signed request that a machine sends for its identity, once all of it was looked at. */
export interface Proof {
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

const BODY = "Action=GetCallerIdentity&Version=2011-06-15";
const LONGEST = 16_384;
/** With a signature over less, others could be put in. */
const SIGNED = ["host", "x-amz-date", "x-sluice-cluster"];
const KNOWN = new Set([
  ...SIGNED,
  "authorization",
  "content-type",
  "x-amz-content-sha256",
  "x-amz-security-token",
]);

/**
 * Reads one line of JSON, `{"method","headers","body"}`, that anybody on the network may have written.
 *
 * @returns undefined for anything but a request to that STS, made for that cluster.
 */
export function readProof(
  text: string,
  expected: { readonly host: string; readonly cluster: string },
): Proof | undefined {
  if (text.length > LONGEST) return undefined;
  const { method, headers: given, body } = objectOf(text);
  if (method !== "POST" || body !== BODY || typeof given !== "object" || given === null) {
    return undefined;
  }
  const headers: Record<string, string> = {};
  for (const [name, value] of Object.entries(given)) {
    const key = name.toLowerCase();
    if (!KNOWN.has(key) || key in headers) return undefined;
    if (typeof value !== "string" || !/^[\x20-\x7e]*$/.test(value)) return undefined;
    headers[key] = value;
  }
  if (headers.host !== expected.host) return undefined;
  if (headers["x-sluice-cluster"] !== expected.cluster) return undefined;
  // What EC2 gives to an instance always has a session.
  if (headers["x-amz-security-token"] === undefined) return undefined;
  const signed = signedHeaders(headers.authorization ?? "");
  return SIGNED.every((name) => signed.has(name)) ? { headers, body: BODY } : undefined;
}

function signedHeaders(authorization: string): ReadonlySet<string> {
  const [, names = ""] =
    /^AWS4-HMAC-SHA256 Credential=[\w/-]+, ?SignedHeaders=([a-z0-9;-]+), ?Signature=[0-9a-f]{64}$/.exec(
      authorization,
    ) ?? [];
  return new Set(names.split(";"));
}

function objectOf(text: string): Readonly<Record<string, unknown>> {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" && value !== null ? (value as Record<string, unknown>) : {};
  } catch {
    return {};
  }
}
