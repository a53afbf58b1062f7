import type { UserWorker } from "@sluice/gateway";
import { isSluiceError } from "@sluice/model";
import type { OutgoingEvent } from "../http/event-response.ts";

/**
 * What is written to a file, as text. A character that is cut in two goes whole into the next event,
 * and the offset of an event is before it: whoever goes on from there misses nothing.
 */
export async function* followEvents(
  worker: Pick<UserWorker, "follow" | "stat">,
  path: string,
  from: number,
  signal: AbortSignal,
): AsyncGenerator<OutgoingEvent> {
  // Said by number, an offset from the end would be another one after each break.
  let offset = from < 0 ? Math.max(0, (await sizeOf(worker, path)) + from) : from;
  let decoder = new TextDecoder();
  let held = 0;
  let isRestarted = false;
  const onRestart = (): void => {
    isRestarted = true;
  };
  for await (const bytes of worker.follow(path, { offset, signal, onRestart })) {
    if (isRestarted) {
      isRestarted = false;
      offset = 0;
      held = 0;
      decoder = new TextDecoder();
      yield { id: "0", event: "restart", data: {} };
    }
    offset += bytes.byteLength;
    const text = decoder.decode(bytes, { stream: true });
    held = cutOff(bytes, held);
    if (text === "") continue;
    const sent = offset - held;
    yield { id: String(sent), event: "content", data: { text, offset: sent } };
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

/** How many bytes of a character that is not whole are at the end of what came. */
function cutOff(bytes: Uint8Array, heldBefore: number): number {
  for (let back = 1; back <= Math.min(3, bytes.byteLength); back++) {
    const byte = bytes[bytes.byteLength - back] ?? 0;
    if (byte >= 0x80 && byte < 0xc0) continue;
    const length = byte >= 0xf0 ? 4 : byte >= 0xe0 ? 3 : byte >= 0xc0 ? 2 : 1;
    return length > back ? back : 0;
  }
  // Only what goes on: of the character that was cut before, if it is not whole by now.
  const isGoingOn = bytes.byteLength < 3 && heldBefore > 0;
  return isGoingOn ? Math.min(3, heldBefore + bytes.byteLength) : 0;
}
