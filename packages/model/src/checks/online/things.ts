import { type DraftFile, entriesOf } from "../../cluster-file/draft.ts";
import type { Path } from "../../cluster-file/problem.ts";
import { nodeKindsOf } from "../nodes.ts";
import { providerOf } from "../provider.ts";
import type { NamedThing } from "./facts.ts";

/** Each thing once, where the file names it first. */
export function distinct<T extends NamedThing>(things: Iterable<T>): readonly T[] {
  const first = new Map<string, T>();
  for (const thing of things) if (!first.has(thing.id)) first.set(thing.id, thing);
  return [...first.values()];
}

/** Every subnet of a node of AWS, the head node's first; each place that names it. */
export function* subnetsOf(file: DraftFile): Generator<NamedThing> {
  if (providerOf(file) !== "aws") return;
  const head = file.HeadNode?.Networking?.SubnetId;
  if (typeof head === "string") yield { id: head, path: ["HeadNode", "Networking", "SubnetId"] };
  for (const [index, queue] of (file.Scheduling?.SlurmQueues ?? []).entries()) {
    const path = ["Scheduling", "SlurmQueues", index, "Networking", "SubnetIds"];
    yield* named(queue?.Networking?.SubnetIds, path);
  }
  for (const { index, item } of entriesOf(file.LoginNodes?.Pools)) {
    const path = ["LoginNodes", "Pools", index, "Networking", "SubnetIds"];
    yield* named(item.Networking?.SubnetIds, path);
  }
}

/** Every security group that the file names for nodes of AWS. */
export function* securityGroupsOf(file: DraftFile): Generator<NamedThing> {
  if (providerOf(file) !== "aws") return;
  for (const { networking, path } of nodeKindsOf(file)) {
    for (const key of ["SecurityGroups", "AdditionalSecurityGroups"] as const) {
      yield* named(networking?.[key], [...path, "Networking", key]);
    }
  }
}

/** The entries of a list that could be read. */
export function* named(
  list: readonly (string | null)[] | null | undefined,
  path: Path,
): Generator<NamedThing> {
  for (const { index, item } of entriesOf(list)) yield { id: item, path: [...path, index] };
}
