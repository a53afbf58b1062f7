import type { UserWorker } from "@sluice/gateway";
import { isSluiceError, SluiceError } from "@sluice/model";
import {
  type Application,
  checkValues,
  type FieldError,
  type PreparedJob,
  prepareJob,
} from "../applications/index.ts";
import type { JobRequest } from "../submissions/index.ts";
import { absolutePath } from "./folder.ts";
import type { RunRow } from "./store.ts";

/** Values of a run's form do not fit; what is wrong is told by field. */
export class RunValuesError extends SluiceError {
  readonly errors: readonly FieldError[];

  constructor(errors: readonly FieldError[]) {
    const lines = errors.map(
      ({ field, message }) => `  ${field === "" ? "options" : field}: ${message}`,
    );
    super("RUN_VALUES_INVALID", "user", ["some values do not fit", ...lines].join("\n"), {
      hint: "correct them; nothing was submitted",
    });
    this.errors = errors;
  }

  override toJSON(): ReturnType<SluiceError["toJSON"]> & {
    errors: readonly { path: string; message: string }[];
  } {
    const errors = this.errors.map(({ field, message }) => ({
      path: field === "" ? "values" : `values.${field}`,
      message,
    }));
    return { ...super.toJSON(), errors };
  }
}

export interface RunJobRequest {
  readonly job: Extract<JobRequest, { by: "sbatch" }>;
  /** Files that are copied into the run's folder before. */
  readonly copies: readonly { readonly from: string; readonly to: string }[];
}

interface Place {
  readonly name: string;
  readonly folder: string;
  readonly cluster: string;
  /** Of the user, on the cluster. */
  readonly home: string;
}

/**
 * The job of a run, with its paths made absolute. Errors: `RUN_VALUES_INVALID`.
 */
export function requestOf(
  application: Application,
  given: Readonly<Record<string, unknown>>,
  place: Place,
): RunJobRequest {
  const prepared = tryRequest(application, given, place);
  if ("errors" in prepared) throw new RunValuesError(prepared.errors);
  return prepared;
}

export function tryRequest(
  application: Application,
  given: Readonly<Record<string, unknown>>,
  { name, folder, cluster, home }: Place,
): RunJobRequest | { readonly errors: readonly FieldError[] } {
  const checked = checkValues(application, given);
  if (!checked.ok) return { errors: checked.errors };
  const values = new Map(checked.values);
  const copies: { from: string; to: string }[] = [];
  const errors: FieldError[] = [];
  const names = new Set<string>();
  for (const { Name, Type, Stage } of application.Fields) {
    const value = values.get(Name);
    if (value === undefined) continue;
    if (Type === "cluster" && value !== cluster) {
      errors.push({ field: Name, message: `the run is for ${cluster}` });
    }
    if (Type !== "file" && Type !== "files" && Type !== "folder") continue;
    const placed = (typeof value === "string" ? [value] : value).map((path) => {
      const from = absolutePath(path, home);
      if (Stage === "use" || !from.startsWith("/")) return from;
      const base = from.slice(from.lastIndexOf("/") + 1) || "input";
      const to = `inputs/${distinctName(base, names)}`;
      copies.push({ from, to: `${folder}/${to}` });
      return to;
    });
    values.set(Name, typeof value === "string" ? (placed[0] ?? "") : placed);
  }
  if (errors.length > 0) return { errors };
  const isArray = application.Options.array !== undefined;
  const prepared = prepareJob(application, values, {
    "job-name": oneLine(name),
    output: isArray ? "output-%a.log" : "output.log",
  });
  if (!prepared.ok) return { errors: prepared.errors };
  const { script, options } = prepared.job;
  return { job: { by: "sbatch", script, options, workingDirectory: folder }, copies };
}

export function shownJob({ job }: RunJobRequest): PreparedJob {
  return { script: job.script, options: job.options };
}

/**
 * Folder, script, what is known of the run, copies of inputs: all as the user, the same again when it
 * is done again.
 */
export async function writeFolder(
  worker: UserWorker,
  row: RunRow,
  { job, copies }: RunJobRequest,
): Promise<void> {
  await ensureFolder(worker, row.folder);
  for (const { from, to } of copies) await worker.copy(from, to, { overwrite: true });
  await write(worker, `${row.folder}/script.sh`, job.script, 0o700);
  await writeDescription(worker, row, job.options);
}

/** `run.json`, by which the folder is known to be the run's. */
export async function writeDescription(
  worker: UserWorker,
  row: RunRow,
  options: readonly string[] = [],
): Promise<void> {
  const description = {
    id: row.id,
    name: row.name,
    application: { name: row.application_name, version: row.application_version },
    cluster: row.cluster,
    createdAt: row.created_at.toISOString(),
    values: JSON.parse(row.field_values) as unknown,
    options,
  };
  const text = `${JSON.stringify(description, undefined, 2)}\n`;
  await write(worker, `${row.folder}/run.json`, text, 0o600);
}

const TRIES = 3;

/** Another server may write the same at the same time, and one of the two be told that it is there. */
async function write(worker: UserWorker, path: string, text: string, mode: number): Promise<void> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      await worker.write(path, text, { mode, overwrite: true });
      return;
    } catch (error) {
      const isThere = isSluiceError(error) && error.code === "FILE_EXISTS";
      if (!isThere || attempt === TRIES) throw error;
    }
  }
}

export async function ensureFolder(worker: UserWorker, folder: string): Promise<void> {
  for (const path of [folder, `${folder}/inputs`]) {
    await worker.makeFolder(path, { parents: true, mode: 0o700 });
  }
}

function distinctName(name: string, taken: Set<string>): string {
  let free = name;
  for (let number = 2; taken.has(free); number += 1) free = `${number}-${name}`;
  taken.add(free);
  return free;
}

function oneLine(text: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they would end a line of Slurm's.
  return text.replace(/[\u0000-\u001f\u007f]+/g, " ").slice(0, 100);
}
