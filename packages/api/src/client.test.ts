import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { expect, test } from "vitest";
import { z } from "zod";
import { createClient } from "./client.ts";
import { readEvents } from "./event-stream.ts";
import { route } from "./route.ts";

const access = { role: "anyone", on: "site" } as const;
const about = { summary: "", tag: "t", access };

const change = route({
  id: "change",
  method: "PUT",
  path: "/things/{name}",
  ...about,
  params: z.object({ name: z.string() }),
  query: z.object({ states: z.array(z.string()).optional(), since: z.coerce.date().optional() }),
  body: z.object({ size: z.number().default(1) }),
  answer: z.object({ size: z.number() }),
});
const remove = route({ id: "remove", method: "DELETE", path: "/things", ...about });
const follow = route({
  id: "follow",
  method: "GET",
  path: "/events",
  ...about,
  answer: z.object({ number: z.number() }),
  gives: "events",
});

type Answer = (request: IncomingMessage, response: ServerResponse, body: string) => void;

async function serve(answer: Answer) {
  const server = createServer(async (request, response) => {
    let body = "";
    for await (const chunk of request) body += String(chunk);
    answer(request, response, body);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

const problem = (response: ServerResponse, status: number, more: object = {}) => {
  response.writeHead(status, { "content-type": "application/problem+json", "retry-after": "7" });
  const said = { type: "urn:x", title: "No", status, code: "NOT_SO", detail: "not so", ...more };
  response.end(JSON.stringify(said));
};

test("a request goes where its route says, with what it is made of", async () => {
  let seen = {};
  await using server = await serve(({ method, url, headers }, response, body) => {
    const { authorization } = headers;
    seen = { method, url, authorization, key: headers["idempotency-key"], body };
    response.writeHead(200, { "content-type": "application/json" }).end('{"size":3}');
  });
  const client = createClient({
    baseUrl: `${server.url}/`,
    headers: { authorization: "Bearer t" },
  });
  const answer = await client.call(change, {
    params: { name: "a/b c" },
    query: { states: ["on", "off"], since: new Date(0) },
    body: { size: 3 },
    idempotencyKey: "k",
  });
  expect(answer).toEqual({ size: 3 });
  expect(seen).toEqual({
    method: "PUT",
    url: "/things/a%2Fb%20c?states=on&states=off&since=1970-01-01T00%3A00%3A00.000Z",
    authorization: "Bearer t",
    key: "k",
    body: '{"size":3}',
  });
});

test("a name that would be another address is sent nowhere", async () => {
  const client = createClient({
    baseUrl: "http://127.0.0.1:9",
    fetch: () => Promise.reject(new Error("asked")),
  });
  for (const name of ["", ".", ".."]) {
    await expect(client.call(change, { params: { name }, body: {} })).rejects.toThrow(TypeError);
  }
});

test("a problem is an error with the server's code and hint", async () => {
  await using server = await serve((_request, response) =>
    problem(response, 422, { hint: "do so", errors: [{ path: "body.size", message: "too much" }] }),
  );
  await expect(createClient({ baseUrl: server.url }).call(remove, {})).rejects.toMatchObject({
    code: "NOT_SO",
    source: "user",
    hint: "do so",
    message: "not so: body.size: too much",
    retryAfter: 7,
  });
});

test("what is no server of ours is said to be none", async () => {
  await using server = await serve((_request, response) =>
    response.writeHead(502, { "content-type": "text/html" }).end("<h1>Bad Gateway</h1>"),
  );
  const call = (baseUrl: string) => createClient({ baseUrl }).call(remove, {});
  await expect(call(server.url)).rejects.toMatchObject({ code: "SERVER_ANSWER_UNKNOWN" });
  await expect(call("http://127.0.0.1:1")).rejects.toMatchObject({ code: "SERVER_UNREACHABLE" });
});

test("a stream that breaks off is gone on with after its last event, and ends when refused", async () => {
  const asked: (string | undefined)[] = [];
  await using server = await serve(({ headers }, response) => {
    asked.push(headers["last-event-id"] as string | undefined);
    if (asked.length === 3) return problem(response, 503);
    if (asked.length === 5) return problem(response, 403);
    response.writeHead(200, { "content-type": "text/event-stream" });
    const number = asked.length;
    response.write(`: beat\n\nid: e-${number}\nevent: job\ndata: {"number":${number}}\n\n`);
    // In the middle of the next.
    response.write("id: e-99\ndata: {", () => response.destroy());
  });
  const pauses: number[] = [];
  const client = createClient({
    baseUrl: server.url,
    sleep: async (milliseconds) => void pauses.push(milliseconds),
  });
  const numbers: number[] = [];
  const reading = (async () => {
    for await (const { data } of client.events(follow, {})) numbers.push(data.number);
  })();
  await expect(reading).rejects.toMatchObject({ code: "NOT_SO" });
  expect(numbers).toEqual([1, 2, 4]);
  expect(asked).toEqual([undefined, "e-1", "e-2", "e-2", "e-4"]);
  // The refusal said how long to wait.
  expect(pauses).toEqual([500, 500, 7000, 500]);
});

test("leaving the loop closes the stream", async () => {
  const { promise: closed, resolve } = Promise.withResolvers<void>();
  await using server = await serve((request, response) => {
    response.writeHead(200, { "content-type": "text/event-stream" });
    response.write('data: {"number":1}\n\n');
    request.socket.once("close", () => resolve());
  });
  for await (const { data } of createClient({ baseUrl: server.url }).events(follow, {})) {
    expect(data.number).toBe(1);
    break;
  }
  await closed;
});

test("events are read however they are cut", async () => {
  const text = 'id: 1\r\nevent: a\r\ndata: {"t":\r\ndata: "é"}\r\n\r\n: beat\n\ndata: 2\n\ndata: 3';
  const bytes = new TextEncoder().encode(text);
  for (let size = 1; size < bytes.length; size += 1) {
    const stream = new ReadableStream<Uint8Array>({
      start: (controller) => {
        for (let at = 0; at < bytes.length; at += size) {
          controller.enqueue(bytes.slice(at, at + size));
        }
        controller.close();
      },
    });
    const read: unknown[] = [];
    for await (const event of readEvents(stream)) read.push(event);
    expect(read).toEqual([
      { id: "1", event: "a", data: { t: "é" } },
      { id: undefined, event: "message", data: 2 },
    ]);
  }
});
