import type { FastifyReply, FastifyRequest } from "fastify";
import { errorToWire } from "../wire.ts";

/** Long work that is under way, by the name that the asker gave it, so that it can be called off. */
export class RunningWork {
  readonly #aborts = new Map<string, AbortController>();

  /** False when there is no such work, or no longer. */
  cancel(id: string): boolean {
    const abort = this.#aborts.get(id);
    abort?.abort(new Error("called off"));
    return abort !== undefined;
  }

  /**
   * Answers with one JSON document a line: `{"progress": …}` any number of times, then one
   * `{"result": …}` or `{"error": …}`. The work's signal fires when the asker goes away, or cancels
   * it by the `x-operation` that it sent along and stays to hear how the clean-up went.
   */
  async stream<T>(
    request: FastifyRequest,
    reply: FastifyReply,
    work: (send: (progress: unknown) => void, signal: AbortSignal) => Promise<T>,
  ): Promise<void> {
    const abort = new AbortController();
    const id = request.headers["x-operation"];
    if (typeof id === "string") this.#aborts.set(id, abort);
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
      if (typeof id === "string") this.#aborts.delete(id);
      raw.end();
    }
  }
}
