import { expect, test } from "vitest";
import { bucketOf } from "./address.ts";

const at = (host: string, path: string) =>
  bucketOf({ method: "GET", query: "", headers: { host }, path, body: Buffer.alloc(0) });

test.each([
  ["127.0.0.1:4566", "/files/a/b.yaml", "files", "/a/b.yaml"],
  ["127.0.0.1:4566", "/files", "files", "/"],
  ["127.0.0.1:4566", "/files/", "files", "/"],
  ["files.localhost:4566", "/a/b.yaml", "files", "/a/b.yaml"],
  ["my.files.s3.eu-central-1.amazonaws.com", "/a", "my.files", "/a"],
  ["s3.eu-central-1.amazonaws.com", "/files/a", "files", "/a"],
  ["127.0.0.1:4566", "/", undefined, "/"],
])("%s%s", (host, path, bucket, below) => {
  expect(at(host, path)).toEqual({ bucket, path: below });
});
