import type { FileHandle } from "node:fs/promises";
import { Readable } from "node:stream";
import { failureOf, notSuitable } from "./failures.ts";
import { shown } from "./file-name.ts";

const CHUNK = 256 * 1024;

export interface FileRange {
  readonly start: number;
  /** Not included. */
  readonly end: number;
  /** What to do when the file got shorter: give zeros in its place, or fail. */
  readonly whenShorter: "zeros" | "fail";
  /** For messages. */
  readonly path: string;
}

/**
 * Exactly as many bytes as the range has. The handle is closed with the stream, which has to be read
 * to its end or destroyed.
 */
export function fileStream(handle: FileHandle, range: FileRange): Readable {
  const { start, end, whenShorter, path } = range;
  let at = start;
  return new Readable({
    highWaterMark: CHUNK,
    read() {
      if (at >= end) {
        this.push(null);
        return;
      }
      const chunk = Buffer.allocUnsafe(Math.min(CHUNK, end - at));
      handle.read(chunk, 0, chunk.length, at).then(
        ({ bytesRead }) => {
          if (bytesRead > 0) {
            at += bytesRead;
            this.push(chunk.subarray(0, bytesRead));
          } else if (whenShorter === "zeros") {
            at += chunk.length;
            this.push(chunk.fill(0));
          } else {
            this.destroy(notSuitable(`${shown(path)} became shorter while it was read`));
          }
        },
        (error: unknown) => this.destroy(failureOf(error, path) as Error),
      );
    },
    destroy(error, done) {
      handle.close().then(
        () => done(error),
        () => done(error),
      );
    },
  });
}
