import { createHash } from "node:crypto";
import type { Database } from "@sluice/database";
import type { Gateway } from "@sluice/gateway";
import { type Clock, isSluiceError, SluiceError } from "@sluice/model";
import { ask, notKnown, type Outcome, type RestAnswer, SlurmRefusal } from "./ask.ts";
import type { JobRequest, Submission, Submissions, SubmittedJob } from "./contract.ts";
import { Groups } from "./groups.ts";
import { Keeper, type KeptSubmissions } from "./keeper.ts";
import { createLooker, type Found } from "./look.ts";
import { LEASE_MS, SETTLED_MS } from "./periods.ts";
import { type SubmissionRow, SubmissionStore } from "./store.ts";
import { tagField, tagged } from "./tag.ts";

export interface SubmissionsParts {
  readonly database: Database;
  readonly gateway: (cluster: string) => Promise<Gateway>;
  readonly clock: Clock;
  readonly random: { id(): string };
  /** A submission that slurmctld had forgotten was made again, or can't be. */
  readonly told?: (news: SubmissionNews) => void;
  readonly log?: { warn(about: object, message: string): void };
  /** Requests are kept until their jobs start, for the case that their cluster is lost. */
  readonly keepsRequests?: boolean;
  /** SlurmUser of the clusters; `slurm` when missing. */
  readonly slurmUser?: string;
}

export interface SubmissionNews {
  readonly submissionId: string;
  readonly cluster: string;
  readonly unixUser: string;
  /** What was acknowledged. */
  readonly oldJobId: number;
  /** Undefined: Slurm does not take it any more, for this reason. */
  readonly jobId: number | undefined;
  readonly reason?: string;
}

/** @returns with `run`, which keeps what was accepted until slurmctld has saved it. */
export function createSubmissions(parts: SubmissionsParts): Submissions & KeptSubmissions {
  const store = new SubmissionStore(parts.database, parts.random.id(), parts.clock);
  const lookers = new Map<string, (row: SubmissionRow) => Promise<Found>>();
  const look = (row: SubmissionRow): Promise<Found> => {
    const looker =
      lookers.get(row.cluster) ??
      createLooker(
        () => parts.gateway(row.cluster),
        () => parts.clock.now(),
      );
    lookers.set(row.cluster, looker);
    return looker(row);
  };
  const groups = new Groups();
  const keeper = new Keeper({ ...parts, store, look, groups });
  const maker = new Maker({ ...parts, store, look, groups, keeper });
  return {
    submit: (submission) => maker.submit(submission),
    keptDirectory: async ({ cluster, unixUser, idempotencyKey }) => {
      const row = await store.byKey(cluster, unixUser, idempotencyKey);
      const request = row === undefined || row.request === "" ? undefined : row.request;
      const job = request === undefined ? undefined : (JSON.parse(request) as JobRequest);
      return job?.by === "sbatch" ? job.workingDirectory : undefined;
    },
    run: (signal) => keeper.run(signal),
  };
}

interface MakerParts extends SubmissionsParts {
  readonly store: SubmissionStore;
  readonly look: (row: SubmissionRow) => Promise<Found>;
  readonly groups: Groups;
  readonly keeper: Keeper;
}

/** Milliseconds between two looks at a submission that somebody else is at. */
const POLL_MS = 200;

class Maker {
  readonly #parts: MakerParts;

  constructor(parts: MakerParts) {
    this.#parts = parts;
  }

  async submit(submission: Submission): Promise<SubmittedJob> {
    const { store, clock, random, keeper } = this.#parts;
    const key = submission.idempotencyKey;
    if (key !== undefined) checkKey(key);
    const request = canonical(submission.job);
    const now = clock.now();
    const row: SubmissionRow = {
      id: random.id(),
      cluster: submission.cluster,
      unix_user: submission.unixUser,
      principal_id: submission.principalId,
      idempotency_key: key ?? null,
      request_hash: createHash("sha256").update(request).digest("hex"),
      request,
      state: "asked",
      attempt: 1,
      job_id: null,
      answer: null,
      controller_started_at: null,
      owner: null,
      leased_until: later(now, LEASE_MS),
      asked_at: now,
      created_at: now,
      moved_from: null,
      moved_at: null,
      moved_job_id: null,
    };
    // The cluster is looked at first: one that is not there, or away, leaves no row behind.
    let gateway: Gateway;
    try {
      gateway = await this.#parts.gateway(submission.cluster);
      await keeper.controller(gateway);
    } catch (error) {
      const kept = await this.#kept(row);
      if (kept === undefined) throw error;
      return kept;
    }
    if (await this.#wasMoved(row)) return this.#repeat(gateway, row, submission);
    if (await store.insert(row)) return this.#ask(gateway, row, submission);
    return this.#repeat(gateway, row, submission);
  }

  /** Its key is that of a job that was moved away from the cluster while that was lost. */
  async #wasMoved({ cluster, unix_user, idempotency_key }: SubmissionRow): Promise<boolean> {
    const { store, keepsRequests = false } = this.#parts;
    if (!keepsRequests || idempotency_key === null) return false;
    const known = await store.byKey(cluster, unix_user, idempotency_key);
    return known !== undefined && known.cluster !== cluster;
  }

  /** What a key stands for that was answered before: for that its cluster is not needed any more. */
  async #kept(asked: SubmissionRow): Promise<SubmittedJob | undefined> {
    const { cluster, unix_user, idempotency_key: key, request_hash } = asked;
    if (key === null) return undefined;
    const row = await this.#parts.store.byKey(cluster, unix_user, key).catch(() => undefined);
    return row === undefined ? undefined : answerOf(row, { key, request_hash });
  }

  /** The key is known. */
  async #repeat(
    gateway: Gateway,
    asked: SubmissionRow,
    submission: Submission,
  ): Promise<SubmittedJob> {
    const { store, clock } = this.#parts;
    const giveUp = later(clock.now(), LEASE_MS + SETTLED_MS);
    for (;;) {
      const key = asked.idempotency_key ?? "";
      const row = await store.byKey(asked.cluster, asked.unix_user, key);
      if (row === undefined) {
        if (await store.insert(asked)) return this.#ask(gateway, asked, submission);
        continue;
      }
      const known = answerOf(row, { key, request_hash: asked.request_hash });
      if (known !== undefined) return known;
      const now = clock.now();
      const until = later(now, LEASE_MS);
      if (await store.claim(row, { now, until })) {
        return this.#findOrAsk(gateway, row, submission);
      }
      if (now > giveUp) throw notKnown(new Error("another request with this key is under way"));
      await clock.sleep(POLL_MS);
    }
  }

  /** Nobody was told of a job yet, and somebody may have asked for it. */
  async #findOrAsk(
    gateway: Gateway,
    row: SubmissionRow,
    submission: Submission,
  ): Promise<SubmittedJob> {
    const { store, clock } = this.#parts;
    let found: SubmittedJob | undefined;
    try {
      found = await this.#find(row);
    } catch (error) {
      await store.release(row.id);
      throw notKnown(error);
    }
    if (found !== undefined) return { ...found, isRepeat: true };
    const now = clock.now();
    const until = later(now, LEASE_MS);
    if (!(await store.claim(row, { now, until, asks: true, isHeld: true }))) {
      throw notKnown(new Error("another request with this key is under way"));
    }
    const again = { ...row, attempt: row.attempt + 1, asked_at: now };
    return this.#ask(gateway, again, submission);
  }

  async #ask(gateway: Gateway, row: SubmissionRow, submission: Submission): Promise<SubmittedJob> {
    const { store, keeper, groups } = this.#parts;
    const request = submission.job;
    const known = await keeper.controller(gateway);
    const outcome = await ask(
      gateway,
      row.unix_user,
      tagged(request, row.id, tagField(known.slurmVersion)),
    );
    switch (outcome.kind) {
      case "accepted":
        submission.onTaken?.();
        if (request.by === "slurmrestd") {
          void groups.learn(gateway, row.unix_user, request.version, outcome.jobId);
        }
        return this.#accepted(row, outcome, known.controllerStartedAt);
      case "refused":
        await store.end({
          id: row.id,
          state: "refused",
          jobId: null,
          answer: JSON.stringify({ reason: outcome.reason, answer: outcome.answer }),
          controllerStartedAt: null,
        });
        throw new SlurmRefusal(outcome.reason, outcome.answer);
      case "unasked":
        if (row.idempotency_key === null) await store.remove(row.id);
        else await store.release(row.id, { notBefore: null, isUnasked: true });
        throw saysWhy(outcome.error) ? outcome.error : notKnown(outcome.error);
      case "lost":
        return this.#lost(row, outcome.error);
      default:
        return outcome satisfies never;
    }
  }

  async #accepted(
    row: SubmissionRow,
    { jobId, answer }: Pick<Outcome & { readonly kind: "accepted" }, "jobId" | "answer">,
    controllerStartedAt: Date | undefined,
  ): Promise<SubmittedJob> {
    const text = answer === undefined ? null : JSON.stringify(answer);
    await this.#parts.store.end({
      id: row.id,
      state: "accepted",
      jobId,
      answer: text,
      controllerStartedAt: controllerStartedAt ?? null,
    });
    this.#parts.keeper.wake();
    return { ...submitted({ ...row, job_id: jobId, answer: text }), isRepeat: false };
  }

  /** Slurm may have the job: its tag tells. */
  async #lost(row: SubmissionRow, error: unknown): Promise<SubmittedJob> {
    const { store, keeper } = this.#parts;
    try {
      const found = await this.#find(row);
      if (found !== undefined) return { ...found, isRepeat: false };
    } catch {
      // Slurm is still away: whoever comes next looks first.
      if (row.idempotency_key === null) await store.release(row.id, { state: "called-off" });
      else await store.release(row.id);
      keeper.wake();
      throw notKnown(error);
    }
    if (row.idempotency_key === null) await store.remove(row.id);
    else await store.release(row.id, { notBefore: null, isUnasked: true });
    throw notKnown(error);
  }

  /**
   * Looks for the tag until it is there, or a request that was on its way can't arrive any more.
   * Throws when Slurm can't be asked.
   */
  async #find(row: SubmissionRow): Promise<SubmittedJob | undefined> {
    const { clock, look } = this.#parts;
    if (row.asked_at === null) return undefined;
    const settledAt = later(row.asked_at, SETTLED_MS);
    for (;;) {
      const isSettled = clock.now() >= settledAt;
      const found = await look(row);
      if (found.where !== "nowhere") return this.#accepted(row, found, undefined);
      if (isSettled) return undefined;
      await clock.sleep(POLL_MS * 5);
    }
  }
}

/** Undefined: nobody was told anything yet. Throws what Slurm refused it with, and for another request. */
function answerOf(
  row: SubmissionRow,
  asked: { readonly key: string; readonly request_hash: string },
): SubmittedJob | undefined {
  if (row.request_hash !== asked.request_hash) throw keyReused(asked.key);
  if (row.state === "refused") throw refusalOf(row);
  return row.job_id === null ? undefined : { ...submitted(row), isRepeat: true };
}

function submitted(
  row: Pick<SubmissionRow, "id" | "job_id" | "answer">,
): Omit<SubmittedJob, "isRepeat"> {
  const kept = row.answer === null ? undefined : (JSON.parse(row.answer) as RestAnswer);
  return {
    submissionId: row.id,
    jobId: Number(row.job_id),
    ...(kept === undefined ? {} : { answer: kept.body }),
  };
}

function refusalOf({ answer }: SubmissionRow): SlurmRefusal {
  const kept = JSON.parse(answer ?? "{}") as { reason?: string; answer?: RestAnswer };
  return new SlurmRefusal(kept.reason ?? "", kept.answer);
}

/** Anything else is of the way to Slurm. */
function saysWhy(error: unknown): boolean {
  return isSluiceError(error) && (error.source === "user" || error.code === "SLURM_FULL");
}

function checkKey(key: string): void {
  if (/^[\x20-\x7e]{1,200}$/.test(key) && key.trim() === key) return;
  throw new SluiceError(
    "IDEMPOTENCY_KEY_INVALID",
    "user",
    "an idempotency key has 1 to 200 printable characters of ASCII, and no blanks around them",
    { hint: "Use a UUID" },
  );
}

function keyReused(key: string): SluiceError {
  return new SluiceError(
    "IDEMPOTENCY_KEY_REUSED",
    "user",
    `the idempotency key ${JSON.stringify(key)} stands for another request`,
    { hint: "Use a new key for each job" },
  );
}

/** The same text for the same request, in whatever order its keys came. */
function canonical(request: JobRequest): string {
  return JSON.stringify(request, (_, value: unknown) =>
    typeof value === "object" && value !== null && !Array.isArray(value)
      ? Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)))
      : value,
  );
}

function later(time: Date, milliseconds: number): Date {
  return new Date(time.getTime() + milliseconds);
}
