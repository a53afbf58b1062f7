import { checkFile } from "../checks/index.ts";
import { ONLINE_CHECKS } from "../checks/online/index.ts";
import type { ParseOptions } from "./checked-text.ts";
import { type ClusterConfig, withProviderDefaults } from "./config.ts";
import {
  type FileKind,
  type FullyJudged,
  type Judged,
  judgeText,
  judgeTextFully,
  type MaybeAccount,
} from "./judged-file.ts";
import { clusterSchema } from "./schema/cluster.ts";

export type { ParseOptions } from "./checked-text.ts";

export type ParseResult = Judged<ClusterConfig>;
export type FullResult = FullyJudged<ClusterConfig>;

/** What a cluster file is judged by. */
export const CLUSTER_KIND: FileKind<typeof clusterSchema, ClusterConfig> = {
  schema: clusterSchema,
  check: checkFile,
  online: ONLINE_CHECKS,
  complete: withProviderDefaults,
};

/**
 * Reads a cluster file and checks all that can be known without asking a cloud. Every problem is
 * found at once and in the order of the file: those of the YAML, of the schema and between keys.
 * Never throws, whatever the text is.
 */
export function parseClusterFile(text: string, options: ParseOptions): ParseResult {
  return judgeText(CLUSTER_KIND, text, options);
}

/**
 * Reads the file of a cluster that exists: it was judged when it was given, so that only what must
 * hold in any case is checked again.
 */
export function parseStoredClusterFile(text: string, fileName: string): ParseResult {
  return parseClusterFile(text, { fileName, suppressed: new Set(["ALL"]) });
}

/** As `parseClusterFile`, with the checks for which an account is needed. */
export function checkClusterFile(
  text: string,
  options: ParseOptions,
  account: MaybeAccount,
  signal: AbortSignal,
): Promise<FullResult> {
  return judgeTextFully(CLUSTER_KIND, text, options, account, signal);
}
