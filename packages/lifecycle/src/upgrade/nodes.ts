import { type SlurmRelease, slurmRelease } from "@sluice/model";
import { type ClusterOperation, signalOf } from "../operation.ts";

/** A compute node that has a machine, or is getting one. */
export interface NodeVersion {
  readonly node: string;
  readonly queue: string;
  /** Of its slurmd; undefined while that has not registered. */
  readonly version: string | undefined;
  /** It goes off, as soon as its jobs have ended. */
  readonly isLeaving: boolean;
}

/** As `sinfo` writes it, once for each partition of a node. */
const FORMAT = "%N|%R|%v|%T|%E";
/** Why Slurm says that a node goes. */
const REASON = "sluice upgrade";

/** Nodes that are up; in `queues` only, as partitions of people's own have the same nodes. */
export async function nodeVersions(
  { cloud, name, signal }: ClusterOperation,
  queues: readonly string[],
): Promise<readonly NodeVersion[]> {
  const argv = ["sinfo", "--noheader", "--Node", `--format=${FORMAT}`];
  const { stdout, stderr, exitCode } = await cloud.shell.exec(
    name,
    { argv, user: "root" },
    { signal: signalOf(signal === undefined ? {} : { signal }) },
  );
  if (exitCode !== 0) throw new Error(`sinfo on the head of ${name}: ${stderr.trim()}`);
  return parseNodeVersions(stdout).filter(({ queue }) => queues.includes(queue));
}

export function parseNodeVersions(text: string): readonly NodeVersion[] {
  return text.split("\n").flatMap((line) => {
    const [node = "", queue = "", version = "", state = "", reason = ""] = line.trim().split("|");
    // Slurm's marks of a node without a machine: off, on its way out.
    if (node === "" || /[~%]$/.test(state)) return [];
    const known = slurmRelease(version) === undefined ? undefined : version;
    const isLeaving = /!$/.test(state) || (reason === REASON && /drain/.test(state));
    return [{ node, queue, version: known, isLeaving }];
  });
}

/** Those of a queue that have another release than they shall. */
export function outdatedNodes(
  nodes: readonly NodeVersion[],
  queue: string,
  to: SlurmRelease,
): readonly NodeVersion[] {
  return nodes.filter(
    (one) => one.queue === queue && one.version !== undefined && slurmRelease(one.version) !== to,
  );
}

/** Slurm gives them no new jobs, and powers them down when those they have are over. */
export async function powerDownWhenFree(
  { cloud, name }: ClusterOperation,
  nodes: readonly string[],
): Promise<void> {
  if (nodes.length === 0) return;
  const argv = ["scontrol", "update", `NodeName=${nodes.join(",")}`];
  const { exitCode, stderr, stdout } = await cloud.shell.exec(name, {
    argv: [...argv, "State=POWER_DOWN_ASAP", `Reason=${REASON}`],
    user: "root",
  });
  if (exitCode !== 0) throw new Error(`scontrol on the head of ${name}: ${stderr || stdout}`);
}
