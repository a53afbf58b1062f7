import { PassThrough, type Readable } from "node:stream";
import { finished } from "node:stream/promises";
import { ZipFile } from "yazl";
import { notSuitable } from "../failures.ts";
import { bytesOf, textOf } from "../file-name.ts";
import type { WorkerParts } from "../parts.ts";
import { contentOf, type Walked, walk } from "./walk.ts";

/** Each is remembered until the end, where a zip file has its list. */
const MOST_ENTRIES = 50_000;
const LINK = 0o120000;

/** Streamed; entries are made one after the other, so that one file is open at a time. */
export function zip(parts: WorkerParts, paths: readonly string[], signal: AbortSignal): Readable {
  const archive = new ZipFile();
  // Destroying what is read also ends the walk: its next entry is never asked for.
  const output = new PassThrough();
  archive.outputStream.pipe(output);
  const gone = new AbortController();
  output.once("close", () => gone.abort());
  const fail = (error: unknown): void => {
    output.destroy(error instanceof Error ? error : new Error(String(error)));
  };
  archive.on("error", fail);
  fill(archive, parts, paths, AbortSignal.any([signal, gone.signal])).then(
    () => archive.end(),
    fail,
  );
  return output;
}

async function fill(
  archive: ZipFile,
  parts: WorkerParts,
  paths: readonly string[],
  signal: AbortSignal,
): Promise<void> {
  let entries = 0;
  for await (const walked of walk(parts, paths, signal)) {
    if (++entries > MOST_ENTRIES) {
      throw notSuitable(
        `a zip file has at most ${MOST_ENTRIES.toLocaleString("en")} entries here`,
        "Take tar.gz, or fewer folders.",
      );
    }
    await add(archive, walked, signal);
  }
}

async function add(archive: ZipFile, walked: Walked, signal: AbortSignal): Promise<void> {
  const { kind, stat } = walked.held;
  const name = nameInZip(walked);
  const options = { mtime: stat.mtime, mode: Number(stat.mode & 0xffffn) };
  if (kind === "folder") {
    archive.addEmptyDirectory(name, options);
  } else if (kind === "link") {
    const mode = LINK | 0o777;
    archive.addBuffer(bytesOf(walked.leadsTo), name, { ...options, mode, compress: false });
  } else {
    const stream = await contentOf(walked);
    if (stream === undefined) return;
    archive.addReadStream(stream, name, {
      ...options,
      size: Number(stat.size),
      compressionLevel: 1,
    });
    try {
      await finished(stream, { signal });
    } finally {
      stream.destroy();
    }
  }
}

/** In Unicode, as zip files have names; a backslash would part folders on some systems. */
function nameInZip({ name }: Walked): string {
  return textOf(name).replaceAll("\\", "\u{ff3c}");
}
