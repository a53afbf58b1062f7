import type { QueueJob } from "./job-lists.ts";
import { expandFileName } from "./parse-filename.ts";
import { parseTime } from "./parse-show.ts";
import { memoryIn, secondsOf, textOf } from "./parse-values.ts";

/** In the order in which `jobInList` reads them; all known to squeue since 22.05. */
const FIELDS = [
  ...["JobID", "JobArrayID", "ArrayJobID", "ArrayTaskID", "UserName", "Account", "Partition"],
  ...["QOS", "State", "Reason", "NodeList", "NumNodes", "NumCPUs", "tres-alloc", "BatchFlag"],
  ...["Requeue", "SubmitTime", "EligibleTime", "StartTime", "EndTime", "TimeLimit"],
  ...["PriorityLong", "Dependency", "exit_code", "RestartCnt", "WorkDir", "STDOUT", "STDERR"],
  "Name",
] as const;

export const JOB_LIST_COLUMNS = FIELDS.length;

/** The value for `squeue --Format`, with every field ending in `mark`. */
export function jobListFormat(mark: string): string {
  return FIELDS.map((field) => `${field}:${mark}`).join(",");
}

type Row = Readonly<Record<(typeof FIELDS)[number], string>>;

/** A row of `squeue --noheader --Format=<jobListFormat(mark)>`, with times in UTC. */
export function jobInList(row: readonly string[]): QueueJob {
  const value: Row = Object.fromEntries(FIELDS.map((field, i) => [field, row[i] ?? ""])) as Row;
  const label = value.JobArrayID;
  const isOfArray = label.includes("_");
  const isBatch = value.BatchFlag === "1";
  const tres = textOf(value["tres-alloc"]);
  return {
    id: Number(value.JobID),
    label,
    arrayJobId: isOfArray ? Number(value.ArrayJobID) : undefined,
    arrayTaskId: isOfArray ? value.ArrayTaskID : undefined,
    name: value.Name === "(null)" ? "" : value.Name,
    user: value.UserName,
    account: textOf(value.Account),
    partition: value.Partition,
    qos: textOf(value.QOS),
    state: value.State,
    reason: value.Reason,
    nodes: textOf(value.NodeList),
    nodeCount: Number.parseInt(value.NumNodes, 10) || 0,
    cpus: Number.parseInt(value.NumCPUs, 10) || 0,
    tres,
    memoryMib: memoryIn(tres),
    isBatch,
    canRequeue: isBatch && value.Requeue === "1",
    submitTime: parseTime(value.SubmitTime),
    eligibleTime: parseTime(value.EligibleTime),
    startTime: parseTime(value.StartTime),
    endTime: parseTime(value.EndTime),
    timeLimitSeconds: secondsOf(value.TimeLimit),
    priority: Number(value.PriorityLong) || 0,
    dependency: textOf(value.Dependency),
    exitCode: exitCodeOf(value.exit_code),
    restarts: Number(value.RestartCnt) || 0,
    workingDirectory: textOf(value.WorkDir),
    ...(isBatch ? outputsOf(value) : { standardOutput: "", standardError: "" }),
  };
}

function outputsOf(value: Row): Pick<QueueJob, "standardOutput" | "standardError"> {
  const isOfArray = value.JobArrayID.includes("_");
  const of = {
    jobId: Number(value.JobID),
    arrayJobId: isOfArray ? Number(value.ArrayJobID) : undefined,
    arrayTaskId: isOfArray ? value.ArrayTaskID : undefined,
    user: value.UserName,
    name: value.Name,
  };
  // Of an array's task that names no file, 22.05 tells the name that another job would have.
  const wrong = `${value.WorkDir}/slurm-${value.JobID}.out`;
  const path = (text: string): string => {
    const pattern = isOfArray && text === wrong ? `${value.WorkDir}/slurm-%A_%a.out` : textOf(text);
    return expandFileName(pattern, of);
  };
  const standardOutput = path(value.STDOUT);
  return { standardOutput, standardError: path(value.STDERR) || standardOutput };
}

/** `3:0`: the code and the signal. 22.05 tells them as wait(2) has them. */
function exitCodeOf(text: string): string {
  if (!/^\d+$/.test(text)) return textOf(text);
  const status = Number(text);
  return `${status >> 8}:${status & 127}`;
}
