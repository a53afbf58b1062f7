import type { IncomingMessage, ServerResponse } from "node:http";
import type { Socket } from "node:net";
import type { FastifyInstance } from "fastify";

/** Milliseconds in which a request has to have arrived, headers and body; large bodies aside. */
export const ARRIVAL = 60_000;

export function hasBody({ headers }: Pick<IncomingMessage, "headers">): boolean {
  return (
    headers["transfer-encoding"] !== undefined ||
    (headers["content-length"] !== undefined && headers["content-length"] !== "0")
  );
}

/** A body that trickles in holds a connection: it has its time, and the answer has as much as it takes. */
export function expectSoon(request: IncomingMessage, milliseconds = ARRIVAL): void {
  if (!hasBody(request)) return;
  const timer = setTimeout(() => {
    if (!request.complete) request.destroy();
  }, milliseconds);
  timer.unref();
  const stop = () => clearTimeout(timer);
  request.once("end", stop);
  request.once("close", stop);
}

/**
 * Ends connections that nobody is answered on once the server stops: Node leaves those alone that
 * were opened and never used, until their headers are late.
 */
export function endQuietConnections(app: FastifyInstance, stopping: AbortSignal): void {
  const { server } = app;
  /** Requests that are being answered. */
  const open = new Map<Socket, number>();
  const endQuiet = (socket: Socket): void => {
    if (stopping.aborted && open.get(socket) === 0) socket.destroySoon();
  };
  const isTls = "setSecureContext" in server;
  server.on(isTls ? "secureConnection" : "connection", (socket: Socket) => {
    open.set(socket, 0);
    socket.once("close", () => open.delete(socket));
  });
  server.on("request", ({ socket }: IncomingMessage, response: ServerResponse) => {
    open.set(socket, (open.get(socket) ?? 0) + 1);
    response.once("close", () => {
      const count = open.get(socket);
      if (count === undefined) return;
      open.set(socket, count - 1);
      endQuiet(socket);
    });
  });
  stopping.addEventListener("abort", () => {
    for (const socket of open.keys()) endQuiet(socket);
  });
}
