import type { Account } from "../account/contract.ts";
import { checkImageBuild, type DraftImageBuild } from "../checks/image-build.ts";
import { ONLINE_IMAGE_CHECKS } from "../checks/online/image-build.ts";
import { type NotRun, onlineChecksNotRun, runOnlineChecks } from "../checks/online/run.ts";
import { checkText, judge, type ParseOptions, refusedPaths } from "./checked-text.ts";
import { draftOf } from "./draft.ts";
import type { Finding } from "./finding.ts";
import type { Problem } from "./problem.ts";
import {
  type ImageBuildConfig,
  type ImageBuildFile,
  imageBuildSchema,
} from "./schema/image-build.ts";
import type { YamlSource } from "./yaml-source.ts";

export type ParseImageBuildResult =
  | { readonly ok: true; readonly config: ImageBuildConfig; readonly warnings: readonly Finding[] }
  | { readonly ok: false; readonly findings: readonly Finding[] };

/**
 * Reads the file of an image build, as `parseClusterFile` reads that of a cluster: every problem at
 * once, in the order of the file, all that can be known without asking a cloud. Never throws.
 */
export function parseImageBuildFile(text: string, options: ParseOptions): ParseImageBuildResult {
  return resultOf(checkImageFile(text), [], options);
}

/** As `parseImageBuildFile`, and which checks only an account could answer. */
export type FullImageBuildResult = ParseImageBuildResult & { readonly notRun: readonly NotRun[] };

/**
 * As `parseImageBuildFile`, with the checks for which an account is needed.
 *
 * @param account whom to ask, or why nobody can be asked.
 */
export async function checkImageBuildFile(
  text: string,
  options: ParseOptions,
  account: Pick<Account, "answer"> | { readonly none: string },
  signal: AbortSignal,
): Promise<FullImageBuildResult> {
  const checked = checkImageFile(text);
  if (checked.draft === undefined) return { ...resultOf(checked, [], options), notRun: [] };
  if ("none" in account) {
    const notRun = onlineChecksNotRun(checked.draft, ONLINE_IMAGE_CHECKS, account.none);
    return { ...resultOf(checked, [], options), notRun };
  }
  const online = await runOnlineChecks(checked.draft, ONLINE_IMAGE_CHECKS, account, signal);
  return { ...resultOf(checked, online.problems, options), notRun: online.notRun };
}

interface Checked {
  readonly source: YamlSource;
  readonly output: ImageBuildConfig | undefined;
  readonly draft: DraftImageBuild | undefined;
  readonly problems: readonly Problem[];
}

function checkImageFile(text: string): Checked {
  const checked = checkText(text, imageBuildSchema);
  const { source, output, value } = checked;
  if (value === undefined) return { source, output, draft: undefined, problems: checked.problems };
  const draft = draftOf<ImageBuildFile>(value, refusedPaths(checked));
  return { source, output, draft, problems: [...checked.problems, ...checkImageBuild(draft)] };
}

function resultOf(
  { source, output, problems }: Checked,
  online: readonly Problem[],
  options: ParseOptions,
): ParseImageBuildResult {
  const { findings, isRefused } = judge(source, [...problems, ...online], options);
  return output === undefined || isRefused
    ? { ok: false, findings }
    : { ok: true, config: output, warnings: findings };
}
