import type { Change, Effect } from "./contract.ts";

/** As `update-cluster` goes about it; nothing when a change is refused, because then it does none. */
export function stepsOf(changes: readonly Change[]): readonly string[] {
  const having = (effect: Effect) => changes.filter((change) => change.effect === effect);
  if (having("refused").length > 0) return [];
  return [
    ...liveSteps(having("live")),
    ...closingSteps(changes.filter(({ effect }) => effect === "drain" || effect === "terminate")),
    ...gradualSteps(
      having("drain"),
      "no new jobs start there, and each is switched off when its jobs have ended",
    ),
    ...gradualSteps(
      having("terminate"),
      "they are switched off at once, and their jobs are requeued",
    ),
    ...stopSteps(having("fleet-stop")),
  ];
}

function liveSteps(changes: readonly Change[]): readonly string[] {
  return changes.length === 0 ? [] : [`apply at once: ${listed(changes)}`];
}

function closingSteps(changes: readonly Change[]): readonly string[] {
  const queues = changes.flatMap(({ removedQueue }) => removedQueue ?? []);
  if (queues.length === 0) return [];
  const [noun, verb] = queues.length === 1 ? ["queue", "takes"] : ["queues", "take"];
  return [
    `close the ${noun} ${shortList(queues)}: ${queues.length === 1 ? "it" : "they"} ${verb} no new jobs`,
  ];
}

function gradualSteps(changes: readonly Change[], how: string): readonly string[] {
  if (changes.length === 0) return [];
  const count = new Set(changes.flatMap(({ nodes }) => nodes)).size;
  return [
    `take ${count === 1 ? "1 node" : `${count} nodes`} out of service: ${how}`,
    `apply, as soon as the nodes of each are off: ${listed(changes)}`,
  ];
}

function stopSteps(changes: readonly Change[]): readonly string[] {
  if (changes.length === 0) return [];
  return [
    "stop the compute fleet: running jobs are requeued",
    `apply: ${listed(changes)}`,
    "start the compute fleet",
  ];
}

function listed(changes: readonly Change[]): string {
  return shortList(changes.map(({ path }) => path));
}

const SHOWN = 3;

function shortList(words: readonly string[]): string {
  const more = words.length - SHOWN;
  const shown = words.slice(0, SHOWN).join(", ");
  return more > 0 ? `${shown} and ${more} more` : shown;
}
