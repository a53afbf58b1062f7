import type { SlurmJob } from "./control.ts";
import { parseTime } from "./parse-show.ts";
import { textOf } from "./parse-values.ts";

/** In the order in which `parseQueue` reads them; all known to squeue since 20.11. */
const FIELDS = [
  "JobID",
  "JobArrayID",
  "UserName",
  "Account",
  "Partition",
  "State",
  "Reason",
  "NodeList",
  "NumNodes",
  "BatchFlag",
  "BatchHost",
  "Requeue",
  "SubmitTime",
  "EligibleTime",
  "StartTime",
  "Name",
] as const;

/**
 * The value for `squeue --Format`: every field ends with `mark`. A job's name is its user's free
 * text, line breaks and all, so the mark must be one that no user can know beforehand.
 */
export function queueFormat(mark: string): string {
  return FIELDS.map((field) => `${field}:${mark}`).join(",");
}

/** Jobs of `squeue --noheader --Format=<queueFormat(mark)>`, with times in UTC. */
export function parseQueue(output: string, mark: string): SlurmJob[] {
  const values = output.split(mark);
  const jobs: SlurmJob[] = [];
  for (let at = 0; at + FIELDS.length < values.length; at += FIELDS.length) {
    // The line break that ends a row stands before the first field of the next one.
    const row = values.slice(at, at + FIELDS.length);
    jobs.push(job(row.map((value, i) => (i === 0 ? value.trim() : value))));
  }
  return jobs;
}

function job(row: readonly string[]): SlurmJob {
  const [id, label, user, account, partition, state, reason, nodes, count, ...more] = row;
  const [batch, batchHost, requeue, ...rest] = more;
  const [submitTime, eligibleTime, startTime, name] = rest;
  const isBatch = batch === "1";
  const host = textOf(batchHost ?? "");
  return {
    id: Number(id),
    label: label ?? "",
    name: name === "(null)" ? "" : (name ?? ""),
    user: user ?? "",
    account: textOf(account ?? ""),
    partition: partition ?? "",
    state: state ?? "",
    reason: reason ?? "",
    nodes: nodes === undefined || nodes === "(null)" || nodes === "N/A" ? "" : nodes,
    nodeCount: Number.parseInt(count ?? "", 10) || 0,
    isBatch,
    ...(host === "" || host === "n/a" ? {} : { batchHost: host }),
    canRequeue: isBatch && requeue === "1",
    submitTime: parseTime(submitTime),
    eligibleTime: parseTime(eligibleTime),
    startTime: parseTime(startTime),
  };
}
