import type { FileFinding } from "./use-review.ts";

export const STEPS = [
  "place",
  "head-node",
  "queues",
  "storage",
  "network",
  "people",
  "review",
] as const;
export type StepName = (typeof STEPS)[number];

/** The step that has the key; undefined for what is only in the text. The first that fits counts. */
const OWNERS: readonly (readonly [RegExp, StepName])[] = [
  [/^Vpc\b|(^|\.)Networking\b/, "network"],
  [/^(Provider|Region|Image)\b/, "place"],
  [/^HeadNode\b/, "head-node"],
  [/^Scheduling\b/, "queues"],
  [/^SharedStorage\b/, "storage"],
  [/^(Users|DirectoryService)\b/, "people"],
];

export function stepOf(path: string): StepName | undefined {
  return OWNERS.find(([pattern]) => pattern.test(path))?.[1];
}

/** Where in the file a step's keys are; none for the review, which is of all. */
export const STEP_KEYS: Readonly<Record<StepName, readonly string[]>> = {
  place: ["Provider", "Region", "Image"],
  "head-node": ["HeadNode"],
  queues: ["Scheduling"],
  storage: ["SharedStorage"],
  network: ["Vpc", "HeadNode"],
  people: ["Users", "DirectoryService"],
  review: [],
};

/** The steps in which something is wrong. */
export function stepsWithErrors(findings: readonly FileFinding[]): ReadonlySet<StepName> {
  const errors = findings.filter(({ level }) => level === "ERROR");
  return new Set(errors.flatMap(({ path }) => stepOf(path) ?? []));
}
