import { once } from "node:events";
import { type AddressInfo, connect } from "node:net";
import Fastify from "fastify";
import { expect, test } from "vitest";
import { acceptWebSockets, asksForWebSocket } from "./web-sockets.ts";

test("a client that is refused and keeps its side open holds no connection", async () => {
  const app = Fastify({ http: { shouldUpgradeCallback: asksForWebSocket } });
  acceptWebSockets(app);
  app.get("/", (_request, reply) => reply.code(401).send({ code: "NOT_SIGNED_IN" }));
  await app.listen({ port: 0, host: "127.0.0.1" });
  const { port } = app.server.address() as AddressInfo;
  const client = connect({ port, host: "127.0.0.1", allowHalfOpen: true });
  let answer = "";
  client.on("data", (piece: Buffer) => {
    answer += piece.toString();
  });
  client.write(
    "GET / HTTP/1.1\r\nHost: here\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n",
  );
  await once(client, "end");
  const open = () =>
    new Promise<number>((resolve) => app.server.getConnections((_, count) => resolve(count)));
  await expect.poll(open).toBe(0);
  expect(answer).toMatch(/^HTTP\/1\.1 401 [\s\S]*NOT_SIGNED_IN/);
  client.destroy();
  await app.close();
});
