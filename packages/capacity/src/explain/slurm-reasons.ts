/** Slurm's reasons for a job that waits, in plain words, and what helps. Matched in this order. */
const REASONS: readonly (readonly [RegExp, string])[] = [
  [
    /^(None|Scheduling|WaitingForScheduling)?$/i,
    "Slurm has not looked at it yet, or has not said why it waits; it looks again within a minute",
  ],
  [
    /^Priority/i,
    "jobs of higher priority in its partition are before it; see them with: squeue --sort=-p",
  ],
  [
    /^Resources/i,
    "it is next, and waits until enough nodes of its partition are free or may be switched on",
  ],
  [
    /^DependencyNeverSatisfied/i,
    "what it depends on can't happen any more; cancel it, or change it with: scontrol update jobid=… dependency=",
  ],
  [/^Dependency/i, "it waits for jobs that it depends on; see squeue --format=%E"],
  [
    /^BeginTime/i,
    "it is not to begin yet: its --begin, or the pause that Slurm makes after a requeue",
  ],
  [/^JobHeldUser/i, "its owner holds it; release it with: scontrol release"],
  [/^JobHeldAdmin/i, "an administrator holds it; only an administrator can release it"],
  [
    /requeued held|^JobHoldMaxRequeue/i,
    "it failed to start too often and is held; release it with: scontrol release",
  ],
  [
    /^ReqNodeNotAvail/i,
    "nodes that it needs are DOWN, drained or reserved; see their reasons with: sinfo --list-reasons",
  ],
  [
    /^Nodes[ _]required[ _]for[ _]job/i,
    "the nodes that could take it are DOWN, drained or reserved for others; see their reasons with: sinfo --list-reasons",
  ],
  [/^NodeDown/i, "a node that it needs is DOWN; see its reason with: sinfo --list-reasons"],
  [
    /^Partition(Down|Inactive)/i,
    "its partition takes no jobs: the compute fleet is stopped, or an administrator closed it",
  ],
  [
    /^PartitionNodeLimit/i,
    "it asks for more nodes than its partition has, or allows; ask for fewer",
  ],
  [
    /^PartitionTimeLimit/i,
    "its --time is longer than its partition allows; ask for less with: scontrol update jobid=… timelimit=",
  ],
  [/^Licenses/i, "the licences that it asks for are in use; it starts when others give them back"],
  [/^Reservation/i, "it is for a reservation that has not begun, or whose nodes are taken"],
  [/^JobArrayTaskLimit/i, "as many tasks of its array run as the array allows at once (%)"],
  [
    /^BadConstraints/i,
    "no node can ever be what it asks for; look at its --constraint, --mem and --gres",
  ],
  [/^Cleaning/i, "its last run is still being cleaned up"],
  [/^Prolog/i, "its prolog runs: its nodes are being switched on"],
  [
    /^Assoc(iation)?(Grp|Max|.*Limit)/i,
    "its account or user is at a limit set in accounting; it starts when other jobs of theirs end. See sacctmgr show assoc",
  ],
  [
    /^QOS(Grp|Max|Min|.*Limit)/i,
    "its quality of service is at a limit; it starts when other jobs under it end. See sacctmgr show qos",
  ],
  [
    /^(InvalidAccount|AccountNotAllowed)/i,
    "its account does not exist, or may not use the partition",
  ],
  [
    /^(InvalidQOS|QOSNotAllowed)/i,
    "its quality of service does not exist, or may not be used there",
  ],
];

/** @param reason as squeue shows it in brackets. */
export function slurmReason(reason: string): string {
  const found = REASONS.find(([pattern]) => pattern.test(reason));
  const shown = reason === "" ? "None" : reason;
  return found === undefined
    ? `Slurm says ${shown}; see what it means in the manual of squeue`
    : `Slurm says ${shown}: ${found[1]}`;
}
