import { once } from "node:events";
import { createServer, type IncomingMessage } from "node:http";
import { type AddressInfo, connect } from "node:net";
import { expect, test } from "vitest";
import { expectSoon } from "./connections.ts";

/** What a server that expects bodies soon answers to these bytes; it answers after a while. */
async function answerTo(bytes: string): Promise<string> {
  const server = createServer((request: IncomingMessage, response) => {
    expectSoon(request, 30);
    response.write("first ");
    request.resume().once("end", () => setTimeout(() => response.end("last"), 120));
  });
  await once(server.listen(0, "127.0.0.1"), "listening");
  const socket = connect((server.address() as AddressInfo).port, "127.0.0.1");
  socket.on("error", () => {}).write(bytes);
  let text = "";
  socket.setEncoding("utf8").on("data", (chunk: string) => {
    text += chunk;
  });
  await once(socket, "close");
  server.close();
  return text;
}

const HEAD = "HTTP/1.1\r\nHost: x\r\nConnection: close\r\n";

test("a request without a body has all the time that its answer takes", async () => {
  expect(await answerTo(`GET / ${HEAD}\r\n`)).toContain("last");
});

test("so has one whose body came", async () => {
  expect(await answerTo(`POST / ${HEAD}Content-Length: 2\r\n\r\n{}`)).toContain("last");
});

test("one whose body does not come is not waited for", async () => {
  expect(await answerTo(`POST / ${HEAD}Content-Length: 2\r\n\r\n{`)).not.toContain("last");
});
