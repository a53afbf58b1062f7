import { showValue } from "../cluster-file/finding.ts";
import type { Difference } from "./differences.ts";
import type { Clusters, Never } from "./need.ts";
import { isOfHeadMachine } from "./new-head.ts";

/** Why keys that never change don't, by the section or list that they are in. */
const REASONS: Readonly<Record<string, string>> = {
  CustomS3Bucket: "the cluster keeps its files in the bucket",
  HeadNode: "the head node is not made anew by an update",
  Image: "the head node has booted this system, and every node must have the same",
  Local: "the head node and every machine have their addresses in it",
  Provider: "a cluster can't move to another cloud",
  Region: "a cluster can't move to another region",
  SharedStorage: "the file system is made, and what is on it would not move along",
  Tags: "they are on everything that the cluster consists of since it was created",
};

/** A difference that no running cluster can have. */
export function never(difference: Difference, { before }: Clusters): Never {
  const { path, where } = difference;
  if (where.user !== undefined && path.endsWith(".Uid")) return otherNumber(difference);
  const [section = ""] = /^\w+/.exec(path) ?? [];
  return {
    is: "never",
    why: REASONS[section] ?? "it is settled when a cluster is created",
    suggestion: `${asItWas(difference)}, or ${otherWay(difference, before.config.Provider)}`,
  };
}

/** A head is made anew from another file on the local cloud alone. */
function otherWay({ path }: Difference, provider: string): string {
  if (provider !== "local") return "create a new cluster from this file";
  if (path === "Image.Os") return "bring the cluster to that system with: sluice upgrade";
  return isOfHeadMachine(path)
    ? "have the head made anew with: sluice replace-head"
    : "create a new cluster from this file";
}

function asItWas({ path, from }: Difference): string {
  // Names of entries may hold dots.
  const [key = path] = /[^.]+?(\[[^\]]*\])?$/.exec(path) ?? [];
  if (from === undefined) return `remove ${key}`;
  return typeof from === "object" ? `write ${key} as it was` : `write ${key}: ${showValue(from)}`;
}

/** Users without a number are counted in the order of the file, so that a line moves the others. */
function otherNumber({ where, from }: Difference): Never {
  return {
    is: "never",
    why: `the files of ${where.user} belong to the number ${from}`,
    suggestion: `write Uid: ${from} for ${where.user}; users without one are numbered in the order of the file`,
  };
}
