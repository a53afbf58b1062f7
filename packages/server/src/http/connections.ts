import type { IncomingMessage, ServerResponse } from "node:http";
import type { Socket } from "node:net";
import type { FastifyInstance } from "fastify";

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
