import type { Socket } from "node:net";

const DIAL_MILLISECONDS = 5000;

/** Resolves when a socket is connected; rejects, with it destroyed, when it is not within seconds. */
export function opened(socket: Socket): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const end = (): void => {
      socket.setTimeout(0);
      socket.off("timeout", onTimeout);
      socket.off("error", fail);
    };
    const fail = (error: Error): void => {
      end();
      socket.destroy();
      reject(error);
    };
    const onTimeout = (): void => fail(new Error("no answer in time"));
    socket.setTimeout(DIAL_MILLISECONDS);
    socket.once("timeout", onTimeout);
    socket.once("error", fail);
    socket.once("connect", () => {
      end();
      resolve(socket);
    });
  });
}
