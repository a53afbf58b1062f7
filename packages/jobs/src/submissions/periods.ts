/** A server that holds a submission for longer is dead. Longer than an answer is waited for. */
export const LEASE_MS = 120_000;
/** slurmrestd gives up on slurmctld after 29 s: a request that is older has arrived, or never will. */
export const SETTLED_MS = 35_000;
/** Between two looks at what slurmctld has saved; it saves within 5 s. */
export const PASS_MS = 2000;
/** While this process has nothing to keep: another one may have died. */
export const IDLE_PASS_MS = 15_000;
const DAY_MS = 24 * 3600_000;
/** How long a key is remembered. */
export const KEYS_KEPT_MS = 30 * DAY_MS;
export const OTHERS_KEPT_MS = DAY_MS;
