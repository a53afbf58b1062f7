/** A piece of text that is being written. */
export interface LogChunk {
  readonly text: string;
  /** What came before no longer counts, as when the file was replaced. */
  readonly restart?: boolean;
  /** There is text before this, which `earlier` gives. */
  readonly hasEarlier?: boolean;
}

/**
 * Where a log comes from. Make a new object (`useMemo`) for another log: that begins anew, and the
 * former's signal fires.
 */
export interface LogSource {
  /** Text from the end of what there is on; it ends when no more will come. Errors are shown. */
  follow(signal: AbortSignal): AsyncIterable<LogChunk>;
  /** The text before all that was given, whole lines; not asked again once `hasEarlier` is false. */
  readonly earlier?: (signal: AbortSignal) => Promise<LogChunk>;
}
