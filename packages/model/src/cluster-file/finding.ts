import { SluiceError } from "../error.ts";

export type FindingLevel = "INFO" | "WARNING" | "ERROR";

/** One thing that is to be said about a cluster file. */
export interface Finding {
  /** Name of the check; ParallelCluster's class name where it has the same check. */
  readonly id: string;
  readonly level: FindingLevel;
  readonly file: string;
  /** Counted from 1; 0 when the finding has no place in a file. */
  readonly line: number;
  /** Counted from 1 in UTF-16 units; 0 when the finding has no place in a file. */
  readonly column: number;
  /** Such as `Scheduling.SlurmQueues[0].Name`; empty for the file as a whole. */
  readonly path: string;
  /** The offending value on one line, shortened; empty when a key is missing. */
  readonly value: string;
  /** What is wrong and why it matters; lowercase, without a full stop. */
  readonly message: string;
  /** What to do, as an imperative: `write …`, `remove …`. */
  readonly suggestion: string;
}

/** One line for a terminal, without colour: `demo.yaml:12:9: error: Path: what is wrong; write …`. */
export function renderFinding(finding: Finding): string {
  const { file, line, column } = finding;
  // A text that came by itself, as in a request, has no name.
  const at = file === "" ? `line ${line}, column ${column}` : `${file}:${line}:${column}`;
  const place = line === 0 ? file : at;
  const parts = [place, finding.level.toLowerCase(), finding.path].filter((part) => part !== "");
  return `${parts.join(": ")}: ${finding.message}; ${finding.suggestion}`;
}

/** A cluster file was refused. The message holds every finding, one a line. */
export class ClusterFileError extends SluiceError {
  readonly findings: readonly Finding[];

  constructor(findings: readonly Finding[]) {
    const errors = findings.filter((finding) => finding.level === "ERROR").length;
    const files = [
      ...new Set(findings.map((finding) => finding.file).filter((file) => file !== "")),
    ];
    const summary = `${files.join(", ") || "the cluster file"} has ${errors} ${errors === 1 ? "error" : "errors"}`;
    super(
      "CLUSTER_FILE_INVALID",
      "user",
      [summary, ...findings.map((finding) => `  ${renderFinding(finding)}`)].join("\n"),
      { hint: "correct the file; nothing was created or changed" },
    );
    this.findings = findings;
  }

  override toJSON(): ReturnType<SluiceError["toJSON"]> & { findings: readonly Finding[] } {
    return { ...super.toJSON(), findings: this.findings };
  }
}

export function findingsError(findings: readonly Finding[]): ClusterFileError {
  return new ClusterFileError(findings);
}

/** Control characters would end a line of slurm.conf or of a terminal, and hide what follows. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: finding them is the point.
export const CONTROL_CHARACTERS = /[\u0000-\u001f\u007f-\u009f\u2028\u2029]/;

const SHOWN = 60;

/** A value on one line, safe for a terminal: strings in quotes, sections and lists by their size. */
export function showValue(value: unknown): string {
  if (value === undefined) return "";
  if (Array.isArray(value)) return `a list of ${value.length}`;
  if (typeof value === "object" && value !== null) return "a section";
  const text =
    typeof value === "string"
      ? JSON.stringify(value.length > SHOWN ? `${value.slice(0, SHOWN)}…` : value)
      : String(value);
  // JSON escapes C0 only; the rest could still move a cursor or turn the writing direction.
  return text.replace(
    /[\u007f-\u009f\u2028-\u202e\u2066-\u2069]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
}
