import { SluiceError } from "@sluice/model";

/** What a person names: a job, a whole array, or tasks of one. */
export interface JobReference {
  /** Of the job, or of the array. */
  readonly id: number;
  /** Missing: the job, or the whole array. */
  readonly tasks?: readonly TaskRange[];
  /** As Slurm's commands take it: digits, `_`, brackets, commas and dashes, nothing else. */
  readonly text: string;
}

export interface TaskRange {
  readonly first: number;
  readonly last: number;
}

/** slurmctld's own limit is 67,108,863 for jobs and 4,000,001 for tasks. */
const REFERENCE = /^([1-9]\d{0,8})(?:_(?:(\d{1,7})|\[([\d,-]{1,200})\]))?$/;
const RANGE = /^(\d{1,7})(?:-(\d{1,7}))?$/;

/**
 * `12`, `12_3` or `12_[1-5,8]`. Whatever passes may be a word of a command.
 *
 * @throws SluiceError `JOB_ID_INVALID` for anything else.
 */
export function parseJobReference(text: string): JobReference {
  const [, id, task, tasks] = REFERENCE.exec(text) ?? [];
  if (id === undefined) throw invalid(text);
  if (task !== undefined) {
    return { id: Number(id), tasks: [{ first: Number(task), last: Number(task) }], text };
  }
  if (tasks === undefined) return { id: Number(id), text };
  const ranges = tasks.split(",").map((range): TaskRange => {
    const [, first, last = first] = RANGE.exec(range) ?? [];
    if (first === undefined || Number(last) < Number(first)) throw invalid(text);
    return { first: Number(first), last: Number(last) };
  });
  return { id: Number(id), tasks: ranges, text };
}

function invalid(text: string): SluiceError {
  const shown = JSON.stringify(text.slice(0, 60));
  return new SluiceError("JOB_ID_INVALID", "user", `${shown} is not the id of a job`, {
    hint: "write it as Slurm does: 12, 12_3 or 12_[1-5]",
  });
}

/**
 * Whether tasks as Slurm writes them, `3` or `[4-9,12%2]`, have one of `ranges`. A list that Slurm
 * cut short (`[1-3,...]`) may have any.
 */
export function hasTask(tasks: string, ranges: readonly TaskRange[]): boolean {
  const text = tasks.replace(/^\[|\]$/g, "").replace(/%\d+$/, "");
  return text.split(",").some((part) => {
    if (part.includes("...")) return true;
    const [, first, last = first, step = "1"] = /^(\d+)(?:-(\d+)(?::(\d+))?)?$/.exec(part) ?? [];
    if (first === undefined) return false;
    return ranges.some((range) => meets(range, Number(first), Number(last), Number(step)));
  });
}

function meets(range: TaskRange, first: number, last: number, step: number): boolean {
  const from = Math.max(first, range.first);
  const aligned = first + Math.ceil((from - first) / step) * step;
  return aligned <= Math.min(last, range.last);
}
