import type { JobDescription, JobRecord, KeptSubmission, Streams } from "./contract.ts";

export interface DescribeOptions {
  /** Under which it is asked for. */
  readonly jobId: number;
  /** Of the script. */
  readonly args: readonly string[];
  /** Wait until its user releases it. */
  readonly hold?: boolean;
  /** Tasks of the array that need not run any more. */
  readonly over?: ReadonlySet<number>;
  /** New numbers of jobs that others depend on. */
  readonly renumbered?: ReadonlyMap<number, number>;
  /** What slurmctld does not tell of. */
  readonly untold?: JobDescription;
}

/** Texts that are asked for under the name under which they are told. */
const TEXTS = [
  ...["account", "admin_comment", "batch_features", "burst_buffer", "comment", "container"],
  ...["cpus_per_tres", "current_working_directory", "excluded_nodes", "extra", "licenses"],
  ...["mail_user", "mcs_label", "memory_per_tres", "name", "network", "partition", "prefer", "qos"],
  ...["required_nodes", "selinux_context", "tres_bind", "tres_freq", "tres_per_job"],
  ...["tres_per_node", "tres_per_socket", "tres_per_task", "wckey"],
];
/** Told as `{set, infinite, number}`. */
const NUMBERS = [
  ...["deadline", "delay_boot", "time_minimum", "sockets_per_node", "threads_per_core"],
  ...["cpus_per_task", "tasks_per_node", "tasks_per_socket", "tasks_per_core", "tasks_per_board"],
  ...["tasks", "memory_per_cpu", "memory_per_node", "minimum_cpus_per_node"],
];
/** As `NUMBERS`, under another name. */
const RENAMED = {
  minimum_tmp_disk_per_node: "temporary_disk_per_node",
  cpus: "minimum_cpus",
  max_cpus: "maximum_cpus",
  tasks_per_tres: "ntasks_per_tres",
} as const;
/** Which of them slurmrestd wants as `{set, number}`; the others are plain. */
const STRUCTURED = new Set(["memory_per_cpu", "memory_per_node", "time_limit", "delay_boot"]);

/** What slurmrestd is asked for, so that there is the same job once more. */
export function describeAgain(kept: KeptSubmission, options: DescribeOptions): JobDescription {
  const { record } = kept;
  const text = (name: string): string => (typeof record[name] === "string" ? record[name] : "");
  const description: Record<string, unknown> = {
    job_id: options.jobId,
    user_id: String(record.user_id),
    group_id: String(record.group_id),
    script: Buffer.from(kept.script).toString("utf8"),
    environment: environmentOf(kept),
    ...(text("command") === "" ? {} : { argv: [text("command"), ...options.args] }),
    nice: record.nice ?? 0,
    requeue: record.requeue === true,
    contiguous: record.contiguous === true,
    reboot: record.reboot === true,
    hold: options.hold === true || record.hold === true,
  };
  for (const name of TEXTS) if (text(name) !== "") description[name] = text(name);
  for (const [name, asked] of [
    ...NUMBERS.map((same) => [same, same] as const),
    ...Object.entries(RENAMED),
  ]) {
    const number = numberOf(record[name]);
    if (number === undefined || number === 0) continue;
    description[asked] = STRUCTURED.has(asked) ? { set: true, number } : number;
  }
  return {
    ...description,
    ...timesOf(record),
    ...nodesOf(record),
    ...sharingOf(record),
    ...mailOf(record),
    ...arrayOf(record, options.over),
    ...streamsOf(kept, options.jobId),
    ...dependencyOf(record, options.renumbered),
    ...renamedText(record, "features", "constraints"),
    ...renamedText(record, "resv_name", "reservation"),
    ...options.untold,
  };
}

/** Of a plain number and of `{set, infinite, number}`; undefined for what is not set. */
export function numberOf(value: unknown): number | undefined {
  if (typeof value === "number") return value;
  if (typeof value !== "object" || value === null) return undefined;
  const { set, infinite, number } = value as Record<string, unknown>;
  if (set !== true || infinite === true || typeof number !== "number") return undefined;
  return number;
}

function renamedText(record: JobRecord, from: string, to: string): JobDescription {
  const value = record[from];
  return typeof value === "string" && value !== "" ? { [to]: value } : {};
}

function environmentOf({ environment }: KeptSubmission): readonly string[] {
  // In front is their count, as slurmctld's machine writes 32 bits.
  const all = Buffer.from(environment).subarray(4).toString("utf8").split("\0");
  const found = all.filter((word) => word.includes("="));
  // slurmrestd refuses a job without any.
  return found.length === 0 ? ["SLURM_EXPORT_ENV=NONE"] : found;
}

function timesOf(record: JobRecord): JobDescription {
  const limit = record.time_limit as { readonly infinite?: boolean } | undefined;
  const minutes = numberOf(record.time_limit);
  const eligible = numberOf(record.eligible_time) ?? 0;
  return {
    ...(limit?.infinite === true ? { time_limit: { set: true, infinite: true } } : {}),
    ...(minutes === undefined ? {} : { time_limit: { set: true, number: minutes } }),
    // The queue sets it to when it was handed in; later than that it was asked for.
    ...(eligible > (numberOf(record.submit_time) ?? 0) ? { begin_time: eligible } : {}),
  };
}

function nodesOf(record: JobRecord): JobDescription {
  const least = numberOf(record.node_count) ?? 0;
  const most = numberOf(record.max_nodes) ?? 0;
  const switches = numberOf(record.required_switches) ?? 0;
  return {
    ...(least > 0 ? { minimum_nodes: least } : {}),
    ...(most > 0 ? { maximum_nodes: most } : {}),
    ...(switches > 0
      ? {
          required_switches: switches,
          wait_for_switch: numberOf(record.maximum_switch_wait_time) ?? 0,
        }
      : {}),
  };
}

function sharingOf({ shared }: JobRecord): JobDescription {
  const words = Array.isArray(shared) ? shared.filter((word) => word !== "") : [];
  return words.length === 0 ? {} : { shared: words };
}

function mailOf({ mail_type: types }: JobRecord): JobDescription {
  return Array.isArray(types) && types.length > 0 ? { mail_type: types } : {};
}

/** `1-10:3%2` without what is over. */
function arrayOf(record: JobRecord, over: ReadonlySet<number> = new Set()): JobDescription {
  const { array_task_string: asked } = record;
  if (typeof asked !== "string" || asked === "") return {};
  const [ranges = "", most] = asked.split("%");
  if (over.size === 0) return { array: asked };
  const left = tasksIn(ranges).filter((task) => !over.has(task));
  return { array: `${left.join(",")}${most === undefined ? "" : `%${most}`}` };
}

/** Tasks of an array as it was handed in. */
export function tasksOf({ array_task_string: asked }: JobRecord): readonly number[] {
  return typeof asked === "string" && asked !== "" ? tasksIn(asked.split("%")[0] ?? "") : [];
}

function tasksIn(ranges: string): readonly number[] {
  return ranges.split(",").flatMap((range) => {
    const [, from, to, step] = /^(\d+)(?:-(\d+)(?::(\d+))?)?$/.exec(range) ?? [];
    if (from === undefined) return [];
    const [first, last, width] = [Number(from), Number(to ?? from), Number(step ?? 1)];
    return Array.from(
      { length: Math.floor((last - first) / width) + 1 },
      (_, i) => first + i * width,
    );
  });
}

function streamsOf({ record, jobId: had }: KeptSubmission, jobId: number): JobDescription {
  const streams = record.sluice_streams as Streams | undefined;
  if (streams !== undefined) {
    return {
      ...(streams.input === undefined ? {} : { standard_input: streams.input }),
      ...(streams.output === undefined ? {} : { standard_output: streams.output }),
      ...(streams.error === undefined ? {} : { standard_error: streams.error }),
    };
  }
  // What is told has the numbers in it; under another number the usual name is another one too.
  const usual = `${String(record.current_working_directory)}/slurm-${had}.out`;
  const found: Record<string, unknown> = {};
  for (const name of ["standard_input", "standard_output", "standard_error"]) {
    const path = record[name];
    if (typeof path !== "string" || path === "" || (path === usual && jobId !== had)) continue;
    found[name] = path;
  }
  return found;
}

function dependencyOf(
  { dependency }: JobRecord,
  renumbered: ReadonlyMap<number, number> = new Map(),
): JobDescription {
  if (typeof dependency !== "string" || dependency === "") return {};
  const plain = dependency.replace(/\([a-z]+\)/gi, "");
  const mapped = plain.replace(/(?<=:)\d+/g, (id) => String(renumbered.get(Number(id)) ?? id));
  return { dependency: mapped };
}
