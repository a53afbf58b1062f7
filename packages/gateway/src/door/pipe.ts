import type { Socket } from "node:net";

/** What is left of a connection of which one half has ended. */
const HALF_OPEN_MILLISECONDS = 120_000;
const KEEP_ALIVE_MILLISECONDS = 15_000;

/**
 * Makes one of two sockets: what comes in at one goes out at the other, no faster than it is taken.
 * An end of one is passed on and the other half goes on; when one breaks, so does the other.
 *
 * @param onEnd when both are closed.
 */
export function pipeSockets(one: Socket, other: Socket, onEnd: () => void): void {
  let open = 2;
  const link = (from: Socket, to: Socket): void => {
    from.setKeepAlive(true, KEEP_ALIVE_MILLISECONDS);
    from.setNoDelay(true);
    from.on("error", () => to.destroy());
    const onHalf = (): void => {
      to.setTimeout(HALF_OPEN_MILLISECONDS, () => to.destroy());
    };
    if (from.readableEnded) onHalf();
    else from.once("end", onHalf);
    from.once("close", () => {
      if (!from.readableEnded) to.destroy();
      open -= 1;
      if (open === 0) onEnd();
    });
    from.pipe(to);
  };
  link(one, other);
  link(other, one);
}
