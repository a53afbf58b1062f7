import type { IncomingMessage, ServerResponse } from "node:http";
import { createServer } from "node:https";
import { connect, type Socket } from "node:net";
import type { TLSSocket } from "node:tls";
import { type Clock, isSluiceError, messageOf, SluiceError } from "@sluice/model";
import {
  type DoorProblem,
  isUserName,
  PATHS,
  TERMINAL_HEADER,
  UPGRADES,
  USER_HEADER,
} from "../protocol.ts";
import type { OpenTerminal } from "../terminal/contract.ts";
import { createKeyCheck, type KeyVerdict } from "./key-check.ts";
import { createNewcomers } from "./newcomers.ts";
import { KEPT_AT_MOST } from "./one-at-a-time.ts";
import { opened } from "./opened.ts";
import { pipeSockets } from "./pipe.ts";
import type { HeadQuestions } from "./questions.ts";
import type { DoorTerminals } from "./terminals.ts";
import type { Connection, Workers } from "./workers.ts";

export interface DoorLog {
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
}

export interface DoorOptions {
  readonly tls: { readonly key: string | Buffer; readonly cert: string | Buffer };
  /** Of the server: `SECRET_FILES.gateway` in packages/boot. */
  readonly key: string;
  readonly slurmrestd: { readonly host: string; readonly port: number };
  readonly workers: Workers;
  readonly terminals: DoorTerminals;
  readonly questions: HeadQuestions;
  readonly clock: Clock;
  readonly log: DoorLog;
}

export interface Door extends AsyncDisposable {
  /** @returns the port, which is another one than was asked for where that was 0. */
  listen(at: { readonly host: string; readonly port: number }): Promise<number>;
}

const MOST_CONNECTIONS = 2048;
const MOST_BODY_BYTES = 4 << 20;

/** The head's side of a gateway: see `protocol.ts`. */
export function createDoor(options: DoorOptions): Door {
  const { workers, log } = options;
  const check = createKeyCheck(options);
  const newcomers = createNewcomers(options.clock);
  const sockets = new Set<Socket>();
  const server = createServer({
    ...options.tls,
    minVersion: "TLSv1.3",
    allowHalfOpen: true,
    handshakeTimeout: 10_000,
    headersTimeout: 10_000,
    requestTimeout: 30_000,
    keepAliveTimeout: 75_000,
    maxHeaderSize: 8 << 10,
  });
  server.maxConnections = MOST_CONNECTIONS;
  server.on("connection", (socket: Socket) => {
    keep(sockets, socket);
    const { remoteAddress = "", remotePort = 0 } = socket;
    if (!newcomers.enter(remoteAddress, remotePort)) return socket.destroy();
    socket.once("close", () => newcomers.leave(remoteAddress, remotePort));
  });

  const judge = async ({ headers, socket }: IncomingMessage): Promise<KeyVerdict> => {
    const { remoteAddress = "", remotePort = 0 } = socket;
    const verdict = await check(headers.authorization);
    if (verdict === "right") newcomers.know(remoteAddress, remotePort);
    return verdict;
  };

  server.on("request", (request, response) => {
    void (async () => {
      const verdict = await judge(request);
      if (verdict === "too-many") return request.socket.destroy();
      if (verdict === "wrong") {
        log.warn({ from: request.socket.remoteAddress }, "a request with a wrong key");
        return refuse(response, WRONG_KEY);
      }
      await answer(options, request, response);
    })().catch((error: unknown) => {
      if (response.headersSent) request.socket.destroy();
      else refuse(response, problemOf(error));
    });
  });

  server.on("upgrade", (request, duplex, first) => {
    const socket = duplex as TLSSocket;
    // Until it is a pipe, nobody else hears of it.
    const ignore = (): void => {};
    socket.on("error", ignore);
    socket.setTimeout(0);
    // Now, or an end that comes meanwhile is passed on before it.
    if (first.length > 0) socket.unshift(first);
    void (async () => {
      const verdict = await judge(request);
      if (verdict === "too-many") return socket.destroy();
      if (verdict === "wrong") {
        log.warn({ from: socket.remoteAddress }, "an upgrade with a wrong key");
        return refuseUpgrade(socket, WRONG_KEY);
      }
      const { inner, release } = await behind(options, request);
      if (socket.destroyed) {
        inner.destroy();
        return release();
      }
      keep(sockets, inner);
      const protocol = String(request.headers.upgrade);
      socket.write(
        `HTTP/1.1 101 Switching Protocols\r\nconnection: upgrade\r\nupgrade: ${protocol}\r\n\r\n`,
      );
      pipeSockets(socket, inner, release);
      socket.off("error", ignore);
    })().catch((error: unknown) => refuseUpgrade(socket, problemOf(error)));
  });

  return {
    listen: ({ host, port }) =>
      new Promise((resolve, reject) => {
        server.once("error", reject);
        server.listen({ host, port }, () => {
          server.off("error", reject);
          const address = server.address();
          resolve(typeof address === "object" && address !== null ? address.port : port);
        });
      }),
    async [Symbol.asyncDispose]() {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      for (const socket of sockets) socket.destroy();
      await Promise.all([closed, workers[Symbol.asyncDispose]()]);
    },
  };
}

/** What an upgrade leads to, connected. */
async function behind(
  { slurmrestd, workers, terminals }: DoorOptions,
  request: IncomingMessage,
): Promise<Connection> {
  switch (request.headers.upgrade) {
    case UPGRADES.slurmrestd:
      return { inner: await dial(slurmrestd), release: () => {} };
    case UPGRADES.user:
      return workers.connect(userOf(request));
    case UPGRADES.terminal: {
      const id = String(request.headers[TERMINAL_HEADER]);
      return { inner: await terminals.connect(userOf(request), id), release: () => {} };
    }
    default:
      throw bad("an upgrade that the gateway does not know");
  }
}

function userOf({ headers }: IncomingMessage): string {
  const text = headers[USER_HEADER];
  try {
    return checkedUser(decodeURIComponent(typeof text === "string" ? text : ""));
  } catch {
    // Not percent-encoded rightly: no user either.
    throw notUser();
  }
}

function checkedUser(name: unknown): string {
  if (typeof name === "string" && isUserName(name)) return name;
  throw notUser();
}

function notUser(): SluiceError {
  return new SluiceError("GATEWAY_USER_UNKNOWN", "user", "that is no name of a user");
}

async function dial(to: { readonly host: string; readonly port: number }): Promise<Socket> {
  try {
    return await opened(connect({ ...to, allowHalfOpen: true }));
  } catch (error) {
    throw new SluiceError(
      "SLURM_UNREACHABLE",
      "system",
      `slurmrestd does not answer: ${messageOf(error)}`,
      { hint: "look at `systemctl status slurmrestd` on the head; it is tried again" },
    );
  }
}

async function answer(
  { questions, terminals }: DoorOptions,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const url = new URL(request.url ?? "/", "https://head");
  const asked = `${request.method} ${url.pathname}`;
  const gone = new AbortController();
  response.once("close", () => gone.abort());
  switch (asked) {
    case `GET ${PATHS.info}`:
      return sendJson(response, 200, await questions.info());
    case `GET ${PATHS.queue}`:
      return sendLines(response, (write) =>
        questions.queue(write, gone.signal, maxAgeIn(url.searchParams)),
      );
    case `GET ${PATHS.history}`: {
      const range = {
        since: timeIn(url.searchParams, "since"),
        until: timeIn(url.searchParams, "until"),
        everyRun: url.searchParams.get("everyRun") === "1",
      };
      return sendLines(response, (write) => questions.history(range, write, gone.signal));
    }
    case `POST ${PATHS.saved}`:
      return sendJson(response, 200, { saved: await questions.saved(await tagsIn(request)) });
    case `POST ${PATHS.find}`:
      return sendJson(response, 200, { jobs: await questions.find(await tagsIn(request)) });
    case `GET ${PATHS.terminals}`:
      return sendJson(response, 200, { terminals: await terminals.list() });
    case `POST ${PATHS.terminals}`: {
      const { user, ...wish } = (await bodyOf(request)) as Readonly<Record<string, unknown>>;
      await terminals.open(checkedUser(user), openTerminalOf(wish));
      return sendJson(response, 200, {});
    }
    case `POST ${PATHS.endTerminal}`: {
      const { id } = (await bodyOf(request)) as { readonly id?: unknown };
      await terminals.end(String(id));
      return sendJson(response, 200, {});
    }
    default:
      throw bad("a path or method that the gateway does not know");
  }
}

/** Milliseconds; whoever asks for none, or for what is no number, gets what is so now. */
function maxAgeIn(query: URLSearchParams): number {
  const asked = Number(query.get("maxAge") ?? 0);
  return asked > 0 ? Math.min(asked, KEPT_AT_MOST) : 0;
}

async function tagsIn(request: IncomingMessage): Promise<readonly string[]> {
  const { tags } = (await bodyOf(request)) as { readonly tags?: unknown };
  if (!Array.isArray(tags)) throw bad("no list of tags");
  return tags.filter((tag): tag is string => typeof tag === "string");
}

/** The server's own words, which it has checked; what is missing would be a fault of its version. */
function openTerminalOf(wish: Readonly<Record<string, unknown>>): OpenTerminal {
  const { id, columns, rows, detachedSeconds, idleSeconds, mostOfUser } = wish;
  const numbers = [columns, rows, detachedSeconds, idleSeconds, mostOfUser];
  if (typeof id !== "string" || !numbers.every(isCount)) throw bad("no whole terminal");
  return { id, columns, rows, detachedSeconds, idleSeconds, mostOfUser } as OpenTerminal;
}

function isCount(value: unknown): boolean {
  return typeof value === "number" && Number.isInteger(value) && value >= 0 && value < 1 << 30;
}

function timeIn(query: URLSearchParams, name: string): Date {
  const time = new Date(query.get(name) ?? "");
  if (Number.isNaN(time.getTime())) throw bad(`no time ${name}`);
  return time;
}

function bad(what: string): SluiceError {
  return new SluiceError("BAD_REQUEST", "user", `the request has ${what}`);
}

async function bodyOf(request: IncomingMessage): Promise<unknown> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > MOST_BODY_BYTES) throw bad("too large a body");
    chunks.push(chunk);
  }
  try {
    return (JSON.parse(Buffer.concat(chunks).toString("utf8")) as unknown) ?? {};
  } catch {
    throw bad("no JSON for a body");
  }
}

function sendJson(response: ServerResponse, status: number, document: unknown): void {
  const text = JSON.stringify(document);
  response.writeHead(status, {
    "content-type": "application/json",
    "content-length": Buffer.byteLength(text),
  });
  response.end(text);
}

/** A stream that is cut before its end was not all: the connection breaks instead of ending. */
async function sendLines(
  response: ServerResponse,
  ask: (write: (text: string) => Promise<void>) => Promise<void>,
): Promise<void> {
  await ask(async (text) => {
    if (response.destroyed) return;
    if (!response.headersSent) {
      response.writeHead(200, { "content-type": "application/x-ndjson" });
    }
    if (!response.write(text)) await drained(response);
  });
  if (!response.headersSent) response.writeHead(200, { "content-type": "application/x-ndjson" });
  response.end();
}

/** Whoever takes nothing for so long is let go. */
const SLOW_READER_MILLISECONDS = 30_000;

function drained(response: ServerResponse): Promise<void> {
  return new Promise((resolve) => {
    const end = (): void => {
      clearTimeout(timer);
      response.off("drain", end);
      response.off("close", end);
      resolve();
    };
    const timer = setTimeout(() => response.destroy(), SLOW_READER_MILLISECONDS);
    response.on("drain", end);
    response.on("close", end);
  });
}

const WRONG_KEY: DoorProblem = {
  code: "GATEWAY_REFUSED",
  message: "the gateway does not take this key",
};

const STATUSES: Readonly<Record<string, number>> = {
  BAD_REQUEST: 400,
  GATEWAY_REFUSED: 401,
  GATEWAY_USER_UNKNOWN: 403,
  SLURM_UNREACHABLE: 503,
  TERMINAL_NOT_FOUND: 404,
  TERMINALS_TOO_MANY: 409,
  GATEWAY_BUSY: 503,
};

function problemOf(error: unknown): DoorProblem {
  if (!isSluiceError(error)) return { code: "INTERNAL", message: messageOf(error) };
  const { code, message, hint } = error;
  return { code, message, ...(hint === undefined ? {} : { hint }) };
}

function refuse(response: ServerResponse, problem: DoorProblem): void {
  response.setHeader("connection", "close");
  sendJson(response, STATUSES[problem.code] ?? 500, problem);
}

/** Whoever is refused has no say in when the connection ends. */
function refuseUpgrade(socket: Socket, problem: DoorProblem): void {
  const text = JSON.stringify(problem);
  socket.write(
    `HTTP/1.1 ${STATUSES[problem.code] ?? 500} Refused\r\nconnection: close\r\ncontent-type: application/json\r\ncontent-length: ${Buffer.byteLength(text)}\r\n\r\n${text}`,
  );
  socket.destroySoon();
}

function keep(sockets: Set<Socket>, socket: Socket): void {
  sockets.add(socket);
  socket.once("close", () => sockets.delete(socket));
}
