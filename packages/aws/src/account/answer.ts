import type { AccountFacts, Answer, FactKind, Question } from "@sluice/model";
import type { Clients } from "../clients.ts";

/** Answers questions of one kind, in their order. Throws what the SDK throws. */
export type Asker<K extends FactKind> = (
  questions: readonly Question<K>[],
  clients: Clients,
  signal: AbortSignal,
  /** Why there is no answer, for errors that are about one question. */
  why: (error: unknown) => string,
) => Promise<readonly Answer<K>[]>;

export const ABSENT = { is: "absent" } as const;

export function found<K extends FactKind>(facts: AccountFacts[K]): Answer<K> {
  return { is: "found", facts };
}

/** Of calls that answer for many ids at once and leave out those that are not there. */
export function answersById<K extends FactKind>(
  questions: readonly Question<K>[],
  facts: ReadonlyMap<string, AccountFacts[K]>,
): readonly Answer<K>[] {
  return questions.map(({ id }) => {
    const one = facts.get(id);
    return one === undefined ? ABSENT : found<K>(one);
  });
}

/** So many ids fit one filter of EC2's describe calls. */
const IDS_IN_A_FILTER = 200;

export async function inBatches<T>(
  ids: readonly string[],
  ask: (batch: string[]) => Promise<readonly T[]>,
): Promise<readonly T[]> {
  const all: T[] = [];
  for (let at = 0; at < ids.length; at += IDS_IN_A_FILTER) {
    all.push(...(await ask(ids.slice(at, at + IDS_IN_A_FILTER))));
  }
  return all;
}

/** For calls that answer for one id: asked one after the other; absent when `isAbsent` says so. */
export function oneByOne<K extends FactKind>(
  ask: (
    question: Question<K>,
    clients: Clients,
    signal: AbortSignal,
  ) => Promise<AccountFacts[K] | undefined>,
  isAbsent: (error: unknown) => boolean,
): Asker<K> {
  return async (questions, clients, signal, why) => {
    const answers: Answer<K>[] = [];
    for (const question of questions) {
      try {
        const facts = await ask(question, clients, signal);
        answers.push(facts === undefined ? ABSENT : found<K>(facts));
      } catch (error) {
        answers.push(isAbsent(error) ? ABSENT : { is: "unknown", why: why(error) });
      }
    }
    return answers;
  };
}
