import type { JobDescription, ShownJob } from "@sluice/jobs";
import type { Paint } from "./paint.ts";
import { fields, harmless, table } from "./table.ts";

const HEADINGS = ["JOB", "NAME", "USER", "QUEUE", "STATE", "TIME", "NODES", "WHERE OR WHY"];

export function jobTable(
  { jobs, total }: { readonly jobs: readonly ShownJob[]; readonly total: number },
  paint: Paint,
): string {
  if (jobs.length === 0) return "no jobs\n";
  const several = new Set(jobs.map(({ cluster }) => cluster)).size > 1;
  const rows = jobs.map((job) => [
    ...(several ? [job.cluster] : []),
    job.label,
    harmless(job.name).slice(0, 40),
    job.user,
    job.partition,
    paintedState(job, paint),
    duration(job.elapsedSeconds),
    `${job.nodeCount}`,
    job.nodes || (job.reason === "" ? "" : `(${harmless(job.reason)})`),
  ]);
  const shown = table(several ? ["CLUSTER", ...HEADINGS] : HEADINGS, rows);
  return total > jobs.length ? `${shown}${jobs.length} of ${total}: see --limit\n` : shown;
}

export function jobText(job: JobDescription, paint: Paint): string {
  const { efficiency, array } = job;
  const used = ({ used, of, percent }: { used: number; of: number; percent: number }) =>
    `${Math.round(used)} of ${Math.round(of)} (${percent} %)`;
  const line = (name: string, value: string | undefined): [string, string][] =>
    value === undefined || value === "" ? [] : [[name, harmless(value)]];
  const about = fields([
    ["job", `${job.label} on ${job.cluster}`],
    ...line("name", job.name),
    ["user", `${job.user}${job.account === "" ? "" : `, account ${job.account}`}`],
    ["queue", job.partition],
    ["state", paintedState(job, paint)],
    ...line("why it waits", job.waiting),
    ...line("nodes", job.nodes),
    ["CPUs", `${job.cpus}`],
    ...line("submitted", job.submitTime),
    ...line("started", job.startTime),
    ...line("ended", job.endTime),
    ...line("ran for", job.elapsedSeconds === undefined ? "" : duration(job.elapsedSeconds)),
    ...line("exit code", job.isFinished ? job.exitCode : ""),
    ...line("directory", job.workingDirectory),
    ...line("output", job.standardOutput),
    ...line("errors", job.standardError === job.standardOutput ? "" : job.standardError),
    ...line("CPU seconds", efficiency?.cpu && used(efficiency.cpu)),
    ...line("memory, MiB", efficiency?.memory && used(efficiency.memory)),
    ...line(
      "array",
      array &&
        Object.entries(array.totals)
          .map((pair) => pair.join(" "))
          .join(", "),
    ),
  ]);
  const steps = table(
    ["STEP", "NAME", "STATE", "EXIT", "TASKS"],
    job.steps.map(({ id, name, state, exitCode, tasks }) => [
      ...[id, harmless(name), paint.state(state), exitCode, `${tasks ?? ""}`],
    ]),
  );
  const advice = (efficiency?.advice ?? []).map((sentence) => `${sentence}\n`).join("");
  return [about, steps, advice].filter((part) => part !== "").join("\n");
}

function paintedState({ state }: ShownJob, paint: Paint): string {
  return ["FAILED", "TIMEOUT", "NODE_FAIL", "OUT_OF_MEMORY", "BOOT_FAIL"].includes(state)
    ? paint.bad(state)
    : paint.state(state);
}

/** `1-02:03:04` */
export function duration(seconds: number | undefined): string {
  if (seconds === undefined) return "";
  const two = (number: number) => String(Math.floor(number)).padStart(2, "0");
  const days = Math.floor(seconds / 86_400);
  const clock = `${two((seconds % 86_400) / 3600)}:${two((seconds % 3600) / 60)}:${two(seconds % 60)}`;
  return days === 0 ? clock : `${days}-${clock}`;
}
