import type { FastifyReply, FastifyRequest } from "fastify";
import { errorToWire } from "../wire.ts";

/**
 * Answers with one JSON document a line: `{"progress": …}` any number of times, then one
 * `{"result": …}` or `{"error": …}`. When the asker goes away the work's signal fires.
 */
export async function stream<T>(
  request: FastifyRequest,
  reply: FastifyReply,
  work: (send: (progress: unknown) => void, signal: AbortSignal) => Promise<T>,
): Promise<void> {
  const abort = new AbortController();
  let finished = false;
  request.raw.socket.once("close", () => {
    if (!finished) abort.abort(new Error("the asker went away"));
  });
  reply.hijack();
  const { raw } = reply;
  raw.writeHead(200, { "content-type": "application/x-ndjson" });
  const line = (document: unknown): void => {
    if (!raw.destroyed) raw.write(`${JSON.stringify(document)}\n`);
  };
  try {
    const result = await work((progress) => line({ progress }), abort.signal);
    line({ result: result ?? null });
  } catch (error) {
    line({ error: errorToWire(error) });
  } finally {
    finished = true;
    raw.end();
  }
}
