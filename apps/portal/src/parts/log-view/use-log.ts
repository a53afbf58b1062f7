import { useCallback, useEffect, useRef, useState } from "react";
import { type LogBlock, LogBuffer } from "./log-buffer.ts";
import type { LogSource } from "./source.ts";

export interface Log {
  readonly blocks: readonly LogBlock[];
  /** Lines so far, those too that are not kept any more. */
  readonly added: number;
  readonly isEmpty: boolean;
  readonly state: "waiting" | "live" | "ended" | "failed";
  readonly error: unknown;
  /** What stands before can be had, or can not be kept. */
  readonly before: "none" | "more" | "no-room";
  readonly isLoadingEarlier: boolean;
  readonly loadEarlier: () => void;
  readonly again: () => void;
}

/** Milliseconds for which text is gathered before it is drawn. */
const GATHER = 60;

/** The text of a source as it comes, as long as the component is there. */
export function useLog(source: LogSource): Log {
  const buffer = useRef(new LogBuffer());
  const [round, setRound] = useState(0);
  const [, draw] = useState(0);
  const [state, setState] = useState<Log["state"]>("waiting");
  const [error, setError] = useState<unknown>();
  const [hasEarlier, setHasEarlier] = useState(false);
  const [isLoadingEarlier, setLoadingEarlier] = useState(false);
  const current = useRef<AbortSignal | undefined>(undefined);

  // biome-ignore lint/correctness/useExhaustiveDependencies: another round is another try
  useEffect(() => {
    const over = new AbortController();
    const { signal } = over;
    current.current = signal;
    const log = new LogBuffer();
    buffer.current = log;
    let timer: ReturnType<typeof setTimeout> | undefined;
    const redraw = (): void => {
      timer = undefined;
      draw((count) => count + 1);
    };
    setState("waiting");
    setError(undefined);
    setHasEarlier(false);
    const read = async (): Promise<void> => {
      for await (const chunk of source.follow(signal)) {
        if (signal.aborted) return;
        if (chunk.restart === true) log.clear();
        log.append(chunk.text);
        if (chunk.restart === true || chunk.hasEarlier !== undefined) {
          setHasEarlier(chunk.hasEarlier === true);
        }
        setState("live");
        timer ??= setTimeout(redraw, GATHER);
      }
      if (!signal.aborted) setState("ended");
    };
    read().catch((problem: unknown) => {
      if (signal.aborted) return;
      setError(problem);
      setState("failed");
    });
    return () => {
      over.abort();
      clearTimeout(timer);
    };
  }, [source, round]);

  const loadEarlier = useCallback((): void => {
    const signal = current.current;
    if (source.earlier === undefined || signal === undefined) return;
    setLoadingEarlier(true);
    source
      .earlier(signal)
      .then((chunk) => {
        if (signal.aborted) return;
        buffer.current.prepend(chunk.text);
        setHasEarlier(chunk.hasEarlier === true);
      })
      .catch((problem: unknown) => {
        if (!signal.aborted) setError(problem);
      })
      .finally(() => setLoadingEarlier(false));
  }, [source]);

  const log = buffer.current;
  // Of what made room nothing can be put back at its place.
  const hasRoom = log.dropped === 0 && !log.isFull;
  const hasMore = hasEarlier || log.dropped > 0;
  return {
    blocks: log.blocks,
    added: log.added,
    isEmpty: log.lineCount === 0,
    state,
    error,
    before: !hasMore ? "none" : hasRoom ? "more" : "no-room",
    isLoadingEarlier,
    loadEarlier,
    again: useCallback(() => setRound((count) => count + 1), []),
  };
}
