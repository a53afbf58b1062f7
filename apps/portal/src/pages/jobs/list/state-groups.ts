/** How people sort jobs' states, each of Slurm's in one group. */
export const STATE_GROUPS = {
  running: ["RUNNING", "COMPLETING", "STAGE_OUT", "SUSPENDED", "STOPPED", "SIGNALING"],
  waiting: ["PENDING", "CONFIGURING", "REQUEUED", "REQUEUE_HOLD", "REQUEUE_FED", "SPECIAL_EXIT"],
  completed: ["COMPLETED"],
  failed: [
    ...["FAILED", "TIMEOUT", "OUT_OF_MEMORY", "NODE_FAIL", "BOOT_FAIL", "DEADLINE"],
    "LAUNCH_FAILED",
  ],
  cancelled: ["CANCELLED", "PREEMPTED", "REVOKED"],
} as const satisfies Record<string, readonly string[]>;

export type StateGroup = keyof typeof STATE_GROUPS;
export const STATE_GROUP_NAMES = Object.keys(STATE_GROUPS) as StateGroup[];
export const STATES: readonly string[] = Object.values(STATE_GROUPS).flat();

/** How many jobs are in each group. */
export function groupTotals(
  totals: Readonly<Record<string, number>>,
): Readonly<Record<StateGroup, number>> {
  const count = (group: StateGroup): number =>
    STATE_GROUPS[group].reduce((sum, state) => sum + (totals[state] ?? 0), 0);
  return Object.fromEntries(STATE_GROUP_NAMES.map((name) => [name, count(name)])) as Record<
    StateGroup,
    number
  >;
}
