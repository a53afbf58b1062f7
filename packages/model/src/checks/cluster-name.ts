import { type Finding, showValue } from "../cluster-file/finding.ts";

const MAX_LENGTH = 40;

/** What is wrong with the name of a cluster, or undefined. It has no place in a file. */
export function checkClusterName(name: string): Finding | undefined {
  const isWellFormed = /^[a-zA-Z][a-zA-Z0-9-]*$/.test(name);
  if (isWellFormed && name.length <= MAX_LENGTH) return undefined;
  return {
    id: "ClusterNameValidator",
    level: "ERROR",
    file: "",
    line: 0,
    column: 0,
    path: "",
    value: showValue(name),
    message: isWellFormed
      ? `the cluster name ${showValue(name)} has ${name.length} characters, and its database's name has room for ${MAX_LENGTH}`
      : `${showValue(name)} can't be the name of a cluster`,
    suggestion: `write letters, digits and hyphens, a letter first, at most ${MAX_LENGTH}`,
  };
}
