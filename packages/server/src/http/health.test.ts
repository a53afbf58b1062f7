import { connect, type Database } from "@sluice/database";
import Fastify, { type FastifyInstance } from "fastify";
import { Registry } from "prom-client";
import { afterEach, beforeEach, expect, test } from "vitest";
import type { ClusterDirectory } from "../clusters/directory.ts";
import { serveHealth } from "./health.ts";

const stopping = new AbortController();
let database: Database;
let app: FastifyInstance;
const asked = async (path: string) => {
  const { statusCode, body } = await app.inject(path);
  return [statusCode, JSON.parse(body)] as const;
};

beforeEach(() => {
  // Nobody listens there.
  database = connect({ host: "127.0.0.1", port: 1, user: "nobody", database: "none" });
  app = Fastify();
  const clusters = { list: async () => [], unanswered: () => [] } as unknown as ClusterDirectory;
  serveHealth(app, { database, clusters, metrics: new Registry(), stopping: stopping.signal });
});
afterEach(async () => {
  await app.close();
  await database.destroy();
});

test("a server that does not reach its database lives, and balancers ask others before", async () => {
  expect((await asked("/health/live"))[0]).toBe(200);
  expect(await asked("/health/serving")).toEqual([404, { status: "without its database" }]);
  expect(await asked("/health/ready")).toMatchObject([503, { database: "away" }]);
  stopping.abort();
  expect(await asked("/health/serving")).toEqual([503, { status: "stopping" }]);
});
