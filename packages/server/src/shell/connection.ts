import type { Duplex } from "node:stream";
import { type TerminalDocument, type TerminalNotice, terminalWishSchema } from "@sluice/api";
import {
  createMessageReader,
  INPUT_BYTES,
  jsonMessage,
  MESSAGES,
  messageBytes,
  seenMessage,
  type TerminalAttachment,
  type TerminalEnd,
  type TerminalHello,
  terminalEndIn,
} from "@sluice/gateway";
import type { RawData, WebSocket } from "ws";

export interface ConnectionOptions {
  readonly pipe: Duplex;
  readonly attachment: TerminalAttachment;
  /** Whether the one who connected still may; `typed`: something was typed since it was last asked. */
  readonly mayStay: (typed: boolean) => Promise<boolean>;
  /** @returns what is written down of the end. */
  readonly onEnd: (end: TerminalEnd) => Promise<TerminalDocument["ended"]>;
  /** The server stops. */
  readonly signal: AbortSignal;
}

/** Why a server closes a terminal's WebSocket; after others it may be opened again. */
export const CLOSE_CODES = {
  over: 1000,
  stopping: 1012,
  headAway: 1013,
  notAllowed: 1008,
  taken: 4001,
} as const;

const CHECK_MILLISECONDS = 10_000;
const PING_MILLISECONDS = 15_000;
const CLOSE_MILLISECONDS = 2000;
const MOST_WAITING_BYTES = 1 << 20;

/**
 * Ties a WebSocket to a terminal. Of the output there are never more than 256 KiB on the way: the
 * terminal waits for its reader. What is typed is read as fast as the head takes it.
 */
export function connectTerminal(socket: WebSocket, options: ConnectionOptions): void {
  const { pipe, attachment, mayStay, onEnd, signal } = options;
  const messagesIn = createMessageReader();
  let hasTyped = false;
  let isAlive = true;
  let isOver = false;

  const close = (code: number, reason: string): void => {
    isOver = true;
    socket.close(code, reason);
    // One that does not answer is not waited for.
    setTimeout(() => socket.terminate(), CLOSE_MILLISECONDS).unref();
  };
  const onSent = (): void => {
    if (pipe.isPaused() && socket.bufferedAmount < MOST_WAITING_BYTES / 2) pipe.resume();
  };
  const tell = (notice: TerminalNotice): void => socket.send(JSON.stringify(notice));

  const take = (kind: string, payload: Buffer): void => {
    switch (kind) {
      case MESSAGES.hello:
        tell({ ...(JSON.parse(payload.toString()) as TerminalHello), kind: "attached" });
        break;
      case MESSAGES.output:
        socket.send(payload, onSent);
        // One that says it has seen what it does not read waits here.
        if (socket.bufferedAmount > MOST_WAITING_BYTES) pipe.pause();
        break;
      case MESSAGES.taken:
        tell({ kind: "taken" });
        close(CLOSE_CODES.taken, "taken by another connection");
        break;
      case MESSAGES.ended:
        isOver = true;
        void onEnd(terminalEndIn(payload.toString())).then(
          (ended) => {
            if (ended !== undefined) tell({ kind: "ended", ended });
            close(CLOSE_CODES.over, "ended");
          },
          () => close(CLOSE_CODES.headAway, "try again"),
        );
        break;
    }
  };

  pipe.on("data", (piece: Buffer) => {
    try {
      for (const { kind, payload } of messagesIn(piece)) take(kind, payload);
    } catch {
      pipe.destroy();
    }
  });
  pipe.on("error", () => {});
  pipe.on("end", () => pipe.destroy());
  pipe.on("close", () => {
    if (!isOver) close(CLOSE_CODES.headAway, "the head broke off");
  });
  pipe.on("drain", () => socket.resume());
  pipe.write(jsonMessage(MESSAGES.attach, attachment));

  const send = (message: Buffer): void => {
    if (pipe.destroyed) return;
    pipe.write(message);
    if (pipe.writableLength > MOST_WAITING_BYTES) socket.pause();
  };
  socket.on("message", (data, isBinary) => {
    if (isOver) return;
    const bytes = bytesOf(data);
    if (isBinary) {
      hasTyped = true;
      for (let at = 0; at < bytes.length; at += INPUT_BYTES) {
        send(messageBytes(MESSAGES.input, bytes.subarray(at, at + INPUT_BYTES)));
      }
      return;
    }
    const wish = wishIn(bytes);
    if (wish === undefined) close(CLOSE_CODES.notAllowed, "that is no message of a terminal's");
    else if (wish.kind === "seen") send(seenMessage(wish.offset));
    else send(jsonMessage(MESSAGES.resize, { columns: wish.columns, rows: wish.rows }));
  });
  socket.on("pong", () => {
    isAlive = true;
  });
  socket.on("error", () => {});

  const ping = setInterval(() => {
    if (!isAlive) return socket.terminate();
    isAlive = false;
    socket.ping();
  }, PING_MILLISECONDS);
  const check = setInterval(() => {
    const typed = hasTyped;
    hasTyped = false;
    mayStay(typed).then(
      (may) => {
        if (!may) close(CLOSE_CODES.notAllowed, "not signed in any more");
      },
      // Nobody knows: asked again in a moment.
      () => {},
    );
  }, CHECK_MILLISECONDS);
  const onStop = (): void => close(CLOSE_CODES.stopping, "the server stops");
  signal.addEventListener("abort", onStop, { once: true });
  socket.on("close", () => {
    isOver = true;
    clearInterval(ping);
    clearInterval(check);
    signal.removeEventListener("abort", onStop);
    pipe.destroy();
  });
  if (signal.aborted) onStop();
}

function bytesOf(data: RawData): Buffer {
  if (Buffer.isBuffer(data)) return data;
  return Array.isArray(data) ? Buffer.concat(data) : Buffer.from(data);
}

function wishIn(bytes: Buffer) {
  try {
    return terminalWishSchema.safeParse(JSON.parse(bytes.toString("utf8"))).data;
  } catch {
    return undefined;
  }
}
