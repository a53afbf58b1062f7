import type { ClusterConfig } from "../cluster-file/config.ts";
import { differencesOf } from "./differences.ts";
import type { Judged } from "./judge.ts";

/** What a head machine that is made anew may have otherwise. */
const OF_HEAD_MACHINE =
  /^(Image\.Os|HeadNode\.(InstanceType|Zone)|HeadNode\.Standby\.(InstanceType|Zone))$/;

/** Whether `sluice replace-head` or `sluice upgrade` can give it to a cluster. */
export function isOfHeadMachine(path: string): boolean {
  return OF_HEAD_MACHINE.test(path);
}

/** With what was settled by the machine: the head was made from the file `madeWith`. */
export function settledByNewHead(
  judged: readonly Judged[],
  after: ClusterConfig,
  madeWith: ClusterConfig,
): readonly Judged[] {
  const open = new Set(differencesOf(madeWith, after).map(({ path }) => path));
  return judged.map((one) => {
    const { path } = one.difference;
    if (one.need.is !== "never" || !isOfHeadMachine(path) || open.has(path)) return one;
    return { ...one, need: { is: "nothing", why: "the head machine was made with it" } };
  });
}
