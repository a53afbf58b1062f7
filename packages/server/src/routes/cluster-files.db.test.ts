import type { ClusterFileAdvice } from "@sluice/api";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { type Site, testSite } from "../clusters/testing/site.ts";

// Threads take their time to start on a machine that is busy.
vi.setConfig({ testTimeout: 60_000, hookTimeout: 60_000 });

let site: Site;
beforeAll(async () => {
  site = await testSite();
});
afterAll(async () => {
  await site[Symbol.asyncDispose]();
});

const ask = async (who: "root" | "ada", what: string, body: object) => {
  const answer = await site.ask(who, "POST", `/api/v1/cluster-files/${what}`, body);
  return { status: answer.statusCode, ...answer.json() };
};
const sampleOf = async (provider: string): Promise<string> => {
  const { items } = (await site.ask("ada", "GET", "/api/v1/cluster-files/samples")).json();
  return items.find((one: { provider: string }) => one.provider === provider).text;
};

test("each provider has a file to begin with that the checks accept", async () => {
  for (const provider of ["local", "aws"]) {
    const clusterConfiguration = await sampleOf(provider);
    expect(await ask("ada", "validate", { clusterConfiguration })).toMatchObject({ valid: true });
  }
});

test("advice has its place and its edit, and is mended one by one or all at once", async () => {
  const sample = (await sampleOf("aws")).replace("c7a.4xlarge", "c5n.18xlarge");
  const text = `${sample}\nMonitoring:\n  Alarms:\n    Enabled: false\n`;
  const told = await ask("ada", "advise", { clusterConfiguration: text });
  const advice: ClusterFileAdvice[] = told.advice;
  expect(told.valid).toBe(true);
  const fixable = advice.find(({ fix }) => fix !== undefined);
  expect(fixable?.evidence[0]?.line).toBeGreaterThan(0);
  const { id, subject } = fixable ?? { id: "", subject: "" };
  const one = await ask("ada", "fix", { clusterConfiguration: text, only: { id, subject } });
  expect(one.applied).toMatchObject([{ id, subject }]);
  expect(one.text).not.toBe(text);
  expect(await ask("ada", "validate", { clusterConfiguration: one.text })).toMatchObject({
    valid: true,
  });
  const left = one.left.map((other: ClusterFileAdvice) => `${other.id} ${other.subject}`);
  expect(left).not.toContain(`${id} ${subject}`);
  expect(
    await ask("ada", "fix", { clusterConfiguration: text, only: { id: "no/rule", subject } }),
  ).toMatchObject({ status: 422, code: "ADVICE_NOT_APPLICABLE" });
  const all = await ask("ada", "fix", { clusterConfiguration: text });
  expect(all.applied).toMatchObject([{ id: "head/unwatched" }]);
  const again = await ask("ada", "fix", { clusterConfiguration: all.text });
  expect(again).toMatchObject({ applied: [], text: all.text });
});

test("a file with errors has findings, whose problem begins with what it is", async () => {
  const clusterConfiguration = "Provider: nowhere\n";
  expect(await ask("ada", "advise", { clusterConfiguration })).toMatchObject({
    ...{ valid: false, advice: [] },
    findings: expect.arrayContaining([expect.objectContaining({ path: "Provider", line: 1 })]),
  });
  const refused = await ask("ada", "fix", { clusterConfiguration });
  expect(refused).toMatchObject({ code: "CLUSTER_FILE_INVALID" });
  expect(refused.detail).toMatch(/^the cluster file has \d+ errors?\n {2}line 1, column /);
});

test("who is no administrator may not send what takes long", async () => {
  const clusterConfiguration = `# ${"x".repeat(70_000)}\n${await sampleOf("local")}`;
  for (const what of ["advise", "fix"]) {
    expect(await ask("ada", what, { clusterConfiguration })).toMatchObject({ status: 413 });
    expect((await ask("root", what, { clusterConfiguration })).status).toBe(200);
  }
});

test("the schema is asked for once, and again only when it is another", async () => {
  const path = "/api/v1/cluster-files/schema";
  const first = await site.ask("ada", "GET", path);
  expect(first.json().properties).toHaveProperty("Scheduling");
  const { etag } = first.headers;
  expect(first.headers["cache-control"]).toContain("max-age");
  const again = await site.app.inject({
    ...{ method: "GET", url: path },
    headers: { authorization: "Bearer ada", "if-none-match": `${etag}` },
  });
  expect([again.statusCode, again.body]).toEqual([304, ""]);
  expect(site.audited).toEqual([]);
});
