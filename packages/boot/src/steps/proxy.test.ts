import { expect, it } from "vitest";
import { proxyEnvironment, proxyLines } from "./proxy.ts";

it("is nothing without a proxy", () => {
  expect([proxyEnvironment(undefined), proxyLines(undefined)]).toEqual(["", []]);
});

it("is a line for each setting, whatever the address holds, and leaves out what is near", () => {
  const lines = proxyEnvironment('http://a"b\\c\nLD_PRELOAD=x@p:3128').trim().split("\n");
  expect(lines.slice(0, 1)).toEqual(['http_proxy="http://a\\"b\\\\cLD_PRELOAD=x@p:3128"']);
  expect(lines.map((line) => line.split("=", 1)[0])).toEqual([
    ...["http_proxy", "https_proxy", "HTTP_PROXY", "HTTPS_PROXY"],
    ...["no_proxy", "NO_PROXY", "NODE_USE_ENV_PROXY"],
  ]);
  expect(lines).toContain("NO_PROXY=localhost,127.0.0.1,169.254.169.254,head");
});
