import type { Database } from "@sluice/database";
import { type Clock, messageOf, SluiceError } from "@sluice/model";
import { tagOf } from "../submissions/tag.ts";
import type { Failover, FailoverPorts, Loss } from "./contract.ts";
import { LossStore } from "./loss-store.ts";

export interface FailoverParts extends FailoverPorts {
  readonly database: Database;
  readonly clock: Clock;
  readonly log?: { warn(about: object, message: string): void };
  /** A submission was moved. */
  readonly told?: (news: {
    readonly submissionId: string;
    readonly unixUser: string;
    readonly jobId: number | undefined;
    readonly from: string;
    readonly to: string;
  }) => void;
}

/** Of one pass, so that what one can't place keeps no other waiting. */
const MOST_AT_ONCE = 500;

export function createFailover(parts: FailoverParts): Failover {
  const store = new LossStore(parts.database, parts.clock);
  const going = new Going(parts, store);
  return {
    declareLost: (cluster, saidBy) => store.declare(cluster, saidBy),
    letBack: async (cluster) => {
      const loss = (await store.all()).find((one) => one.cluster === cluster);
      if (loss === undefined) throw notLost(cluster);
      await store.become(cluster, loss.state, "returning");
    },
    losses: () => store.all(),
    movedJobs: (filter) => store.movedJobs(filter),
    pass: async () => {
      const losses = await store.all().catch(() => undefined);
      if (losses === undefined) return;
      await store.moveRuns().catch((error: unknown) => {
        parts.log?.warn({ why: messageOf(error) }, "runs of moved jobs are not followed");
      });
      await going.forgetBegun(losses.map(({ cluster }) => cluster)).catch((error: unknown) => {
        parts.log?.warn({ why: messageOf(error) }, "it is not seen which jobs have begun");
      });
      for (const loss of losses) {
        try {
          await going.on(loss);
        } catch (error) {
          parts.log?.warn({ cluster: loss.cluster, why: messageOf(error) }, "a loss waits");
          await store.problem(loss.cluster, messageOf(error)).catch(() => {});
        }
      }
    },
  };
}

class Going {
  readonly #parts: FailoverParts;
  readonly #store: LossStore;

  constructor(parts: FailoverParts, store: LossStore) {
    this.#parts = parts;
    this.#store = store;
  }

  async on({ cluster, state }: Loss): Promise<void> {
    switch (state) {
      case "lost":
        if (!(await this.#isFenced(cluster))) return;
        await this.#store.become(cluster, "lost", "fenced");
        return this.#move(cluster);
      case "fenced":
        // A fence is looked at before each move: somebody may have powered it on.
        if (await this.#isFenced(cluster)) await this.#move(cluster);
        return;
      case "moved":
        return;
      case "returning":
        return this.#bringBack(cluster);
      default:
        return state satisfies never;
    }
  }

  /** A job that has begun is its cluster's for good. */
  async forgetBegun(lost: readonly string[]): Promise<void> {
    for (const [cluster, jobIds] of await this.#store.kept(lost)) {
      await this.#store.begun(cluster, await this.#parts.started(cluster, jobIds));
    }
  }

  async #isFenced(cluster: string): Promise<boolean> {
    if ((await this.#parts.fence(cluster)) === "off") return true;
    await this.#store.problem(cluster, "it is not sure that nothing of the cluster runs");
    return false;
  }

  async #move(cluster: string): Promise<void> {
    const { hasEnded, revoke, target, told } = this.#parts;
    const movable = await this.#store.movable(cluster, MOST_AT_ONCE);
    let left = 0;
    for (const submission of movable) {
      if ((await hasEnded?.(submission)) === true) {
        await this.#store.begunOne(submission.id);
        continue;
      }
      const to = await target(submission);
      if (to === undefined || to === cluster) {
        left += 1;
        continue;
      }
      // What may not start there any more, may start elsewhere; never the other way round.
      if (!(await revoke(cluster, [tagOf(submission.id)]))) {
        await this.#store.problem(cluster, "its jobs can't be revoked there");
        return;
      }
      if (!(await this.#store.move(submission, to))) continue;
      const { id: submissionId, unixUser, jobId } = submission;
      told?.({ submissionId, unixUser, jobId, from: cluster, to });
    }
    if (left > 0) await this.#store.problem(cluster, `no cluster takes ${left} of its jobs`);
    else if (movable.length < MOST_AT_ONCE) await this.#store.become(cluster, "fenced", "moved");
  }

  async #bringBack(cluster: string): Promise<void> {
    const { cancel, release, revoke } = this.#parts;
    const moved = await this.#store.moved(cluster);
    // A move that was cut off may have been revoked and not moved, or the other way round: all are
    // revoked before anything of the cluster may start.
    const tags = moved.map(({ id }) => tagOf(id));
    if (tags.length > 0 && !(await revoke(cluster, tags))) {
      await this.#store.problem(cluster, "its jobs can't be revoked there");
      return;
    }
    await release(cluster);
    if (moved.length > 0 && !(await cancel(cluster, moved))) {
      await this.#store.problem(cluster, "it does not answer yet");
      return;
    }
    await this.#store.forget(cluster);
  }
}

function notLost(cluster: string): SluiceError {
  return new SluiceError(
    "CLUSTER_NOT_LOST",
    "user",
    `nobody said that cluster ${cluster} is lost`,
    {
      hint: "there is nothing to let back",
    },
  );
}
