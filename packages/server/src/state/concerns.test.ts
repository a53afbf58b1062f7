import { expect, test } from "vitest";
import { concernsOf } from "./concerns.ts";

const NOW = "2030-01-01T00:00:00.000Z";

const server = {
  ...{ version: "1", startedAt: NOW, time: NOW, address: "https://sluice.example/" },
  certificate: { subject: "CN=s", validUntil: "2031-01-01T00:00:00.000Z", selfSigned: false },
  database: { state: "ok", isOwn: true },
  clusters: [{ name: "demo", status: "CREATE_COMPLETE", jobs: 3, queueAgeSeconds: 2 }],
  ...{ servers: [], unansweredClouds: [], eventListeners: 0 },
  requests: { open: 0, answered: 10, failed: 0, refusedForRate: 0 },
  memory: { residentBytes: 2e8, heapBytes: 1e8 },
  eventLoopDelayP99Ms: 12,
} as const;

test("a server that is well has nothing to see to", () => {
  expect(concernsOf(server)).toEqual([]);
});

test("what is wrong is told worst first, with what to do", () => {
  const found = concernsOf({
    ...server,
    certificate: { subject: "CN=s", validUntil: "2030-01-10T12:00:00.000Z", selfSigned: true },
    database: { state: "away", isOwn: false, problem: "connect ECONNREFUSED" },
    clusters: [
      { name: "old", status: "CREATE_COMPLETE", jobs: 0, queueAgeSeconds: 300 },
      { name: "gone", status: "CREATE_COMPLETE", jobs: 0, problem: "no answer" },
    ],
    unansweredClouds: [{ provider: "aws", region: "eu-west-1", message: "no credentials" }],
    ...{ eventLoopDelayP99Ms: 900 },
  });
  expect(found.map(({ severity }) => severity)).toEqual([
    ...["error", "error", "error", "warning", "warning", "warning"],
  ]);
  const text = found.map(({ what }) => what).join("\n");
  expect(text).toContain("ECONNREFUSED");
  expect(text).toContain("cluster gone");
  expect(text).toContain("expires in 9 days");
  expect(text).toContain("cluster old was last heard 5 min ago");
  expect(found.every(({ todo }) => todo.length > 20)).toBe(true);
});

test("a server that is silent is told of, and one that leaves is not", () => {
  const one = { id: "a", host: "site-a", address: "", version: "1", since: NOW, isThis: false };
  const servers = [
    { ...one, state: "silent" as const, silentSeconds: 300 },
    { ...one, state: "leaving" as const, silentSeconds: 1 },
  ];
  const found = concernsOf({ ...server, servers });
  expect(found.map(({ severity }) => severity)).toEqual(["warning"]);
  expect(found[0]?.what).toContain("site-a was last heard 5 min ago");
});

test("a certificate that is past is an error", () => {
  const certificate = {
    subject: "CN=s",
    validUntil: "2029-12-31T00:00:00.000Z",
    selfSigned: false,
  };
  expect(concernsOf({ ...server, certificate })[0]).toMatchObject({ severity: "error" });
});
