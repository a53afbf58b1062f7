import { type Draft, type DraftFile, entriesOf } from "../cluster-file/draft.ts";
import type { Path } from "../cluster-file/problem.ts";
import type { ClusterFile } from "../cluster-file/schema/cluster.ts";
import { queuesOf } from "./resources.ts";

type Head = NonNullable<ClusterFile["HeadNode"]>;

/** A kind of node: each has a network, rights and scripts of its own. */
export interface NodeKind {
  readonly path: Path;
  /** For messages: `the head node`, `queue a`. */
  readonly label: string;
  readonly subnetIds: readonly string[];
  readonly networking: DraftGroups;
  readonly iam: Draft<Head["Iam"]> | undefined;
  readonly customActions: Draft<Head["CustomActions"]> | undefined;
}

type DraftGroups =
  | {
      readonly SecurityGroups?: readonly (string | null)[] | null | undefined;
      readonly AdditionalSecurityGroups?: readonly (string | null)[] | null | undefined;
    }
  | null
  | undefined;

/** The head node, every queue and every pool of login nodes that could be read. */
export function* nodeKindsOf(file: DraftFile): Generator<NodeKind> {
  const head = file.HeadNode;
  if (head !== undefined && head !== null) {
    yield {
      path: ["HeadNode"],
      label: "the head node",
      subnetIds: texts([head.Networking?.SubnetId]),
      networking: head.Networking,
      iam: head.Iam,
      customActions: head.CustomActions,
    };
  }
  for (const { queue, path } of queuesOf(file)) {
    yield {
      path,
      label: typeof queue.Name === "string" ? `queue ${queue.Name}` : "a queue",
      subnetIds: texts(queue.Networking?.SubnetIds),
      networking: queue.Networking,
      iam: queue.Iam,
      customActions: queue.CustomActions,
    };
  }
  for (const { index, item } of entriesOf(file.LoginNodes?.Pools)) {
    yield {
      path: ["LoginNodes", "Pools", index],
      label: typeof item.Name === "string" ? `login pool ${item.Name}` : "a login pool",
      subnetIds: texts(item.Networking?.SubnetIds),
      networking: item.Networking,
      iam: item.Iam,
      customActions: item.CustomActions,
    };
  }
}

/** Those that are texts. */
export function texts(list: readonly unknown[] | null | undefined): readonly string[] {
  return (list ?? []).filter((item) => typeof item === "string");
}
