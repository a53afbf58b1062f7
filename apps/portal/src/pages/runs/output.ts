import { ROUTES } from "@sluice/api";
import { useEffect, useMemo, useRef } from "react";
import { server } from "../../frame/server.ts";
import type { LogChunk, LogSource } from "../../parts/log-view/source.ts";

/** Bytes before the end at which a long output begins. */
const TAIL = 1024 * 1024;
/** Milliseconds after the job's end in which its last lines arrive. */
const AFTER = 3_000;

/** Where what was written to a file of a run is, as it was when it was looked at. */
export interface OutputFile {
  readonly run: string;
  readonly path: string;
  readonly size: number;
}

export function outputBegins({ size }: OutputFile): number {
  return Math.max(0, size - TAIL);
}

/** The output of a run for a log view. It ends when the run is over and all of it was read. */
export function useOutput(file: OutputFile, isOver: boolean): LogSource {
  const { run, path } = file;
  const first = useRef({ file, isOver });
  if (first.current.file.run !== run || first.current.file.path !== path) {
    first.current = { file, isOver };
  }
  const end = useMemo(() => new AbortController(), []);
  useEffect(() => {
    if (!isOver || first.current.isOver) return;
    const timer = setTimeout(() => end.abort(), AFTER);
    return () => clearTimeout(timer);
  }, [isOver, end]);
  // biome-ignore lint/correctness/useExhaustiveDependencies: how it was at first, for each file
  return useMemo(
    () => ({
      follow: (signal) => follow(first.current, AbortSignal.any([signal, end.signal])),
    }),
    [run, path, end],
  );
}

async function* follow(
  { file, isOver }: { readonly file: OutputFile; readonly isOver: boolean },
  signal: AbortSignal,
): AsyncGenerator<LogChunk> {
  const { run, path, size } = file;
  if (isOver && size === 0) return;
  const request = { params: { run }, query: { path, offset: outputBegins(file) }, signal };
  let decoder = new TextDecoder();
  let isInLine = outputBegins(file) > 0;
  for await (const { event, data } of server.events(ROUTES.followRunFile, request)) {
    if (event === "restart" || !("base64" in data)) {
      decoder = new TextDecoder();
      isInLine = false;
      yield { text: "", restart: true };
      continue;
    }
    const bytes = Uint8Array.from(atob(data.base64), (letter) => letter.charCodeAt(0));
    let text = decoder.decode(bytes, { stream: true });
    if (isInLine) {
      // It began in the middle of one.
      const end = text.indexOf("\n");
      text = text.slice(end + 1);
      isInLine = end === -1;
    }
    if (!isInLine) yield { text };
    if (isOver && data.offset >= size) return;
  }
}
