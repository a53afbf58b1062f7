import { describe, expect, test } from "vitest";
import { isSignedWith, signatureOf } from "./sigv4.ts";
import type { WireRequest } from "./wire.ts";

const SECRET = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY";
const EMPTY = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

function holds(request: WireRequest, secret: string): boolean {
  const signature = signatureOf(request);
  return signature !== undefined && isSignedWith(secret, signature, request);
}

/** Examples of "Signature Calculations for the Authorization Header" and its neighbours. */
const EXAMPLES: Readonly<Record<string, WireRequest>> = {
  "in a header, of S3": {
    method: "GET",
    path: "/test.txt",
    query: "",
    headers: {
      host: "examplebucket.s3.amazonaws.com",
      range: "bytes=0-9",
      "x-amz-content-sha256": EMPTY,
      "x-amz-date": "20130524T000000Z",
      authorization:
        "AWS4-HMAC-SHA256 Credential=AKIAIOSFODNN7EXAMPLE/20130524/us-east-1/s3/aws4_request,SignedHeaders=host;range;x-amz-content-sha256;x-amz-date,Signature=f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41",
    },
    body: Buffer.alloc(0),
  },
  "in a query string": {
    method: "GET",
    path: "/test.txt",
    query:
      "X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=AKIAIOSFODNN7EXAMPLE%2F20130524%2Fus-east-1%2Fs3%2Faws4_request&X-Amz-Date=20130524T000000Z&X-Amz-Expires=86400&X-Amz-SignedHeaders=host&X-Amz-Signature=aeeed9bbccd4d02ee5c0109b86d86835f995330da4c265957d157751f604d404",
    headers: { host: "examplebucket.s3.amazonaws.com" },
    body: Buffer.alloc(0),
  },
  "of a query with parameters without values": {
    method: "GET",
    path: "/",
    query: "lifecycle",
    headers: {
      host: "examplebucket.s3.amazonaws.com",
      "x-amz-content-sha256": EMPTY,
      "x-amz-date": "20130524T000000Z",
      authorization:
        "AWS4-HMAC-SHA256 Credential=AKIAIOSFODNN7EXAMPLE/20130524/us-east-1/s3/aws4_request,SignedHeaders=host;x-amz-content-sha256;x-amz-date,Signature=fea454ca298b7da1c68078a5d1bdbfbbe0d65c699e0f91ac7a200a0136783543",
    },
    body: Buffer.alloc(0),
  },
};

describe.each(Object.entries(EXAMPLES))("a signature %s", (_, request) => {
  test("is that of its secret", () => {
    expect(holds(request, SECRET)).toBe(true);
    expect(holds(request, `${SECRET}x`)).toBe(false);
  });

  test("covers method, path, query and signed headers", () => {
    const changed: Partial<WireRequest>[] = [
      { method: "PUT" },
      { path: "/other.txt" },
      { query: `${request.query}&x=1` },
      { headers: { ...request.headers, host: "other.s3.amazonaws.com" } },
    ];
    expect(changed.map((part) => holds({ ...request, ...part }, SECRET))).toEqual(
      changed.map(() => false),
    );
  });
});

test("what is no signature is none", () => {
  const request = { method: "GET", path: "/", query: "", body: Buffer.alloc(0) };
  expect(signatureOf({ ...request, headers: {} })).toBeUndefined();
  expect(signatureOf({ ...request, headers: { authorization: "Bearer x" } })).toBeUndefined();
  const authorization = "AWS4-HMAC-SHA256 Credential=A/B/C, Signature=x";
  expect(signatureOf({ ...request, headers: { authorization } })).toBeUndefined();
});
