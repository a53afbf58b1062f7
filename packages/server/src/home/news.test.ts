import { execFileSync } from "node:child_process";
import type { CachedJob } from "@sluice/jobs";
import type { ComputeFleet } from "@sluice/model";
import { expect, it } from "vitest";
import {
  inOrder,
  newsOfCertificate,
  newsOfFleet,
  newsOfJob,
  newsOfMoved,
  newsOfTokens,
  newsOfTriggers,
  unreachable,
} from "./news.ts";

const NOW = new Date("2026-11-21T12:00:00Z");
const daysFrom = (days: number) => new Date(NOW.getTime() + days * 86_400_000).toISOString();

const fleet: ComputeFleet = {
  ...{ status: "RUNNING", lastStatusUpdatedTime: daysFrom(-1), queues: [], unavailable: [] },
  ...{ protected: [], cost: { usdPerHour: 0, unpriced: 0 } },
};

it("tells a fleet that is stopped, and each protected queue once", () => {
  expect(newsOfFleet("demo", fleet)).toEqual([]);
  const one = {
    ...{ queue: "cpu", failures: 3, since: daysFrom(-1), nextProbe: null, node: null },
    ...{ reason: "never registered", machineId: null, console: ["secret of the console"] },
  };
  const told = newsOfFleet("demo", {
    ...fleet,
    status: "STOPPED",
    protected: [
      { ...one, computeResource: "a" },
      { ...one, computeResource: "b" },
    ],
  });
  expect(told.map(({ kind, queue, reason }) => [kind, queue, reason])).toEqual([
    ["fleet-stopped", undefined, undefined],
    ["queue-protected", "cpu", "never registered"],
  ]);
  expect(JSON.stringify(told)).not.toContain("console");
});

it("warns of tokens that were made for long and end soon", () => {
  const token = { user: "ada", scopes: [], createdAt: daysFrom(-80) };
  const tokens = [
    { ...token, id: "1", name: "soon", expiresAt: daysFrom(2) },
    { ...token, id: "2", name: "later", expiresAt: daysFrom(20) },
    { ...token, id: "3", name: "short", createdAt: daysFrom(-1), expiresAt: daysFrom(1) },
  ];
  expect(newsOfTokens(tokens, NOW).map(({ name }) => name)).toEqual(["soon"]);
});

it("is sorted by severity, then the latest first, and has no trigger that works", () => {
  const job = (label: string, hours: number) =>
    newsOfJob({
      ...{ cluster: "demo", label, name: "x", state: "FAILED", exitCode: "1:0" },
      ...{ partition: "cpu", endTime: new Date(NOW.getTime() - hours * 3_600_000) },
    } as CachedJob);
  const news = inOrder([job("1", 3), job("2", 1), unreachable("demo", "away")]);
  expect(news.map(({ kind, id }) => [kind, id])).toEqual([
    ["cluster-unreachable", undefined],
    ["job-failed", "2"],
    ["job-failed", "1"],
  ]);
  const states = ["active", "paused", "failing"] as const;
  const triggers = states.map((state) => ({
    ...{ state, id: state, name: state, cluster: "demo", stateReason: "why", changedAt: NOW },
  }));
  const told = newsOfTriggers(triggers as unknown as Parameters<typeof newsOfTriggers>[0]);
  expect(told.map(({ name, reason }) => [name, reason])).toEqual([["failing", "why"]]);
});

it("warns of a certificate three weeks before its end", () => {
  const parts = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"];
  const what = ["-x509", "-days", "30", "-subj", "/CN=site", "-keyout", "-"];
  const made = execFileSync("openssl", ["req", ...parts, ...what], { stdio: "pipe" }).toString();
  const pem = made.slice(made.indexOf("-----BEGIN CERTIFICATE"));
  const inDays = (days: number) => newsOfCertificate(pem, new Date(Date.now() + days * 86_400_000));
  expect(inDays(1)).toEqual([]);
  expect(inDays(20)).toMatchObject([{ kind: "certificate-expires", severity: "warning" }]);
  expect(inDays(31)).toMatchObject([{ severity: "error" }]);
});

it("tells of jobs that were moved once for each way, and of one by its number", () => {
  const job = (from: string, cluster: string, jobId: number | undefined, hours: number) => ({
    ...{ from, cluster, jobId, fromJobId: 1, unixUser: "ada", isRefused: false },
    movedAt: new Date(NOW.getTime() - hours * 3_600_000),
  });
  const news = newsOfMoved(
    [
      job("left", "right", 7, 1),
      job("left", "right", 8, 1),
      job("left", "far", 9, 2),
      job("left", "far", undefined, 1),
      job("old", "right", 3, 25),
    ],
    NOW,
  );
  expect(news.map(({ name, cluster, count, id }) => [name, cluster, count, id])).toEqual([
    ["left", "right", 2, undefined],
    ["left", "far", 1, "9"],
  ]);
});
