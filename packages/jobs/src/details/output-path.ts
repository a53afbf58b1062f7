import { expandHostList } from "@sluice/slurm";

export interface OutputOf {
  readonly id: number;
  readonly arrayJobId: number | undefined;
  readonly arrayTaskId: string | undefined;
  readonly name: string;
  readonly user: string;
  readonly nodes: string;
  readonly workingDirectory: string;
}

/**
 * The file that a batch script writes to, for a name as `--output` has it. What Slurm filled in
 * already stays as it is.
 */
export function outputPath(pattern: string, job: OutputOf): string {
  const array = job.arrayJobId ?? job.id;
  const values: Readonly<Record<string, string>> = {
    "%": "%",
    A: String(array),
    a: job.arrayTaskId ?? "0",
    J: String(job.id),
    j: String(job.id),
    N: firstNode(job.nodes),
    n: "0",
    s: "batch",
    t: "0",
    u: job.user,
    x: job.name,
  };
  // A backslash switches the symbols off.
  const isLiteral = pattern.includes("\\");
  const name = isLiteral
    ? pattern.replaceAll("\\", "")
    : pattern.replaceAll(/%(\d*)([%AaJjNnstux])/g, (_, width: string, symbol: string) => {
        const value = values[symbol] ?? "";
        return /^\d+$/.test(value) ? value.padStart(Math.min(Number(width), 10), "0") : value;
      });
  return name.startsWith("/") ? name : `${job.workingDirectory.replace(/\/$/, "")}/${name}`;
}

/** What sbatch takes when nobody names a file. */
export function usualOutput({ arrayJobId }: Pick<OutputOf, "arrayJobId">): string {
  return arrayJobId === undefined ? "slurm-%j.out" : "slurm-%A_%a.out";
}

function firstNode(nodes: string): string {
  try {
    return expandHostList(nodes, 20_000)[0]?.split(".")[0] ?? "";
  } catch {
    return "";
  }
}
