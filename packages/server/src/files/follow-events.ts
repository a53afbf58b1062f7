import type { UserWorker } from "@sluice/gateway";
import { isSluiceError } from "@sluice/model";
import type { FastifyRequest } from "fastify";
import type { OutgoingEvent } from "../http/event-response.ts";

export interface FollowedFile {
  readonly path: string;
  /** Negative: so many bytes before the end. */
  readonly from: number;
  readonly signal: AbortSignal;
}

/** Where a reader begins: a client that lost its connection goes on from where it was. */
export function startOf(request: Pick<FastifyRequest, "headers">, offset: number): number {
  const last = request.headers["last-event-id"];
  return typeof last === "string" && /^\d{1,15}$/.test(last) ? Number(last) : offset;
}

type Worker = Pick<UserWorker, "follow" | "stat">;

/**
 * What is written to a file, as text, in events of the kind `event`. A character that is cut in two
 * goes whole into the next one, and the offset of an event is before it: whoever goes on from there
 * misses nothing.
 */
export async function* followText(
  worker: Worker,
  file: FollowedFile,
  event: "content" | "output",
): AsyncGenerator<OutgoingEvent> {
  let begun: Uint8Array = new Uint8Array();
  for await (const piece of piecesOf(worker, file)) {
    if (piece === "restart") {
      begun = new Uint8Array();
      yield RESTART;
      continue;
    }
    const all = Buffer.concat([begun, piece.bytes]);
    const whole = all.byteLength - begunAtEnd(all);
    begun = all.subarray(whole);
    if (whole === 0) continue;
    const offset = piece.offset - begun.byteLength;
    yield { id: `${offset}`, event, data: { text: all.toString("utf8", 0, whole), offset } };
  }
}

/** The same in base64, exact whatever is written. */
export async function* followBytes(
  worker: Worker,
  file: FollowedFile,
): AsyncGenerator<OutgoingEvent> {
  for await (const piece of piecesOf(worker, file)) {
    if (piece === "restart") {
      yield RESTART;
      continue;
    }
    const { bytes, offset } = piece;
    const base64 = Buffer.from(bytes).toString("base64");
    yield { id: `${offset}`, event: "output", data: { base64, offset } };
  }
}

const RESTART: OutgoingEvent = { id: "0", event: "restart", data: {} };

/** Pieces with the offset behind them; `restart` before what is another content from its beginning. */
async function* piecesOf(
  worker: Worker,
  { path, from, signal }: FollowedFile,
): AsyncGenerator<"restart" | { readonly bytes: Uint8Array; readonly offset: number }> {
  // Said by number, an offset from the end would be another one after each break.
  let offset = from < 0 ? Math.max(0, (await sizeOf(worker, path)) + from) : from;
  let isRestarted = false;
  const onRestart = (): void => {
    isRestarted = true;
  };
  for await (const bytes of worker.follow(path, { offset, signal, onRestart })) {
    if (isRestarted) {
      isRestarted = false;
      offset = 0;
      yield "restart";
    }
    offset += bytes.byteLength;
    yield { bytes, offset };
  }
}

/** Of what a link leads to; nothing, as long as there is nothing. */
async function sizeOf({ stat }: Pick<UserWorker, "stat">, path: string): Promise<number> {
  try {
    return (await stat(path, { followLinks: true })).size;
  } catch (error) {
    if (isSluiceError(error) && error.code === "FILE_NOT_FOUND") return 0;
    throw error;
  }
}

/** How many bytes at the end are the beginning of a character of UTF-8. */
function begunAtEnd(bytes: Uint8Array): number {
  for (let back = 1; back <= Math.min(3, bytes.byteLength); back++) {
    const byte = bytes[bytes.byteLength - back] ?? 0;
    if (byte >= 0x80 && byte < 0xc0) continue;
    const length = byte >= 0xf0 ? 4 : byte >= 0xe0 ? 3 : byte >= 0xc0 ? 2 : 1;
    return length > back ? back : 0;
  }
  return 0;
}
