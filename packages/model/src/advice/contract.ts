import type { Edit } from "../cluster-file/edit/edit.ts";
import type { Finding } from "../cluster-file/finding.ts";
import type { Path } from "../cluster-file/problem.ts";
import type { Provider } from "../cluster-file/schema/provider.ts";
import type { AdviceFile } from "./file.ts";
import type { Pitfall } from "./pitfalls.ts";

/** How much it hurts to leave things as they are, the worst first. */
export const ADVICE_LEVELS = ["high", "medium", "low"] as const;
export type AdviceLevel = (typeof ADVICE_LEVELS)[number];

/** A place of the file that an advice rests on. */
export interface Evidence {
  /** Such as `Scheduling.SlurmQueues[0].Name`. */
  readonly path: string;
  /** Counted from 1; of a key that is missing, the place of the section that should hold it. */
  readonly line: number;
  readonly column: number;
  /** On one line, shortened; empty when the key is missing. */
  readonly value: string;
}

/** Amounts are in USD for a month of 730 hours, by the prices of the built-in lists. */
export interface AdviceCost {
  /** Saved at most by what is advised; missing when that is no money, or no price is known. */
  readonly savesUsdPerMonth?: number;
  /** What the fix adds at most. */
  readonly addsUsdPerMonth?: number;
  /** What it costs to leave it as it is, or how the amounts come about. */
  readonly basis: string;
}

/** Edits of the file that mend it. */
export interface AdviceFix {
  readonly edits: readonly Edit[];
  /**
   * True when jobs get what they got before, it costs no more than a few per cent, and nobody is
   * locked out: then it is applied without a person's decision.
   */
  readonly safe: boolean;
  /** An imperative: `write …`, `remove …`. */
  readonly does: string;
  /** A cluster that runs can't take it over: it takes a new one. */
  readonly takesNewCluster: boolean;
}

export interface Advice {
  /** The rule: `network/no-efa`. */
  readonly id: string;
  readonly pitfall: Pitfall;
  readonly title: string;
  readonly level: AdviceLevel;
  /** What it is about: `queue mpi`, `storage data`. With `id` it is unique in a file. */
  readonly subject: string;
  readonly evidence: readonly Evidence[];
  /** What goes wrong. */
  readonly why: string;
  /** What was concluded rather than read, and from what; missing when nothing was. */
  readonly inferred?: string;
  readonly cost: AdviceCost;
  /** Missing when no edit of the file mends it. */
  readonly fix?: AdviceFix;
  /** What can be done besides, each an imperative. */
  readonly alternatives: readonly string[];
}

/** What a rule says, before it has a place in the text. */
export interface Remark {
  readonly subject: string;
  readonly level: AdviceLevel;
  /** Of keys that are there, and of keys whose absence is the point. */
  readonly evidence: readonly Path[];
  readonly why: string;
  readonly inferred?: string | undefined;
  readonly cost: AdviceCost;
  readonly fix?: Omit<AdviceFix, "takesNewCluster"> | undefined;
  readonly alternatives?: readonly string[];
}

/** One thing to look for. Pure, and linear in the size of the file. */
export interface Rule {
  readonly id: `${string}/${string}`;
  readonly pitfall: Pitfall;
  readonly title: string;
  /** What in the file makes it speak: a row of docs/advice.md. */
  readonly looksFor: string;
  /** Whether an edit mends it, which is a safe one, or one that a person decides on. */
  readonly mends: "safe" | "edit" | "none";
  /** Where it has a meaning. */
  readonly providers: readonly Provider[];
  find(file: AdviceFile): Iterable<Remark>;
}

/** A file with mistakes gets no advice: the findings say what is wrong first. */
export type AdviceResult =
  | { readonly ok: true; readonly advice: readonly Advice[] }
  | { readonly ok: false; readonly findings: readonly Finding[] };
