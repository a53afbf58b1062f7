import {
  type ClusterConfig,
  type Finding,
  findingsError,
  MAX_FILE_LENGTH,
  messageOf,
  parseClusterFile,
  renderFinding,
  SluiceError,
  type Strictness,
} from "@sluice/model";
import type { Context } from "./context.ts";

export interface ClusterFile {
  readonly config: ClusterConfig;
  readonly configText: string;
  readonly warnings: readonly Finding[];
}

/** The text of a file that describes something. Errors: `CLUSTER_FILE_UNREADABLE`. */
export async function readClusterFile(
  context: Context,
  path: string,
  kind = "cluster file",
): Promise<string> {
  try {
    return await context.host.readFile(path, MAX_FILE_LENGTH);
  } catch (error) {
    throw new SluiceError(
      "CLUSTER_FILE_UNREADABLE",
      "user",
      isMissing(error)
        ? `there is no ${kind} ${path}`
        : `the ${kind} ${path} can't be read: ${messageOf(error)}`,
      { hint: hintFor(error), cause: error },
    );
  }
}

function hintFor(error: unknown): string {
  return error instanceof RangeError
    ? "check that this is the right file"
    : "give the path of a file with -c";
}

function isMissing(error: unknown): boolean {
  return error instanceof Error && "code" in error && error.code === "ENOENT";
}

/** A file to work with; its warnings are shown at once. Errors: also those of `findingsError`. */
export async function loadClusterFile(
  context: Context,
  path: string,
  strictness: Strictness = {},
): Promise<ClusterFile> {
  const configText = await readClusterFile(context, path);
  const result = parseClusterFile(configText, { fileName: path, ...strictness });
  if (!result.ok) throw findingsError(result.findings);
  if (context.output.format === "text") showFindings(context, result.warnings);
  return { config: result.config, configText, warnings: result.warnings };
}

export function showFindings(context: Context, findings: readonly Finding[]): void {
  for (const finding of findings) context.host.writeErr(`${renderFinding(finding)}\n`);
}
