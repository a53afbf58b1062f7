import type { ClusterView } from "./clusters.ts";

/** What must be so before a difference can be applied; how that comes about is another matter. */
export type Need =
  /** Nothing: it is applied while jobs run. */
  | { readonly is: "nothing"; readonly why: string }
  | NodesOff
  /** Every compute node is off. */
  | { readonly is: "fleet-off"; readonly why: string }
  | Never;

/** These nodes are off. */
export interface NodesOff {
  readonly is: "nodes-off";
  readonly why: string;
  readonly nodes: () => readonly string[];
  /** True when machines that start before it is applied would be of the old kind. */
  readonly replaces: boolean;
}

/** This cluster can't have it. */
export interface Never {
  readonly is: "never";
  readonly why: string;
  readonly suggestion: string;
}

export interface Clusters {
  readonly before: ClusterView;
  readonly after: ClusterView;
}
