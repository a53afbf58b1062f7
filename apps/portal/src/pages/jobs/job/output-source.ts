import { ROUTES } from "@sluice/api";
import { statusOf } from "../../../frame/queries.ts";
import { server } from "../../../frame/server.ts";
import type { LogChunk, LogSource } from "../../../parts/log-view/source.ts";

export type OutputStream = "stdout" | "stderr";

/** Bytes that are read at first, from the end, and each time before that. */
const PIECE = 256 * 1024;

/** What a job wrote and writes. */
export function outputSource(cluster: string, job: string, stream: OutputStream): LogSource {
  const params = { cluster, job };
  /** Where what is shown begins; 0 while nothing is. */
  let first = 0;
  const read = async (start: number, end: number | undefined, signal: AbortSignal) => {
    const response = await server.stream(ROUTES.getJobOutput, {
      params,
      query: { stream, start, ...(end === undefined ? {} : { end }) },
      signal,
    });
    const bytes = new Uint8Array(await response.arrayBuffer());
    const from = Number(response.headers.get("sluice-offset") ?? 0);
    // The first line began before, unless it is the file's first.
    const cut = from === 0 ? 0 : bytes.indexOf(0x0a) + 1;
    const text = new TextDecoder().decode(bytes.subarray(cut));
    return { text, from: from + cut, to: from + bytes.length };
  };
  return {
    async *follow(signal): AsyncGenerator<LogChunk> {
      const tail = await read(-PIECE, undefined, signal).catch((error: unknown) => {
        // Nothing was written yet; it is waited for.
        if (statusOf(error) === 404) return undefined;
        throw error;
      });
      first = tail?.from ?? 0;
      yield { text: tail?.text ?? "", restart: true, hasEarlier: first > 0 };
      const query = { stream, offset: tail?.to ?? 0 };
      const events = server.events(ROUTES.followJobOutput, { params, query, signal });
      for await (const { event, data } of events) {
        if (event === "end") return;
        if (event === "restart") {
          first = 0;
          yield { text: "", restart: true };
        } else if ("text" in data) yield { text: data.text };
      }
    },
    async earlier(signal) {
      const piece = await read(Math.max(0, first - PIECE), first, signal);
      first = piece.from;
      return { text: piece.text, hasEarlier: first > 0 };
    },
  };
}
