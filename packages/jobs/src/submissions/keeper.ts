import type { Gateway } from "@sluice/gateway";
import { messageOf } from "@sluice/model";
import { askAgain, mayKeepNumber } from "./again.ts";
import type { Outcome } from "./ask.ts";
import type { JobRequest } from "./contract.ts";
import type { SubmissionsParts } from "./create-submissions.ts";
import type { Groups } from "./groups.ts";
import type { Found } from "./look.ts";
import {
  IDLE_PASS_MS,
  KEYS_KEPT_MS,
  LEASE_MS,
  OTHERS_KEPT_MS,
  PASS_MS,
  SETTLED_MS,
} from "./periods.ts";
import type { SubmissionRow, SubmissionStore } from "./store.ts";
import { tagField, tagged, tagOf } from "./tag.ts";

export interface KeptSubmissions {
  /** Keeps submissions on all clusters until the signal fires; several servers may do so at once. */
  run(signal: AbortSignal): Promise<void>;
}

interface KeeperParts extends SubmissionsParts {
  readonly store: SubmissionStore;
  readonly look: (row: SubmissionRow) => Promise<Found>;
  readonly groups: Groups;
}

interface Controller {
  readonly slurmVersion: string;
  readonly controllerStartedAt: Date | undefined;
  readonly readAt: number;
}

/** How old may be what is known of slurmctld when a job is handed to it; an old start is safe. */
const CONTROLLER_KNOWN_MS = 30_000;
/** Submissions that are made again at a time; those that get new numbers go one by one. */
const AGAIN_AT_ONCE = 8;

/**
 * Level-triggered: each pass derives what to do from the table and from what Slurm has.
 *
 *   accepted, in slurmctld's saved state        → saved
 *   accepted, slurmctld was started again since → looked for: in the queue → kept on;
 *                                                 ended → saved; nowhere → asked again
 *   asked by a server that died                 → looked for: found → accepted; acknowledged before
 *                                                 → asked again; with a key → its sender's to ask
 *   called off                                  → cancelled where it turns up
 */
export class Keeper {
  readonly #parts: KeeperParts;
  readonly #controllers = new Map<string, Controller>();
  readonly #reading = new Map<string, Promise<Controller>>();
  #wake: (() => void) | undefined;
  #isWoken = false;

  constructor(parts: KeeperParts) {
    this.#parts = parts;
  }

  /** There is something new to keep. */
  wake(): void {
    if (this.#isWoken) return;
    this.#isWoken = true;
    this.#wake?.();
  }

  /** What is known of a cluster's slurmctld, at most some seconds old. */
  async controller(gateway: Gateway): Promise<Controller> {
    const { cluster } = gateway;
    const known = this.#controllers.get(cluster);
    const now = this.#parts.clock.now().getTime();
    if (known !== undefined && now - known.readAt < CONTROLLER_KNOWN_MS) return known;
    const reading =
      this.#reading.get(cluster) ??
      this.#readController(gateway).finally(() => this.#reading.delete(cluster));
    this.#reading.set(cluster, reading);
    return reading;
  }

  async #readController(gateway: Gateway): Promise<Controller> {
    const info = await gateway.info();
    const known = { ...info, readAt: this.#parts.clock.now().getTime() };
    this.#controllers.set(gateway.cluster, known);
    return known;
  }

  async run(signal: AbortSignal): Promise<void> {
    const { store, clock, log } = this.#parts;
    let forgotAt = 0;
    while (!signal.aborted) {
      this.#isWoken = false;
      let isBusy = false;
      try {
        const now = clock.now();
        if (now.getTime() - forgotAt > 3600_000) {
          const before = (milliseconds: number) => new Date(now.getTime() - milliseconds);
          await store.forget(before(KEYS_KEPT_MS), before(OTHERS_KEPT_MS));
          forgotAt = now.getTime();
        }
        const clusters = await store.clustersWithOpen(now);
        isBusy = clusters.length > 0;
        await Promise.all(clusters.map((cluster) => this.#passSafely(cluster)));
      } catch (error) {
        log?.warn({ error: messageOf(error) }, "submissions can't be looked after");
      }
      await this.#rest(isBusy || this.#isWoken ? PASS_MS : IDLE_PASS_MS, signal);
    }
  }

  /** At least as long as a pass, and longer only while nothing was handed in. */
  async #rest(milliseconds: number, signal: AbortSignal): Promise<void> {
    const { clock } = this.#parts;
    const woken = new AbortController();
    this.#wake = () => woken.abort();
    const ends = AbortSignal.any([signal, woken.signal]);
    if (milliseconds > PASS_MS) {
      if (!this.#isWoken) await clock.sleep(milliseconds, ends);
      this.#wake = undefined;
    }
    await clock.sleep(PASS_MS, signal);
  }

  async #passSafely(cluster: string): Promise<void> {
    try {
      await this.pass(cluster);
    } catch (error) {
      const about = { cluster, error: messageOf(error) };
      this.#parts.log?.warn(about, "submissions of a cluster can't be looked after");
    }
  }

  /** Once; throws as the gateway and the database do. */
  async pass(cluster: string): Promise<void> {
    const { store, clock } = this.#parts;
    const rows = await store.open(cluster, clock.now());
    if (rows.length === 0) return;
    const gateway = await this.#parts.gateway(cluster);
    const { controllerStartedAt } = await this.#readController(gateway);
    const accepted = rows.filter(({ state }) => state === "accepted");
    const saved = await gateway.saved(accepted.map(({ id }) => tagOf(id)));
    const safe = accepted.map(({ id }) => id).filter((id) => saved.has(tagOf(id)));
    await store.saved(safe, this.#parts.keepsRequests);
    const doubtful = accepted.filter(
      ({ id, controller_started_at: had }) =>
        !saved.has(tagOf(id)) && had?.getTime() !== controllerStartedAt?.getTime(),
    );
    if (controllerStartedAt !== undefined) {
      const whole = await store.byIds(doubtful.map(({ id }) => id));
      // Another server may have been at it meanwhile.
      const still = whole.filter(({ state }) => state === "accepted");
      await this.#lookForForgotten(gateway, still, controllerStartedAt);
    }
    const others = rows.filter(({ state }) => state !== "accepted");
    for (const row of await store.byIds(others.map(({ id }) => id))) {
      if (row.state === "asked") await this.#abandoned(gateway, row);
      if (row.state === "called-off") await this.#calledOff(gateway, row);
    }
  }

  async #lookForForgotten(
    gateway: Gateway,
    rows: readonly SubmissionRow[],
    controllerStartedAt: Date,
  ): Promise<void> {
    const { store, look } = this.#parts;
    if (rows.length === 0) return;
    const found = await Promise.all(rows.map(look));
    const where = (place: Found["where"]) =>
      rows.filter((_, index) => found[index]?.where === place);
    await store.seen(
      where("queue").map(({ id }) => id),
      controllerStartedAt,
    );
    await store.saved(where("history").map(({ id }) => id));
    // One that was started again between the questions answers for another time.
    const now = (await this.#readController(gateway)).controllerStartedAt;
    if (now?.getTime() !== controllerStartedAt.getTime()) return;
    const forgotten = where("nowhere");
    const [keeping, others] = [true, false].map((keeps) =>
      forgotten.filter((row) => mayKeepNumber(requestOf(row)) === keeps),
    );
    const queue = [...(keeping ?? [])];
    const worker = async () => {
      for (let row = queue.shift(); row !== undefined; row = queue.shift()) {
        await this.#again(gateway, row);
      }
    };
    await Promise.all(Array.from({ length: AGAIN_AT_ONCE }, worker));
    // In the order of their numbers, so that they get the same ones when nobody else hands in.
    for (const row of others ?? []) await this.#again(gateway, row);
  }

  /** Once for each attempt, whoever else looks after the same cluster. */
  async #again(gateway: Gateway, row: SubmissionRow, isHeld = false): Promise<void> {
    const { store, clock, told, log, slurmUser = "slurm" } = this.#parts;
    const now = clock.now();
    const until = new Date(now.getTime() + LEASE_MS);
    if (!(await store.claim(row, { now, until, asks: true, isHeld }))) return;
    const { slurmVersion, controllerStartedAt } = await this.controller(gateway);
    const request = tagged(requestOf(row), row.id, tagField(slurmVersion));
    const oldJobId = Number(row.job_id);
    const { groups, look } = this.#parts;
    const outcome = await askAgain({ gateway, row, request, slurmUser, groups, look });
    const news = { submissionId: row.id, cluster: row.cluster, unixUser: row.unix_user, oldJobId };
    if (outcome.kind === "accepted") {
      await store.end({
        id: row.id,
        state: "accepted",
        jobId: outcome.jobId,
        answer: outcome.answer === undefined ? row.answer : JSON.stringify(outcome.answer),
        controllerStartedAt: controllerStartedAt ?? null,
      });
      log?.warn({ ...news, jobId: outcome.jobId }, "slurmctld forgot a job, which was made again");
      told?.({ ...news, jobId: outcome.jobId });
    } else if (outcome.kind === "refused") {
      await this.#refused(row, outcome);
      log?.warn({ ...news, reason: outcome.reason }, "slurmctld forgot a job and refuses it now");
      told?.({ ...news, jobId: undefined, reason: outcome.reason });
    } else {
      const notBefore =
        outcome.kind === "lost" ? new Date(now.getTime() + SETTLED_MS) : new Date(0);
      await store.release(row.id, { notBefore });
    }
  }

  async #refused(row: SubmissionRow, { reason, answer }: Outcome & { kind: "refused" }) {
    await this.#parts.store.end({
      id: row.id,
      state: "refused",
      jobId: row.job_id,
      answer: JSON.stringify({ reason, answer }),
      controllerStartedAt: null,
    });
  }

  /** Whoever asked for it is gone. */
  async #abandoned(gateway: Gateway, row: SubmissionRow): Promise<void> {
    const { store, clock, look } = this.#parts;
    const now = clock.now();
    const until = new Date(now.getTime() + LEASE_MS);
    if (!(await store.claim(row, { now, until }))) return;
    const settledAt = new Date((row.asked_at?.getTime() ?? 0) + SETTLED_MS);
    let found: Found;
    try {
      found = await look(row);
    } catch (error) {
      await store.release(row.id);
      throw error;
    }
    if (found.where !== "nowhere") {
      const { jobId } = found;
      const { answer } = row;
      const ending = { id: row.id, state: "accepted" as const, jobId, answer };
      return store.end({ ...ending, controllerStartedAt: null });
    }
    if (now < settledAt) return store.release(row.id, { notBefore: settledAt });
    if (row.job_id !== null) return this.#again(gateway, row, true);
    if (row.idempotency_key === null) return store.remove(row.id);
    return store.release(row.id, { notBefore: null, isUnasked: true });
  }

  /** Its sender was told that it is not: so it must not be, however late it comes. */
  async #calledOff(gateway: Gateway, row: SubmissionRow): Promise<void> {
    const { store, clock, look } = this.#parts;
    const isSettled = clock.now().getTime() > (row.asked_at?.getTime() ?? 0) + SETTLED_MS;
    const found = await look(row);
    if (found.where === "queue") {
      await gateway.user(row.unix_user).command(["scancel", String(found.jobId)]);
    }
    if (found.where !== "nowhere" || isSettled) await store.remove(row.id);
  }
}

function requestOf({ request }: SubmissionRow): JobRequest {
  return JSON.parse(request) as JobRequest;
}
