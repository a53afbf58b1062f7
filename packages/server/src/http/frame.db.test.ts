import { connect } from "node:net";
import { gzipSync } from "node:zlib";
import { type Problem, route } from "@sluice/api";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { z } from "zod";
import { implement } from "./handler.ts";
import { type Frame, startFrame } from "./testing/frame.ts";
import { IMPLEMENTATIONS, PEOPLE } from "./testing/things.ts";

let frame: Frame;
beforeAll(async () => {
  frame = await startFrame({ people: PEOPLE, implementations: IMPLEMENTATIONS });
});
afterAll(() => frame[Symbol.asyncDispose]());

const THING = "/api/v1/clusters/demo/things/one";
const JSON_TYPE = { "content-type": "application/json" };

async function problem(answer: Promise<Response>): Promise<Problem> {
  const response = await answer;
  expect(response.headers.get("content-type")).toMatch(/^application\/problem\+json/);
  const text = await response.text();
  expect(text).not.toMatch(/node_modules|\.ts:\d|hunter2/);
  const said = JSON.parse(text) as Problem;
  expect(said.status).toBe(response.status);
  return said;
}

const post = (
  body: NonNullable<RequestInit["body"]>,
  headers: Record<string, string> = JSON_TYPE,
) => frame.ask(THING, "ada", { method: "POST", body, headers });

describe("who may ask", () => {
  it.each([
    ["nobody who is known", undefined, THING, 401, "NOT_AUTHENTICATED"],
    ["a token that is none", "who", THING, 401, "NOT_AUTHENTICATED"],
    ["somebody without a role there", "nobody", THING, 404, "CLUSTER_NOT_FOUND"],
    ["a role on another cluster", "ada", THING.replace("demo", "other"), 404, "CLUSTER_NOT_FOUND"],
    ["a token without the scope", "metrics", THING, 403, "SCOPE_MISSING"],
  ])("is not %s", async (_, who, path, status, code) => {
    const init = { method: "POST", body: '{"how":"well"}', headers: JSON_TYPE };
    expect(await problem(frame.ask(path, who, init))).toMatchObject({ status, code });
  });

  it("is not a role that is less", async () => {
    const answer = frame.ask("/api/v1/things/one", "ada", { method: "DELETE" });
    expect(await problem(answer)).toMatchObject({ status: 403, code: "NOT_ALLOWED" });
  });

  it("learns nothing by a body before the right to ask is known", async () => {
    const answer = frame.ask(THING, undefined, { method: "POST", body: "{", headers: JSON_TYPE });
    expect(await problem(answer)).toMatchObject({ code: "NOT_AUTHENTICATED" });
  });
});

describe("a request", () => {
  it("comes to its handler as the route says", async () => {
    const answer = await frame.ask("/api/v1/clusters/demo/things?limit=5&state=on", "ada");
    expect(await answer.json()).toEqual({ cluster: "demo", limit: 5, state: ["on"] });
    expect(answer.headers.get("cache-control")).toBe("no-store");
    expect(answer.headers.get("content-security-policy")).toContain("default-src 'self'");
    expect(answer.headers.get("x-content-type-options")).toBe("nosniff");
    const done = await frame.ask("/api/v1/things/one", "root", { method: "DELETE" });
    expect(done.status).toBe(204);
  });

  it("is told each part that is wrong, with its place", async () => {
    const query = await problem(frame.ask("/api/v1/clusters/demo/things?limit=-1", "ada"));
    expect(query.errors?.map(({ path }) => path)).toEqual(["query.limit"]);
    const body = await problem(post('{"how":"ill","note":3,"more":1}'));
    expect(body.errors?.map(({ path }) => path).toSorted()).toEqual([
      "body",
      "body.how",
      "body.note",
    ]);
  });

  it.each([
    ["half a document", "{", JSON_TYPE, 400],
    ["nothing", "", JSON_TYPE, 400],
    ["a key that reaches prototypes", '{"__proto__":{"a":1},"how":"well"}', JSON_TYPE, 400],
    ["bytes that are no text", new Uint8Array([0x22, 0xff, 0x22]), JSON_TYPE, 400],
    ["what is nested deep", "[".repeat(100_000), JSON_TYPE, 400],
    ["a form", "how=well", { "content-type": "application/x-www-form-urlencoded" }, 415],
    ["no type", new Uint8Array([1]), {}, 415],
    [
      "another charset",
      '{"how":"well"}',
      { "content-type": "application/json; charset=utf-16" },
      415,
    ],
    ["a compressed body", gzipSync("{}"), { ...JSON_TYPE, "content-encoding": "gzip" }, 415],
    ["more than it takes", `"${"x".repeat(2 << 20)}"`, JSON_TYPE, 413],
  ])("with %s is refused", async (_, body, headers, status) => {
    expect(await problem(post(body as string, headers as Record<string, string>))).toMatchObject({
      status,
    });
  });

  it("with a body that the route does not take is refused", async () => {
    for (const body of ['{"a":1}', "[]", "1"]) {
      const init = { method: "DELETE", body, headers: JSON_TYPE };
      expect(await problem(frame.ask("/api/v1/things/one", "root", init))).toMatchObject({
        code: "MEDIA_TYPE_UNSUPPORTED",
      });
    }
  });

  it("with an empty object where the route takes no body is taken", async () => {
    const init = { method: "DELETE", body: "{}", headers: JSON_TYPE };
    expect((await frame.ask("/api/v1/things/one", "root", init)).ok).toBe(true);
  });

  it.each([
    ["/api/v1/nothing", 404],
    ["/api/v1/things/%E0%A4%A", 400],
    [`/api/v1/clusters/${"x".repeat(5000)}/things`, 400],
    ["/api/v1/clusters/demo/things?state=a%00b", 400],
    [`/api/v1/clusters/demo/things?cursor=${"x".repeat(600)}`, 400],
    ["/api/v1/clusters/%2e%2e%2fdemo/things", 404],
    ["//api/v1/things", 404],
  ])("for %s is a problem", async (path, status) => {
    const answer = await frame.ask(path, "ada");
    expect([status, 404]).toContain(answer.status);
    expect(answer.headers.get("content-type")).toMatch(/^application\/problem\+json/);
  });

  it("by another method is told which there are", async () => {
    const answer = frame.ask("/api/v1/things/one", "root", { method: "PUT" });
    expect(await problem(answer)).toMatchObject({ status: 405, code: "METHOD_NOT_ALLOWED" });
    expect(
      (await frame.ask("/api/v1/things/one", "root", { method: "PUT" })).headers.get("allow"),
    ).toBe("DELETE");
  });

  it("that is no HTTP, or has too much of it, is answered as well", async () => {
    expect(await raw("hello\r\n\r\n")).toMatch(/^HTTP\/1.1 400 .*REQUEST_INVALID/s);
    const large = `GET / HTTP/1.1\r\nhost: a\r\nx: ${"y".repeat(20_000)}\r\n\r\n`;
    expect(await raw(large)).toMatch(/^HTTP\/1.1 431 /);
    const smuggled =
      "POST / HTTP/1.1\r\nhost: a\r\ncontent-length: 3\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n";
    expect(await raw(smuggled)).toMatch(/^HTTP\/1.1 400 /);
  });

  it("gets an id of ours, whatever it brings", async () => {
    const answer = await frame.ask("/health/live", undefined, {
      headers: { "x-request-id": "mine" },
    });
    expect(answer.headers.get("x-request-id")).toMatch(/^[\da-f-]{36}$/);
  });

  it("of bytes are bytes also when they are JSON", async () => {
    const init = { method: "PUT", body: '{"a":1}', headers: JSON_TYPE };
    const answer = await frame.ask("/api/v1/bytes", "root", init);
    expect(await answer.json()).toEqual({ count: 7 });
  });

  it("of bytes may be larger than JSON may", async () => {
    const body = new Uint8Array(3 << 20);
    const answer = await frame.ask("/api/v1/bytes", "root", { method: "PUT", body });
    expect(await answer.json()).toEqual({ count: 3 << 20 });
  });
});

describe("what goes wrong", () => {
  it("inside is told to the log, and to the sender by its id only", async () => {
    const said = await problem(post('{"how":"badly"}'));
    expect(said).toMatchObject({ status: 500, code: "UNEXPECTED" });
    const id = (said.instance ?? "").replace("urn:uuid:", "");
    const lines = frame.logged.filter((line) => line.includes(id) && line.includes("hunter2"));
    expect(lines).toHaveLength(1);
  });

  it("of ours has its code and hint", async () => {
    expect(await problem(post('{"how":"refused"}'))).toMatchObject({
      status: 409,
      code: "THING_BUSY",
      detail: "it is busy",
    });
  });
});

describe("Idempotency-Key", () => {
  it("reaches the handler", async () => {
    const answer = await post('{"how":"well"}', { ...JSON_TYPE, "idempotency-key": "k-1" });
    expect(await answer.json()).toEqual({ idempotencyKey: "k-1" });
  });

  it.each(["", "with space", "x".repeat(201), "ä"])("%j is none", async (key) => {
    const said = await problem(post('{"how":"well"}', { ...JSON_TYPE, "idempotency-key": key }));
    expect(said).toMatchObject({ status: 400, code: "REQUEST_INVALID" });
  });
});

describe("the audit log", () => {
  it("has each change, done or not, and nothing of strangers and readers", async () => {
    const before = frame.audited.length;
    await post('{"how":"well"}');
    await post('{"how":"badly"}');
    await post('{"how":"refused"}');
    await frame.ask("/api/v1/things/x", "ada", { method: "DELETE" });
    await frame.ask("/api/v1/things/x", "root", { method: "DELETE" });
    await frame.ask("/api/v1/things/x", undefined, { method: "DELETE" });
    await frame.ask("/api/v1/clusters/demo/things", "ada");
    const written = frame.audited.slice(before);
    expect(written.map(({ action, result, target }) => [action, result, target])).toEqual([
      ["changeThing", "done", "cluster demo, thing one"],
      ["changeThing", "failed", "cluster demo, thing one"],
      ["changeThing", "refused", "cluster demo, thing one"],
      ["deleteThing", "refused", "thing x"],
      ["deleteThing", "done", "the thing"],
    ]);
    expect(written[0]).toMatchObject({
      principal: { name: "ada", credentialId: "token-ada" },
      from: "127.0.0.1",
      detail: { how: "well" },
    });
  });
});

describe("its own page", () => {
  it("runs no script but the server's", async () => {
    const page = await frame.ask("/api/docs");
    const policy = page.headers.get("content-security-policy") ?? "";
    expect(policy).toMatch(/(script-src|default-src) 'self'/);
    expect(policy).not.toMatch(/script-src[^;]*unsafe|default-src[^;]*unsafe/);
    const html = await page.text();
    const scripts = [...html.matchAll(/<script([^>]*)>([^<]*)<\/script>/g)];
    expect(scripts).toHaveLength(1);
    const [, attributes = "", text] = scripts[0] ?? [];
    expect(text).toBe("");
    const source = /src="(\/[^"]+)"/.exec(attributes)?.[1] ?? "";
    const script = await frame.ask(source);
    expect(script.headers.get("content-type")).toMatch(/^text\/javascript/);
    expect(html).not.toMatch(/ on\w+=|https?:\/\//);
  });
});

describe("how it is", () => {
  it("is for everybody, without saying what the site has", async () => {
    const answer = await frame.ask("/health/ready");
    expect(answer.status).toBe(200);
    expect(await answer.json()).toMatchObject({ status: "ready", database: "ok" });
  });

  it("is measured, for this machine and for who was given that", async () => {
    const forwarded = { headers: { "x-forwarded-for": "203.0.113.7" } };
    expect((await frame.ask("/metrics")).status).toBe(200);
    expect((await frame.ask("/metrics", undefined, forwarded)).status).toBe(401);
    expect((await frame.ask("/metrics", "ada", forwarded)).status).toBe(404);
    const text = await (await frame.ask("/metrics", "metrics", forwarded)).text();
    expect(text).toMatch(/sluice_http_request_seconds_count\{operation="listThings"/);
  });
});

describe("a request whose client goes away", () => {
  it("is one less that is open", async () => {
    const { promise: begun, resolve: begin } = Promise.withResolvers<AbortSignal>();
    const endless = route({
      id: "endless",
      method: "GET",
      path: "/api/v1/endless",
      summary: "Wait",
      tag: "things",
      access: { role: "anyone", on: "site" },
      answer: z.unknown(),
    });
    const implementations = [
      implement(endless, async ({ signal }) => {
        begin(signal);
        await new Promise((gone) => signal.addEventListener("abort", gone));
        return {};
      }),
    ];
    await using left = await startFrame({ people: PEOPLE, implementations });
    const leaving = new AbortController();
    const asked = left.ask("/api/v1/endless", "ada", { signal: leaving.signal });
    const gone = await begun;
    leaving.abort();
    await expect(asked).rejects.toThrow();
    if (!gone.aborted) await new Promise((told) => gone.addEventListener("abort", told));
    // The one that asks is open itself.
    const text = await (await left.ask("/metrics")).text();
    expect(text).toMatch(/^sluice_http_requests_open 1$/m);
  });
});

describe("where a request comes from", () => {
  it.each([
    ["nobody's word", [], "127.0.0.1"],
    ["a proxy's, for whom it had it from", ["127.0.0.1"], "198.51.100.7"],
    ["proxies', behind one another", ["127.0.0.1", "198.51.100.0/24"], "203.0.113.9"],
  ])("is %s", async (_, TrustedProxies, from) => {
    const config = { TrustedProxies };
    await using site = await startFrame({
      people: PEOPLE,
      implementations: IMPLEMENTATIONS,
      config,
    });
    const forwarded = { "x-forwarded-for": "192.0.2.66, 203.0.113.9, 198.51.100.7" };
    const headers = { ...JSON_TYPE, ...forwarded };
    await site.ask(THING, "ada", { method: "POST", body: '{"how":"well"}', headers });
    expect(site.audited.map((entry) => entry.from)).toEqual([from]);
  });
});

describe("too many requests", () => {
  it("of one account are sent away, not those of others", async () => {
    const RequestsPerMinute = { User: 10, Stranger: 10 };
    await using small = await startFrame({
      people: PEOPLE,
      implementations: IMPLEMENTATIONS,
      config: { Limits: { RequestsPerMinute } },
    });
    const statuses: number[] = [];
    for (let count = 0; count < 12; count += 1) {
      statuses.push((await small.ask("/api/v1/clusters/demo/things", "ada")).status);
    }
    expect(statuses).toEqual([...Array(10).fill(200), 429, 429]);
    const answer = await small.ask("/api/v1/clusters/demo/things", "ada");
    expect(Number(answer.headers.get("retry-after"))).toBeGreaterThan(0);
    expect((await small.ask("/api/v1/clusters/demo/things", "root")).status).toBe(200);
  });
});

describe("stopping", () => {
  it("lets what runs end and sends away what comes", async () => {
    const { promise: goOn, resolve } = Promise.withResolvers<void>();
    const { promise: begun, resolve: begin } = Promise.withResolvers<AbortSignal>();
    const slow = route({
      id: "slow",
      method: "GET",
      path: "/api/v1/slow",
      summary: "Wait",
      tag: "things",
      access: { role: "anyone", on: "site" },
      answer: z.unknown(),
    });
    const implementations = [
      implement(slow, async ({ signal }) => {
        begin(signal);
        await goOn;
        return { isDone: true };
      }),
    ];
    const stopped = await startFrame({ people: PEOPLE, implementations });
    const running = stopped.ask("/api/v1/slow");
    const stopping = await begun;
    const closing = stopped.close();
    await new Promise((told) => stopping.addEventListener("abort", told));
    const late = await fetch(`${stopped.url}/api/v1/slow`).catch(() => undefined);
    expect(late?.status ?? 503).toBe(503);
    resolve();
    expect(await (await running).json()).toEqual({ isDone: true });
    await closing;
    await stopped[Symbol.asyncDispose]();
  });
});

function raw(text: string): Promise<string> {
  const { promise, resolve, reject } = Promise.withResolvers<string>();
  const socket = connect(frame.port, "127.0.0.1", () => socket.write(text));
  let answer = "";
  socket.setEncoding("utf8").on("data", (chunk: string) => {
    answer += chunk;
  });
  socket.on("close", () => resolve(answer));
  socket.on("error", reject);
  return promise;
}
