import type { z } from "zod";
import type { Account } from "../account/contract.ts";
import type { OnlineCheck } from "../checks/check.ts";
import { type NotRun, onlineChecksNotRun, runOnlineChecks } from "../checks/online/run.ts";
import { isLeftOut } from "../checks/strictness.ts";
import {
  type CheckedText,
  checkSource,
  checkText,
  judge,
  type ParseOptions,
  refusedPaths,
} from "./checked-text.ts";
import { type Draft, draftOf } from "./draft.ts";
import type { Finding } from "./finding.ts";
import type { Problem } from "./problem.ts";
import { readYaml, type YamlSource } from "./yaml-source.ts";

/** What a kind of file is read by: that of a cluster, or that of an image build. */
export interface FileKind<S extends z.ZodType, Config> {
  readonly schema: S;
  readonly check: (draft: NonNullable<Draft<z.input<S>>>) => readonly Problem[];
  readonly online: readonly OnlineCheck<NonNullable<Draft<z.input<S>>>>[];
  /** The file with the defaults that depend on more than their own key. */
  readonly complete: (output: z.output<S>) => Config;
}

export type Judged<Config> =
  | { readonly ok: true; readonly config: Config; readonly warnings: readonly Finding[] }
  | { readonly ok: false; readonly findings: readonly Finding[] };

/** As `Judged`, and which checks only an account could answer. */
export type FullyJudged<Config> = Judged<Config> & { readonly notRun: readonly NotRun[] };

/** Whom to ask, or why nobody can be asked. */
export type MaybeAccount = Pick<Account, "answer"> | { readonly none: string };

/** Never throws, whatever the text is. */
export function judgeText<S extends z.ZodType, Config>(
  kind: FileKind<S, Config>,
  text: string,
  options: ParseOptions,
): Judged<Config> {
  return judgeSource(kind, readYaml(text), options);
}

/** The same of what was read already; `sift` takes problems out, and puts more in. */
export function judgeSource<S extends z.ZodType, Config>(
  kind: FileKind<S, Config>,
  source: YamlSource,
  options: ParseOptions,
  sift: (found: readonly Problem[]) => readonly Problem[] = (found) => found,
): Judged<Config> {
  const checked = checkSource(source, kind.schema);
  const draft = draftIn<S>(checked);
  const found = sift(draft === undefined ? [] : kind.check(draft));
  return verdict(kind, checked, found, options);
}

export async function judgeTextFully<S extends z.ZodType, Config>(
  kind: FileKind<S, Config>,
  text: string,
  options: ParseOptions,
  account: MaybeAccount,
  signal: AbortSignal,
): Promise<FullyJudged<Config>> {
  const checked = checkText(text, kind.schema);
  const draft = draftIn<S>(checked);
  if (draft === undefined) return { ...verdict(kind, checked, [], options), notRun: [] };
  const offline = kind.check(draft);
  if ("none" in account) {
    const notRun = onlineChecksNotRun(draft, kind.online, account.none);
    return { ...verdict(kind, checked, offline, options), notRun };
  }
  const { problems, notRun } = await runOnlineChecks(draft, kind.online, account, signal);
  return { ...verdict(kind, checked, [...offline, ...problems], options), notRun };
}

function draftIn<S extends z.ZodType>(checked: CheckedText<z.output<S>>) {
  const { value } = checked;
  return value === undefined ? undefined : draftOf<z.input<S>>(value, refusedPaths(checked));
}

/** What the schema refused is never left out: without it there would be no file. */
function verdict<S extends z.ZodType, Config>(
  { complete }: FileKind<S, Config>,
  { source, output, problems }: CheckedText<z.output<S>>,
  found: readonly Problem[],
  options: ParseOptions,
): Judged<Config> {
  const heard = found.filter(({ id }) => !isLeftOut(id, options));
  const { findings, isRefused } = judge(source, [...problems, ...heard], options);
  return output === undefined || isRefused
    ? { ok: false, findings }
    : { ok: true, config: complete(output), warnings: findings };
}
