import type { FileHandle } from "node:fs/promises";
import type { Readable } from "node:stream";
import { SluiceError } from "@sluice/model";
import { type EntryDocument, entryOf } from "./entry.ts";
import { fileStream } from "./file-stream.ts";
import type { WorkerParts } from "./parts.ts";
import { demandFile, openHeld, tidy } from "./territory.ts";

export interface OpenContent {
  /** Of what a link leads to. */
  readonly entry: EntryDocument;
  /** Of the range. */
  readonly length: number;
  readonly content: Readable;
}

/**
 * Bytes from `start` up to, not including, `end`, both within the file. What is given is as long as it
 * was said to be, or fails: a file that gets shorter meanwhile does not end early and quietly. The
 * content has to be read or destroyed.
 */
export async function openContent(
  { territory, ...parts }: WorkerParts,
  path: string,
  range: { readonly start?: number | undefined; readonly end?: number | undefined },
): Promise<OpenContent> {
  const asked = tidy(path);
  await using held = await territory.hold(asked);
  demandFile(held, asked);
  const entry = await entryOf({ territory, ...parts }, held, asked);
  const start = Math.min(range.start ?? 0, entry.size);
  const end = Math.max(start, Math.min(range.end ?? entry.size, entry.size));
  const handle = await openHeld(held, asked);
  const content = fileStream(handle, { start, end, whenShorter: "fail", path: asked });
  return { entry, length: end - start, content };
}

/**
 * What a request brings, until `signal` fires. The request itself stays open, so that an answer can
 * still be sent to it.
 */
export async function* chunksOf(
  content: Readable,
  signal?: AbortSignal,
): AsyncGenerator<Uint8Array> {
  // Kept by the stream, and looked at when its turn comes.
  content.on("error", () => undefined);
  for (;;) {
    signal?.throwIfAborted();
    if (content.errored !== null) throw content.errored;
    const chunk = content.read() as Uint8Array | null;
    if (chunk !== null) yield chunk;
    else if (content.readableEnded) return;
    else if (content.destroyed) throw brokeOff();
    else await nextChange(content, signal);
  }
}

/** One promise a wait: what waits on one for long would hold on to all that came meanwhile. */
function nextChange(content: Readable, signal: AbortSignal | undefined): Promise<void> {
  const events = ["readable", "end", "error", "close"] as const;
  return new Promise((resolve) => {
    const done = (): void => {
      for (const name of events) content.off(name, done);
      signal?.removeEventListener("abort", done);
      resolve();
    };
    for (const name of events) content.on(name, done);
    signal?.addEventListener("abort", done, { once: true });
  });
}

function brokeOff(): SluiceError {
  return new SluiceError("BAD_REQUEST", "user", "the request broke off");
}

/** Writes all of a chunk. */
export async function writeAll(
  handle: FileHandle,
  chunk: Uint8Array,
  position: number,
): Promise<void> {
  for (let at = 0; at < chunk.length; ) {
    const { bytesWritten } = await handle.write(chunk, at, chunk.length - at, position + at);
    at += bytesWritten;
  }
}

/** Writes all that a request brings. */
export async function pour(content: Readable, handle: FileHandle): Promise<void> {
  let position = 0;
  for await (const chunk of chunksOf(content)) {
    await writeAll(handle, chunk, position);
    position += chunk.length;
  }
}
