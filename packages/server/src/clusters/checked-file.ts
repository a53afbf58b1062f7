import {
  type Account,
  type Answer,
  type ClusterConfig,
  type Finding,
  findingsError,
  type ImageBuildConfig,
  parseImageBuildFile,
  type Strictness,
  suppressedChecks,
} from "@sluice/model";
import type { FileWork } from "./files/file-work.ts";

/** How strictly a file is judged, as requests say it. */
export interface AskedStrictness {
  readonly suppressValidators: readonly string[];
  readonly validationFailureLevel: "INFO" | "WARNING" | "ERROR";
}

export interface CheckedFile<Config> {
  readonly config: Config;
  readonly configText: string;
  readonly warnings: readonly Finding[];
}

/** Errors: `USAGE` for checks that can't be left out; then `CLUSTER_FILE_INVALID` with findings. */
export async function checkedClusterFile(
  files: Pick<FileWork, "run">,
  configText: string,
  asked: AskedStrictness,
): Promise<CheckedFile<ClusterConfig>> {
  const result = await files.run("check", configText, strictnessOf(asked));
  if (!result.ok) throw findingsError(result.findings);
  return { config: result.config, configText, warnings: result.warnings };
}

/** The same for the file of an image build. */
export function checkedImageFile(
  configText: string,
  asked: AskedStrictness,
): CheckedFile<ImageBuildConfig> {
  const result = parseImageBuildFile(configText, { fileName: "", ...strictnessOf(asked) });
  if (!result.ok) throw findingsError(result.findings);
  return { config: result.config, configText, warnings: result.warnings };
}

export function strictnessOf({
  suppressValidators,
  validationFailureLevel,
}: AskedStrictness): Strictness {
  return {
    suppressed: suppressedChecks(suppressValidators),
    failureLevel: validationFailureLevel,
  };
}

/**
 * The account without its eyes for addresses: a server that fetched what a file names would be a
 * way into its own network for whoever may write one.
 */
export function withoutFetching(account: Account): Account {
  return {
    provider: account.provider,
    region: account.region,
    identity: (signal) => account.identity(signal),
    list: (kind, signal) => account.list(kind, signal),
    async answer(questions, signal) {
      const allowed = questions.filter(({ kind }) => kind !== "url");
      const answers = [...(await account.answer(allowed, signal))];
      return questions.map(
        (question): Answer =>
          question.kind === "url"
            ? { is: "unknown", why: "a server fetches no addresses that files name" }
            : (answers.shift() ?? { is: "unknown", why: "the account gave no answer" }),
      );
    },
  };
}
