import { type IncomingMessage, ServerResponse } from "node:http";
import type { Duplex } from "node:stream";
import { SluiceError } from "@sluice/model";
import type { FastifyInstance } from "fastify";
import { type WebSocket, WebSocketServer } from "ws";
import type { Call } from "./handler.ts";

interface Upgrade {
  readonly socket: Duplex;
  readonly head: Buffer;
  readonly response: ServerResponse;
  readonly refuse: () => void;
}

const UPGRADES = new WeakMap<IncomingMessage, Upgrade>();

export function asksForWebSocket({
  method,
  headers,
}: Pick<IncomingMessage, "method" | "headers">): boolean {
  return method === "GET" && headers.upgrade?.toLowerCase() === "websocket";
}

/**
 * Requests for WebSockets go the way of all others, hooks and handlers, until one of these accepts
 * them: what is refused gets its problem as an answer. The app has to be made with
 * `shouldUpgradeCallback: asksForWebSocket`.
 */
export function acceptWebSockets(app: FastifyInstance): void {
  app.server.on("upgrade", (request: IncomingMessage, socket: Duplex, head: Buffer) => {
    socket.on("error", () => socket.destroy());
    const response = new ServerResponse(request);
    response.shouldKeepAlive = false;
    response.assignSocket(socket as never);
    // Nobody else ends one whose other side stays open.
    const refuse = (): void => {
      socket.end(() => socket.destroy());
    };
    response.once("finish", refuse);
    UPGRADES.set(request, { socket, head, response, refuse });
    app.server.emit("request", request, response);
  });
}

const MOST_MESSAGE_BYTES = 256 << 10;
const sockets = new WebSocketServer({
  noServer: true,
  clientTracking: false,
  maxPayload: MOST_MESSAGE_BYTES,
  perMessageDeflate: false,
});

/** Errors: `UPGRADE_REQUIRED`. */
export function requireWebSocket({ request }: Pick<Call<never>, "request">): void {
  if (UPGRADES.has(request.raw)) return;
  throw new SluiceError("UPGRADE_REQUIRED", "user", "this address is for WebSockets only", {
    hint: "connect with wss:// and version 13 of the protocol",
  });
}

/**
 * Answers the request with a WebSocket; the handler then gives `SENT`. The call's signal fires when
 * it is closed. Undefined: the client did not mean it, or is gone, and has its answer.
 */
export function acceptWebSocket({
  request,
  reply,
}: Pick<Call<never>, "request" | "reply">): WebSocket | undefined {
  const upgrade = UPGRADES.get(request.raw);
  if (upgrade === undefined) return undefined;
  const { socket, head, response, refuse } = upgrade;
  reply.hijack();
  response.off("finish", refuse);
  response.detachSocket(socket as never);
  socket.once("close", () => response.emit("close"));
  if (socket.destroyed) {
    response.emit("close");
    return undefined;
  }
  let accepted: WebSocket | undefined;
  sockets.handleUpgrade(request.raw, socket, head, (webSocket) => {
    accepted = webSocket;
  });
  return accepted;
}
