import type { Account, Answer, Answers, FactKind, Question } from "../../account/contract.ts";
import type { Problem } from "../../cluster-file/problem.ts";
import type { OnlineCheck } from "../check.ts";

/** A check that could not be made, or only in part. */
export interface NotRun {
  readonly id: string;
  /** Why, a clause. */
  readonly why: string;
}

export interface OnlineResult {
  readonly problems: readonly Problem[];
  readonly notRun: readonly NotRun[];
}

/** A question may bring another, such as a subnet that of its VPC; no chain is longer than this. */
const MOST_ROUNDS = 5;

/**
 * Makes the checks that need an account. All that the checks want to know is asked together, in as
 * many rounds as answers bring new questions.
 */
export async function runOnlineChecks<F>(
  file: F,
  checks: readonly OnlineCheck<F>[],
  account: Pick<Account, "answer">,
  signal: AbortSignal,
): Promise<OnlineResult> {
  const known = new KnownAnswers();
  for (let round = 0; round < MOST_ROUNDS; round += 1) {
    const open = known.unasked(checks.flatMap((check) => [...check.questions(file, known)]));
    if (open.length === 0) break;
    known.add(open, await account.answer(open, signal));
  }
  return {
    problems: checks.flatMap((check) => [...check.check(file, known)]),
    notRun: checks.flatMap((check) => unanswered(check, file, known)),
  };
}

/** The checks that the file gives reason to make, when there is no account to ask. */
export function onlineChecksNotRun<F>(
  file: F,
  checks: readonly OnlineCheck<F>[],
  why: string,
): readonly NotRun[] {
  const known = new KnownAnswers();
  const ids = checks
    .filter((check) => !isEmpty(check.questions(file, known)))
    .flatMap((check) => check.ids);
  return [...new Set(ids)].map((id) => ({ id, why }));
}

function unanswered<F>(check: OnlineCheck<F>, file: F, known: KnownAnswers): NotRun[] {
  // With an empty memory a check asks again for all that it needs first.
  const first = [...check.questions(file, new KnownAnswers())];
  const missing = first
    .map(({ kind, id }) => known.get(kind, id))
    .find((answer) => answer === undefined || answer.is === "unknown");
  if (missing === undefined && first.every(({ kind, id }) => known.get(kind, id) !== undefined)) {
    return [];
  }
  const why = missing?.is === "unknown" ? missing.why : "the account gave no answer";
  return check.ids.map((id) => ({ id, why }));
}

function isEmpty(items: Iterable<unknown>): boolean {
  for (const _ of items) return false;
  return true;
}

class KnownAnswers implements Answers {
  readonly #answers = new Map<string, Answer>();

  get<K extends FactKind>(kind: K, id: string): Answer<K> | undefined {
    // Answers stand under the kind that was asked for.
    return this.#answers.get(keyOf(kind, id)) as Answer<K> | undefined;
  }

  /** Each question once, and none that has its answer. */
  unasked(questions: readonly Question[]): readonly Question[] {
    const open = new Map(
      questions.map((question) => [keyOf(question.kind, question.id), question]),
    );
    return [...open].filter(([key]) => !this.#answers.has(key)).map(([, question]) => question);
  }

  add(questions: readonly Question[], answers: readonly Answer[]): void {
    for (const [index, { kind, id }] of questions.entries()) {
      const answer = answers[index] ?? { is: "unknown", why: "the account gave no answer" };
      this.#answers.set(keyOf(kind, id), answer);
    }
  }
}

function keyOf(kind: FactKind, id: string): string {
  return `${kind} ${id}`;
}
