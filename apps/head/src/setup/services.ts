import { connect } from "node:net";
import { setTimeout as delay } from "node:timers/promises";
import type { HeadService } from "@sluice/boot";
import { messageOf, SluiceError } from "@sluice/model";
import { run } from "../run.ts";

const AGAIN_MILLISECONDS = 1000;

/**
 * Starts services, a second time where the first failed: what one needs of another may be a moment
 * late on a busy machine.
 *
 * Throws `SERVICE_NOT_STARTED` with what the service that is not there said last.
 */
export async function start(...services: HeadService[]): Promise<void> {
  const argv = ["systemctl", "start", ...services];
  try {
    await run(argv).catch(() => delay(AGAIN_MILLISECONDS).then(() => run(argv)));
  } catch (error) {
    for (const service of services) await explain(service, error);
    throw error;
  }
}

/** Throws what the service itself said last, when it is the one that is not there. */
async function explain(service: string, cause: unknown): Promise<void> {
  const state = await run([
    "systemctl",
    "show",
    "--value",
    "--property=ActiveState",
    service,
  ]).catch(() => "");
  if (state.trim() === "active") return;
  // Only what the service's own processes said, not what systemd says of them.
  const own = `_SYSTEMD_UNIT=${service}.service`;
  const log = await run([
    "journalctl",
    own,
    "--lines",
    "20",
    "--output",
    "cat",
    "--no-pager",
  ]).catch(() => "");
  const lines = log.trim().split("\n");
  const said = lines.findLast((text) => /fatal|error/i.test(text)) ?? lines.at(-1);
  const reason = said || (cause === undefined ? "it gave no reason" : messageOf(cause));
  throw new SluiceError("SERVICE_NOT_STARTED", "system", `${service} did not start: ${reason}`, {
    cause,
  });
}

/** Services are up when they answer, which is later than when they are started. */
export async function until(
  service: string,
  isUp: () => Promise<boolean>,
  seconds = 45,
): Promise<void> {
  const deadline = Date.now() + seconds * 1000;
  for (;;) {
    if (await isUp().catch(() => false)) return;
    if (Date.now() > deadline) {
      await explain(service, undefined);
      throw new SluiceError(
        "SERVICE_NOT_STARTED",
        "system",
        `${service} runs but did not answer within ${seconds} s`,
      );
    }
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

export function isListening(host: string, port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host, port, timeout: 2000 });
    const end = (answer: boolean) => (): void => {
      socket.destroy();
      resolve(answer);
    };
    socket.once("connect", end(true)).once("error", end(false)).once("timeout", end(false));
  });
}
