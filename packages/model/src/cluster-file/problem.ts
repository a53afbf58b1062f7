import { type FindingLevel, showValue } from "./finding.ts";

export type Path = readonly (string | number)[];

/**
 * A finding before it has a place in the text. `at` says where in the file it points: at the value
 * of `path`, at its key, or, for a key that is missing, at the section that should hold it.
 */
export interface Problem {
  readonly id: string;
  readonly level: FindingLevel;
  readonly path: Path;
  readonly at: "value" | "key" | "missing";
  readonly message: string;
  readonly suggestion: string;
}

/** An error at the value of `path`, unless said otherwise. */
export function problem(
  id: string,
  path: Path,
  message: string,
  suggestion: string,
  { at = "value", level = "ERROR" }: Partial<Pick<Problem, "at" | "level">> = {},
): Problem {
  return { id, level, path, at, message, suggestion };
}

/** `Scheduling.SlurmQueues[0].Name` */
export function showPath(path: Path): string {
  return path
    .map((part) => {
      if (typeof part === "number") return `[${part}]`;
      return /^[\w-]{1,80}$/.test(part) ? `.${part}` : `[${showValue(part)}]`;
    })
    .join("")
    .replace(/^\./, "");
}
