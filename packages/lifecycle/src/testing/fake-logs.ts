import type { LogEvents, LogLine, LogQuery, LogStream, LogStreams } from "@sluice/cloud";
import { SluiceError } from "@sluice/model";

/** Logs in memory, by cluster and stream, given out page by page. */
export class FakeLogs implements LogStreams {
  readonly #streams = new Map<string, Map<string, LogLine[]>>();
  pageSize = 2;

  append(cluster: string, stream: string, lines: readonly LogLine[]): void {
    const streams = this.#streams.get(cluster) ?? new Map<string, LogLine[]>();
    this.#streams.set(cluster, streams);
    streams.set(stream, [...(streams.get(stream) ?? []), ...lines]);
  }

  async list(cluster: string): Promise<readonly LogStream[]> {
    const streams = this.#streams.get(cluster) ?? new Map<string, LogLine[]>();
    return [...streams].map(([name, lines]) => ({
      name,
      firstAt: lines[0]?.time,
      lastAt: lines.at(-1)?.time,
    }));
  }

  async read(cluster: string, stream: string, query: LogQuery): Promise<LogEvents> {
    const lines = this.#streams.get(cluster)?.get(stream);
    if (lines === undefined) {
      throw new SluiceError("LOG_SOURCE_NOT_FOUND", "user", `there is no log ${stream}`);
    }
    const { from, until, end = "newest", limit = this.pageSize, next } = query;
    const inTime = lines.filter(
      ({ time }) => (from === undefined || time >= from) && (until === undefined || time < until),
    );
    if (end === "newest") return { events: inTime.slice(-limit), next: undefined };
    const start = Number(next ?? 0);
    const more = start + limit < inTime.length;
    return {
      events: inTime.slice(start, start + limit),
      next: more ? String(start + limit) : undefined,
    };
  }
}
