import type { Account } from "../account/contract.ts";
import { checkFile } from "../checks/index.ts";
import { ONLINE_CHECKS } from "../checks/online/index.ts";
import { type NotRun, onlineChecksNotRun, runOnlineChecks } from "../checks/online/run.ts";
import { checkText, judge, type ParseOptions, refusedPaths } from "./checked-text.ts";
import { type ClusterConfig, withProviderDefaults } from "./config.ts";
import { type DraftFile, draftOf } from "./draft.ts";
import type { Finding } from "./finding.ts";
import type { Problem } from "./problem.ts";
import { type CheckedClusterFile, clusterSchema } from "./schema/cluster.ts";
import type { YamlSource } from "./yaml-source.ts";

export type { ParseOptions } from "./checked-text.ts";

export type ParseResult =
  | { readonly ok: true; readonly config: ClusterConfig; readonly warnings: readonly Finding[] }
  | { readonly ok: false; readonly findings: readonly Finding[] };

/**
 * Reads a cluster file and checks all that can be known without asking a cloud. Every problem is
 * found at once and in the order of the file: those of the YAML, of the schema and between keys.
 * Never throws, whatever the text is.
 */
export function parseClusterFile(text: string, options: ParseOptions): ParseResult {
  return resultOf(checkCluster(text), [], options);
}

/**
 * Reads the file of a cluster that exists: it was judged when it was given, so that only what must
 * hold in any case is checked again.
 */
export function parseStoredClusterFile(text: string, fileName: string): ParseResult {
  return parseClusterFile(text, { fileName, suppressed: new Set(["ALL"]) });
}

/** As `parseClusterFile`, and which checks only an account could answer. */
export type FullResult = ParseResult & { readonly notRun: readonly NotRun[] };

/**
 * As `parseClusterFile`, with the checks for which an account is needed.
 *
 * @param account whom to ask, or why nobody can be asked.
 */
export async function checkClusterFile(
  text: string,
  options: ParseOptions,
  account: Pick<Account, "answer"> | { readonly none: string },
  signal: AbortSignal,
): Promise<FullResult> {
  const checked = checkCluster(text);
  if (checked.draft === undefined) return { ...resultOf(checked, [], options), notRun: [] };
  if ("none" in account) {
    const notRun = onlineChecksNotRun(checked.draft, ONLINE_CHECKS, account.none);
    return { ...resultOf(checked, [], options), notRun };
  }
  const online = await runOnlineChecks(checked.draft, ONLINE_CHECKS, account, signal);
  return { ...resultOf(checked, online.problems, options), notRun: online.notRun };
}

interface Checked {
  readonly source: YamlSource;
  readonly output: CheckedClusterFile | undefined;
  readonly draft: DraftFile | undefined;
  readonly problems: readonly Problem[];
}

function checkCluster(text: string): Checked {
  const checked = checkText(text, clusterSchema);
  const { source, output, value } = checked;
  if (value === undefined) return { source, output, draft: undefined, problems: checked.problems };
  const draft = draftOf(value, refusedPaths(checked));
  return { source, output, draft, problems: [...checked.problems, ...checkFile(draft)] };
}

function resultOf(
  { source, output, problems }: Checked,
  online: readonly Problem[],
  options: ParseOptions,
): ParseResult {
  const { findings, isRefused } = judge(source, [...problems, ...online], options);
  return output === undefined || isRefused
    ? { ok: false, findings }
    : { ok: true, config: withProviderDefaults(output), warnings: findings };
}
