import { describe, expect, test } from "vitest";
import { readProof } from "./proof.ts";

const EXPECTED = { host: "sts.eu-central-1.amazonaws.com", cluster: "c-0a1b2c3d" };
const SIGNATURE = "a".repeat(64);
const HEADERS = {
  "content-type": "application/x-www-form-urlencoded",
  host: EXPECTED.host,
  "x-amz-date": "20261121T100000Z",
  "x-amz-security-token": "token",
  "x-sluice-cluster": EXPECTED.cluster,
  authorization: signed("content-type;host;x-amz-date;x-amz-security-token;x-sluice-cluster"),
};
const BODY = "Action=GetCallerIdentity&Version=2011-06-15";

function signed(names: string): string {
  return `AWS4-HMAC-SHA256 Credential=ASIA1/20261121/eu-central-1/sts/aws4_request, SignedHeaders=${names}, Signature=${SIGNATURE}`;
}

function read(more: object = {}, headers: object = {}) {
  const proof = { method: "POST", headers: { ...HEADERS, ...headers }, body: BODY, ...more };
  return readProof(JSON.stringify(proof), EXPECTED);
}

test("a request to our STS, for our cluster, is taken as it is", () => {
  expect(read()).toEqual({ headers: HEADERS, body: BODY });
});

describe("not taken is", () => {
  test.each([
    ["another method", { method: "GET" }, {}],
    ["another action", { body: "Action=AssumeRole&Version=2011-06-15" }, {}],
    ["more than the action", { body: `${BODY}&Action=AssumeRole` }, {}],
    ["another host", {}, { host: "sts.evil.example" }],
    ["another cluster", {}, { "x-sluice-cluster": "d-0a1b2c3d" }],
    ["a header that nobody signed", {}, { "x-forwarded-for": "10.0.0.1" }],
    ["a header twice", {}, { Host: EXPECTED.host }],
    ["a header that is two", {}, { "x-amz-date": "1\r\nx-evil: 1" }],
    ["a header that is no text", {}, { "x-amz-date": 1 }],
    ["one without a session", {}, { "x-amz-security-token": undefined }],
    ["one that does not sign the cluster", {}, { authorization: signed("host;x-amz-date") }],
    [
      "one that does not sign the host",
      {},
      { authorization: signed("x-amz-date;x-sluice-cluster") },
    ],
    ["one without a signature", {}, { authorization: "Bearer token" }],
    ["headers of no kind", { headers: null }, {}],
  ])("%s", (_, more, headers) => {
    expect(read(more, headers)).toBeUndefined();
  });

  test.each(["", "null", "[]", '"text"', "{", "x".repeat(20_000)])("%j", (text) => {
    expect(readProof(text, EXPECTED)).toBeUndefined();
  });
});
