import {
  type Advice,
  adviseOn,
  type ClusterConfig,
  checkClusterFile,
  editText,
  type Finding,
  type FixResult,
  fixText,
  type ParseResult,
  parseClusterFile,
  planChange,
  type Strictness,
  savableUsdPerMonth,
} from "@sluice/model";

/**
 * What takes the processor for a while with a large file: plain data in, plain data out, so that a
 * thread can do it.
 */
export const FILE_TASKS = {
  check: (text: string, strictness: Strictness): ParseResult =>
    parseClusterFile(text, { fileName: "", ...strictness }),

  /** `none`: why no account is asked. */
  validate: async (text: string, strictness: Strictness, none: string) => {
    const signal = new AbortController().signal;
    return checkClusterFile(text, { fileName: "", ...strictness }, { none }, signal);
  },

  /** What a cluster of this file costs. */
  cost: (config: ClusterConfig) => planChange(config, config, { fleet: "stopped" }).cost,

  advise: (text: string): Advised => {
    const result = adviseOn(text, { fileName: "" });
    if (!result.ok) return { valid: false, findings: result.findings, advice: [], savable: 0 };
    const { advice } = result;
    return { valid: true, findings: [], advice, savable: savableUsdPerMonth(advice) };
  },

  fix: (text: string, { only, isRunning }: FixWish): FixResult | NoSuchAdvice => {
    const options = { fileName: "", isRunning };
    return only === undefined ? fixText(text, options) : fixOne(text, only);
  },
} as const;

export type FileTasks = typeof FILE_TASKS;

interface Advised {
  readonly valid: boolean;
  readonly findings: readonly Finding[];
  readonly advice: readonly Advice[];
  /** USD per month. */
  readonly savable: number;
}

export interface FixWish {
  readonly only?: { readonly id: string; readonly subject: string } | undefined;
  readonly isRunning: boolean;
}

/** `why`: there is none like this, or no edit that mends it. */
export interface NoSuchAdvice {
  readonly ok: "none";
  readonly why: string;
}

function fixOne(
  text: string,
  { id, subject }: NonNullable<FixWish["only"]>,
): FixResult | NoSuchAdvice {
  const before = adviseOn(text, { fileName: "" });
  if (!before.ok) return before;
  const one = before.advice.find((found) => found.id === id && found.subject === subject);
  if (one === undefined) return { ok: "none", why: "the file has no such advice" };
  if (one.fix === undefined) return { ok: "none", why: "no edit of the file mends it" };
  const edited = editText(text, one.fix.edits);
  if ("problems" in edited) {
    return { ok: "none", why: edited.problems[0]?.message ?? "the file can't be edited" };
  }
  const after = adviseOn(edited.text, { fileName: "" });
  if (!after.ok) return { ok: "none", why: "the file would have errors then" };
  return {
    ok: true,
    text: edited.text,
    applied: [{ ...one, changes: [] }],
    left: after.advice,
  };
}
