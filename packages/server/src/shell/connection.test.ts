import { once } from "node:events";
import { type AddressInfo, connect, createServer, type Socket } from "node:net";
import {
  createMessageReader,
  jsonMessage,
  MESSAGES,
  messageBytes,
  type TerminalMessage,
} from "@sluice/gateway";
import { afterEach, beforeEach, expect, test } from "vitest";
import { WebSocket, WebSocketServer } from "ws";
import { type ConnectionOptions, connectTerminal } from "./connection.ts";

/** The terminal's side of a pipe, and a browser's of a WebSocket. */
let terminal: Socket;
let browser: WebSocket;
let stack: AsyncDisposableStack;
let heard: TerminalMessage[];

async function start(options: Partial<ConnectionOptions> = {}): Promise<void> {
  const listener = createServer();
  await new Promise<void>((resolve) => listener.listen(0, "127.0.0.1", resolve));
  const { port } = listener.address() as AddressInfo;
  const [[accepted], pipe] = await Promise.all([
    once(listener, "connection") as Promise<[Socket]>,
    (async () => {
      const socket = connect(port, "127.0.0.1");
      await once(socket, "connect");
      return socket;
    })(),
  ]);
  terminal = accepted;
  terminal.on("error", () => {});
  heard = [];
  const messagesIn = createMessageReader();
  terminal.on("data", (piece: Buffer) => void heard.push(...messagesIn(piece)));
  const sockets = new WebSocketServer({ port: 0, host: "127.0.0.1" });
  await once(sockets, "listening");
  browser = new WebSocket(`ws://127.0.0.1:${(sockets.address() as AddressInfo).port}`);
  browser.on("error", () => {});
  const [[socket]] = await Promise.all([
    once(sockets, "connection") as Promise<[WebSocket]>,
    once(browser, "open"),
  ]);
  stack.defer(async () => {
    browser.terminate();
    socket.terminate();
    terminal.destroy();
    await Promise.all([
      new Promise((resolve) => sockets.close(resolve)),
      new Promise((resolve) => listener.close(resolve)),
    ]);
  });
  connectTerminal(socket, {
    pipe,
    attachment: { columns: 80, rows: 24 },
    mayStay: async () => true,
    onEnd: async ({ reason }) => ({ at: "2026-05-01T10:00:00Z", reason: reason as "exited" }),
    signal: new AbortController().signal,
    ...options,
  });
}

beforeEach(() => {
  stack = new AsyncDisposableStack();
});
afterEach(() => stack.disposeAsync());

const closed = async (): Promise<number> => {
  const [code] = (await once(browser, "close")) as [number];
  return code;
};

test("passes on what is typed, sizes and what was seen, in their order", async () => {
  await start();
  browser.send(Buffer.from("ls\n"));
  browser.send(JSON.stringify({ kind: "resize", columns: 100, rows: 30 }));
  browser.send(JSON.stringify({ kind: "seen", offset: 2 ** 40 }));
  browser.send(Buffer.alloc(70_000, "x"));
  const bytes = () =>
    heard
      .filter(({ kind }) => kind === MESSAGES.input)
      .reduce((sum, one) => sum + one.payload.length, 0);
  await expect.poll(bytes).toBe(70_003);
  expect(heard.slice(0, 4).map(({ kind, payload }) => [kind, payload.toString()])).toEqual([
    [MESSAGES.attach, '{"columns":80,"rows":24}'],
    [MESSAGES.input, "ls\n"],
    [MESSAGES.resize, '{"columns":100,"rows":30}'],
    [MESSAGES.seen, "\0\0\x01\0\0\0\0\0"],
  ]);
});

test("tells the end before it closes, and what is written down of it", async () => {
  await start();
  const messages: string[] = [];
  browser.on("message", (data) => void messages.push(String(data)));
  const code = closed();
  terminal.write(messageBytes(MESSAGES.output, Buffer.from("bye")));
  terminal.end(jsonMessage(MESSAGES.ended, { reason: "exited", exitCode: 0, signal: null }));
  expect(await code).toBe(1000);
  const ended = { at: "2026-05-01T10:00:00Z", reason: "exited" };
  expect(messages).toEqual(["bye", JSON.stringify({ kind: "ended", ended })]);
});

test("a reader who claims to see what it does not read fills no memory", async () => {
  await start();
  browser.pause();
  const piece = messageBytes(MESSAGES.output, Buffer.alloc(60_000, "y"));
  // As a terminal whose reader says that it has seen all.
  let isStuck = false;
  let sent = 0;
  const before = process.memoryUsage().arrayBuffers;
  while (!isStuck && sent < 400 << 20) {
    sent += piece.length;
    if (terminal.write(piece)) continue;
    const drained = once(terminal, "drain").then(() => true);
    const late = new Promise<false>((resolve) => setTimeout(() => resolve(false), 1000));
    isStuck = !(await Promise.race([drained, late]));
  }
  expect(isStuck).toBe(true);
  expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(64 << 20);
  let got = 0;
  browser.on("message", (data: Buffer) => {
    got += data.length;
  });
  browser.resume();
  await expect.poll(() => got, { timeout: 10_000 }).toBe((sent / piece.length) * 60_000);
}, 30_000);

test.each([
  ["the head breaks off", () => terminal.destroy(), 1013],
  ["the terminal makes no sense", () => terminal.write(Buffer.alloc(10, 0xff)), 1013],
  ["somebody sends nonsense", () => browser.send("[]"), 1008],
])("closes when %s", async (_what, act, code) => {
  await start();
  const closing = closed();
  act();
  expect(await closing).toBe(code);
});

test("closes when the server stops, and lets the terminal go", async () => {
  const stopping = new AbortController();
  await start({ signal: stopping.signal });
  const gone = once(terminal, "close");
  const closing = closed();
  stopping.abort();
  expect(await closing).toBe(1012);
  await gone;
});

test("an end that a user's process made up is told as one that broke off", async () => {
  const told: unknown[] = [];
  await start({
    onEnd: async (end) => {
      told.push(end);
      return { at: "2026-05-01T10:00:00Z", reason: "lost" };
    },
  });
  terminal.write(messageBytes(MESSAGES.ended, Buffer.from('{"reason":"access-lost","signal":-1}')));
  expect(await closed()).toBe(1000);
  expect(told).toEqual([{ reason: "killed" }]);
});

test.each(["null", "nonsense"])("an end that is %s closes the WebSocket", async (text) => {
  await start();
  terminal.write(messageBytes(MESSAGES.ended, Buffer.from(text)));
  expect(await closed()).toBe(1000);
});
