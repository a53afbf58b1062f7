/** What is asked for anew; empty is as it was. */
export interface Changes {
  readonly name: string;
  readonly queue: string;
  readonly nodes: string;
  readonly tasks: string;
  readonly cpus: string;
  readonly memory: string;
  readonly time: string;
  /** One option of sbatch a line. */
  readonly others: string;
}

export const NO_CHANGES: Changes = {
  ...{ name: "", queue: "", nodes: "", tasks: "", cpus: "", memory: "", time: "", others: "" },
};

const OPTIONS = {
  name: "job-name",
  queue: "partition",
  nodes: "nodes",
  tasks: "ntasks",
  cpus: "cpus-per-task",
  memory: "mem",
  time: "time",
} as const satisfies Partial<Record<keyof Changes, string>>;

const FORMS: Readonly<Partial<Record<keyof Changes, RegExp>>> = {
  queue: /^[\w.,-]+$/,
  nodes: /^[1-9]\d{0,6}(-[1-9]\d{0,6})?$/,
  tasks: /^[1-9]\d{0,7}$/,
  cpus: /^[1-9]\d{0,4}$/,
  memory: /^(0|[1-9]\d{0,9}[KMGT]?)$/i,
  // minutes, minutes:seconds, hours:minutes:seconds, days-hours, days-hours:minutes[:seconds]
  time: /^(\d{1,7}|\d+:\d{1,2}|\d+:\d{1,2}:\d{1,2}|\d+-\d{1,2}(:\d{1,2}){0,2}|UNLIMITED)$/i,
};

/** The fields that can not be as they are. */
export function wrongIn(changes: Changes): readonly (keyof Changes)[] {
  const wrong = (Object.keys(FORMS) as (keyof Changes)[]).filter((key) => {
    const value = changes[key].trim();
    return value !== "" && FORMS[key]?.test(value) !== true;
  });
  const isOption = (line: string): boolean => /^--[a-z][a-z-]*(=|$)/.test(line);
  return linesOf(changes.others).every(isOption) ? wrong : [...wrong, "others"];
}

/** Options of sbatch, each one word. */
export function optionsOf(changes: Changes): readonly string[] {
  const named = (Object.keys(OPTIONS) as (keyof typeof OPTIONS)[]).flatMap((key) => {
    const value = changes[key].trim();
    return value === "" ? [] : [`--${OPTIONS[key]}=${value}`];
  });
  return [...named, ...linesOf(changes.others)];
}

function linesOf(text: string): string[] {
  return text
    .split("\n")
    .map((line) => line.trim())
    .filter((line) => line !== "");
}
