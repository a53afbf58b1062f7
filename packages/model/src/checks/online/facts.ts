import type { AccountFacts, Answers, FactKind, Question } from "../../account/contract.ts";
import type { DraftFile } from "../../cluster-file/draft.ts";
import type { Path, Problem } from "../../cluster-file/problem.ts";
import type { OnlineCheck } from "../check.ts";
import { type NodeKind, nodeKindsOf } from "../nodes.ts";

/** The facts, where the account gave them. */
export function factsOf<K extends FactKind>(
  known: Answers,
  kind: K,
  id: string,
): AccountFacts[K] | undefined {
  const answer = known.get(kind, id);
  return answer?.is === "found" ? answer.facts : undefined;
}

/** Whether the account said that there is no such thing. */
export function isAbsent(known: Answers, kind: FactKind, id: string): boolean {
  return known.get(kind, id)?.is === "absent";
}

/** A place of the file that names a thing of the account. */
export interface NamedThing {
  readonly id: string;
  readonly path: Path;
}

/** A check that asks about things by their names alone. */
export function checkOf<K extends FactKind, F = DraftFile, T extends NamedThing = NamedThing>(
  ids: readonly string[],
  kind: K,
  things: (file: F) => Iterable<T>,
  judge: (
    thing: T,
    facts: AccountFacts[K] | "absent",
    file: F,
    known: Answers,
  ) => Iterable<Problem>,
  others: (file: F) => Iterable<Question> = () => [],
): OnlineCheck<F> {
  return {
    ids,
    *questions(file) {
      const all = [...things(file)];
      for (const { id } of all) yield { kind, id };
      if (all.length > 0) yield* others(file);
    },
    *check(file, known) {
      for (const thing of things(file)) {
        const facts = isAbsent(known, kind, thing.id) ? "absent" : factsOf(known, kind, thing.id);
        if (facts !== undefined) yield* judge(thing, facts, file, known);
      }
    },
  };
}

export function* subnetQuestions(file: DraftFile): Generator<Question> {
  for (const { subnetIds } of nodeKindsOf(file)) {
    for (const id of subnetIds) yield { kind: "subnet", id };
  }
}

/** Zones of the subnets, as far as they are known. */
export function zonesOf(subnetIds: readonly string[], known: Answers): ReadonlySet<string> {
  const zones = subnetIds.flatMap((id) => factsOf(known, "subnet", id)?.zone ?? []);
  return new Set(zones);
}

export function headOf(file: DraftFile): NodeKind | undefined {
  return [...nodeKindsOf(file)].find(({ path }) => path[0] === "HeadNode");
}

export function queueKindsOf(file: DraftFile): readonly NodeKind[] {
  return [...nodeKindsOf(file)].filter(({ path }) => path[0] === "Scheduling");
}

/** As the file says, or as the zone of the head node does; undefined when neither is known. */
export function regionOf(file: DraftFile, known: Answers): string | undefined {
  if (typeof file.Region === "string") return file.Region;
  const zone = headOf(file)?.subnetIds.flatMap((id) => factsOf(known, "subnet", id)?.zone ?? [])[0];
  return /^[a-z]+(-[a-z]+)+-\d+/.exec(zone ?? "")?.[0];
}
