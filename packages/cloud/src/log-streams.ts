import type { LogLine } from "./contract.ts";

export interface LogStream {
  /** As `LogSink.append` was given it. */
  readonly name: string;
  readonly firstAt: Date | undefined;
  readonly lastAt: Date | undefined;
}

export interface LogEvents {
  /** Oldest first. */
  readonly events: readonly LogLine[];
  /** Give it to go on where this ended. */
  readonly next: string | undefined;
}

export interface LogQuery {
  readonly from?: Date;
  readonly until?: Date;
  /** The newest or the oldest that many. */
  readonly limit?: number;
  readonly end?: "newest" | "oldest";
  readonly next?: string;
}

/** Logs of clusters where the cloud keeps them. */
export interface LogStreams {
  list(cluster: string): Promise<readonly LogStream[]>;
  /** Errors: `LOG_SOURCE_NOT_FOUND`. */
  read(cluster: string, stream: string, query: LogQuery): Promise<LogEvents>;
}
