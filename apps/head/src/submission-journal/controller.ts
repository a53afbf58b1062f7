import { connect } from "node:net";
import { type Answer, answerIn, isWhole } from "./answer.ts";

export interface AskOptions {
  readonly port: number;
  readonly timeoutMilliseconds: number;
}

/**
 * Puts a question to slurmctld on this machine, on a connection of its own, as it wants it.
 *
 * Rejects while there is no answer.
 */
export async function askController(
  question: Buffer,
  { port, timeoutMilliseconds }: AskOptions,
): Promise<Answer> {
  const bytes = await exchange(question, port, timeoutMilliseconds);
  const answer = answerIn(bytes);
  if ("bytes" in answer) return answer;
  const why = answer.error === undefined ? "no answer about jobs" : `error ${answer.error}`;
  throw new Error(`slurmctld: ${why}`);
}

function exchange(question: Buffer, port: number, timeout: number): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const parts: Buffer[] = [];
    const socket = connect({ host: "127.0.0.1", port }, () => socket.write(question));
    const end = (): void => {
      const bytes = Buffer.concat(parts);
      socket.destroy();
      if (isWhole(bytes)) resolve(bytes);
      else reject(new Error("slurmctld closed the connection"));
    };
    socket.setTimeout(timeout, () => socket.destroy(new Error("slurmctld does not answer")));
    socket.on("data", (part) => parts.push(part));
    socket.once("end", end);
    socket.once("error", reject);
  });
}
