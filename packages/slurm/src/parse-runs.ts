import type { JobRun } from "./control.ts";
import { parseTime } from "./parse-show.ts";

/** In the order in which `parseRuns` reads them; none is free text. */
export const RUN_FIELDS = "JobIDRaw,State,Start,End";

/** Runs of `sacct --noheader --parsable2 --format=<RUN_FIELDS>`, with times in UTC. */
export function parseRuns(output: string): JobRun[] {
  return output.split("\n").flatMap((line) => {
    const [id = "", state = "", start, end] = line.split("|");
    if (!/^\d+$/.test(id)) return [];
    // `CANCELLED by 1000`.
    const [word = ""] = state.split(" ");
    return [{ jobId: Number(id), state: word, start: parseTime(start), end: parseTime(end) }];
  });
}
