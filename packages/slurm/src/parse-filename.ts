/** What the patterns in the name of an output file stand for. */
export interface FileNameOf {
  readonly jobId: number;
  readonly arrayJobId: number | undefined;
  readonly arrayTaskId: string | undefined;
  readonly user: string;
  readonly name: string;
}

/**
 * The name of a batch job's output file, as sbatch(1) tells: newer squeues leave that to their reader.
 * What only the node knows (`%N`) stays, and so does the task of an array's tasks together.
 */
export function expandFileName(pattern: string, of: FileNameOf): string {
  if (pattern.includes("\\")) return pattern.replaceAll("\\", "");
  const task = /^\d+$/.test(of.arrayTaskId ?? "") ? of.arrayTaskId : undefined;
  const values: Readonly<Record<string, string | undefined>> = {
    "%": "%",
    A: String(of.arrayJobId ?? of.jobId),
    a: task,
    b: task === undefined ? undefined : String(Number(task) % 10),
    J: String(of.jobId),
    j: String(of.jobId),
    n: "0",
    s: "batch",
    t: "0",
    u: of.user,
    x: of.name,
  };
  return pattern.replace(/%(\d*)([%AabJjnstux])/g, (text, width: string, letter: string) => {
    const value = values[letter];
    if (value === undefined) return text;
    const isNumber = /^[AabJjnt]$/.test(letter);
    return isNumber ? value.padStart(Math.min(Number(width), MOST_DIGITS), "0") : value;
  });
}

/** As wide as Slurm makes a number at most. */
const MOST_DIGITS = 10;
