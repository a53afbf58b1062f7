import type { Gateway } from "@sluice/gateway";
import { askRest } from "./ask.ts";
import { isRecord } from "./tag.ts";

/**
 * Main groups of users, as slurmctld noted them with their jobs: whoever hands in a job for a user
 * has to say the group by its number.
 */
export class Groups {
  readonly #known = new Map<string, number>();

  /** From a job of theirs that slurmctld has now; asked once for each user. Never throws. */
  async learn(gateway: Gateway, user: string, version: string, jobId: number): Promise<void> {
    const key = keyOf(gateway, user);
    if (this.#known.has(key)) return;
    try {
      const path = `/slurm/${version}/job/${jobId}`;
      const { body } = await askRest(gateway, user, { method: "GET", path });
      const job: unknown = isRecord(body) && Array.isArray(body.jobs) ? body.jobs[0] : undefined;
      if (isRecord(job)) this.#note(key, job.group_id);
    } catch {
      // Accounting tells it when it is needed.
    }
  }

  /** Undefined: neither slurmctld nor accounting ever had a job of theirs. */
  async of(gateway: Gateway, user: string): Promise<number | undefined> {
    const key = keyOf(gateway, user);
    if (!this.#known.has(key)) {
      const argv = ["sacct", "-X", "-n", "-P", "-S", "now-7days", "-u", user, "-o", "gid"];
      const answer = await gateway
        .user(user)
        .command(argv)
        .catch(() => undefined);
      if (answer?.exitCode === 0) this.#note(key, Number(answer.stdout.trim().split("\n").at(-1)));
    }
    return this.#known.get(key);
  }

  #note(key: string, group: unknown): void {
    if (Number.isInteger(group) && Number(group) > 0) this.#known.set(key, Number(group));
  }
}

function keyOf({ cluster }: Gateway, user: string): string {
  return JSON.stringify([cluster, user]);
}
