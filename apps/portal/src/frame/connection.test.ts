import { expect, it } from "vitest";
import { createConnection } from "./connection.ts";

function over(answers: readonly (number | Error)[]) {
  const rest = [...answers];
  const connection = createConnection(async () => {
    const next = rest.shift() ?? 200;
    if (next instanceof Error) throw next;
    const headers = { "content-type": next < 500 ? "application/json" : "text/html" };
    return new Response(null, { status: next, headers });
  });
  const told: boolean[] = [];
  connection.subscribe(() => told.push(connection.isUp));
  return { connection, told };
}

it("is down when a request does not reach the server, and up with the next answer", async () => {
  const { connection, told } = over([200, new TypeError("gone"), 404, 502, 200]);
  for (let count = 0; count < 5; count += 1) {
    await connection.fetch("/api").catch(() => {});
  }
  // A refusal is an answer; that of a proxy for a server that is away is none.
  expect(told).toEqual([false, true, false, true]);
});

it("is down when a proxy has no server to ask, and up when the server itself is busy", async () => {
  const html = { status: 503, headers: { "content-type": "text/html" } };
  const problem = { status: 503, headers: { "content-type": "application/problem+json" } };
  const answers = [new Response("", html), new Response("{}", problem)];
  const connection = createConnection(async () => answers.shift() ?? new Response());
  await expect(connection.fetch("/api")).rejects.toThrow("no server");
  expect(connection.isUp).toBe(false);
  expect((await connection.fetch("/api")).status).toBe(503);
  expect(connection.isUp).toBe(true);
});

it("is not down because somebody stopped waiting", async () => {
  const { connection, told } = over([new DOMException("stopped", "AbortError")]);
  const signal = AbortSignal.abort();
  await expect(connection.fetch("/api", { signal })).rejects.toThrow("stopped");
  expect(told).toEqual([]);
});
