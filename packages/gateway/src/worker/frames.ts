import type { Followed } from "./follow.ts";

/**
 * What is followed, on its way to the server: the length of a piece in four bytes, then the piece.
 * Two lengths mean something else.
 */
const STILL = 0;
const RESTART = 0xffff_ffff;
const MOST = 16 * 1024 * 1024;

export async function* framesOf(followed: AsyncIterable<Followed>): AsyncGenerator<Buffer> {
  for await (const one of followed) {
    if (one.kind === "bytes") yield Buffer.concat([lengthOf(one.bytes.length), one.bytes]);
    else yield lengthOf(one.kind === "still" ? STILL : RESTART);
  }
}

export async function* readFrames(stream: AsyncIterable<Uint8Array>): AsyncGenerator<Followed> {
  let rest = Buffer.alloc(0);
  for await (const chunk of stream) {
    rest = rest.length === 0 ? Buffer.from(chunk) : Buffer.concat([rest, chunk]);
    while (rest.length >= 4) {
      const length = rest.readUInt32BE(0);
      if (length === STILL || length === RESTART) {
        yield { kind: length === STILL ? "still" : "restart" };
        rest = rest.subarray(4);
        continue;
      }
      if (length > MOST) throw new Error("a piece is too large");
      if (rest.length < 4 + length) break;
      yield { kind: "bytes", bytes: rest.subarray(4, 4 + length) };
      rest = rest.subarray(4 + length);
    }
  }
}

function lengthOf(length: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(length);
  return bytes;
}
