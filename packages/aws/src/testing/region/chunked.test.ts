import { expect, test } from "vitest";
import { withWholeBody } from "./chunked.ts";
import type { WireRequest } from "./wire.ts";

const CRC32_OF_HELLO = "NhCmhg==";

function request(body: string, headers: WireRequest["headers"]): WireRequest {
  return { method: "PUT", path: "/b/k", query: "", headers, body: Buffer.from(body) };
}

const streaming = { "x-amz-content-sha256": "STREAMING-UNSIGNED-PAYLOAD-TRAILER" };

test("chunks are put together and their sum is checked", () => {
  const good = `3\r\nhel\r\n2\r\nlo\r\n0\r\nx-amz-checksum-crc32:${CRC32_OF_HELLO}\r\n\r\n`;
  expect(withWholeBody(request(good, streaming)).body.toString()).toBe("hello");
  const bad = good.replace("hel", "hal");
  expect(() => withWholeBody(request(bad, streaming))).toThrow("x-amz-checksum-crc32");
});

test.each(["", "5\r\nhel", "3\r\nhello\r\n0\r\n", "z\r\n"])("%j ends too soon", (body) => {
  expect(() => withWholeBody(request(body, streaming))).toThrow("terminated unexpectedly");
});

test("sums in headers are checked", () => {
  const headers = { "x-amz-checksum-crc32": CRC32_OF_HELLO };
  expect(withWholeBody(request("hello", headers)).body.toString()).toBe("hello");
  expect(() => withWholeBody(request("hallo", headers))).toThrow("did not match");
});

test("chunks that are signed one by one are not taken for whole", () => {
  const headers = { "x-amz-content-sha256": "STREAMING-AWS4-HMAC-SHA256-PAYLOAD" };
  expect(() => withWholeBody(request("x", headers))).toThrow("is not served here");
});
