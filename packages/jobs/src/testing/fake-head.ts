import { Readable } from "node:stream";
import type { Gateway, HistoryJob, QueueJob } from "@sluice/gateway";

interface FakeJob {
  readonly id: number;
  readonly user: string;
  readonly tag: string | undefined;
  readonly name: string;
  readonly submitTime: Date;
  state: string;
}

type Fault =
  /** slurmctld takes the job, and the answer does not arrive. */
  | "answer-lost"
  /** The request does not arrive, and nobody knows. */
  | "request-lost"
  /** slurmctld takes the job, and is killed before it answers. */
  | "killed";

/**
 * A head as far as submissions see it: slurmctld's queue, what of it is saved, accounting of what
 * ended, slurmrestd's job/submit. `kill` forgets what was not saved and goes on numbering from what
 * was, as slurmctld does.
 */
export class FakeHead {
  readonly cluster: string;
  #jobs = new Map<number, FakeJob>();
  #saved = new Map<number, FakeJob>();
  readonly #ended: FakeJob[] = [];
  #startedAt = new Date(1_000_000);
  /** For the next requests, in order; undefined: it works. */
  readonly faults: (Fault | undefined)[] = [];
  /** Every request that arrived: whose token, for which job. */
  readonly asked: { readonly as: string; readonly job: Readonly<Record<string, unknown>> }[] = [];
  isAway = false;
  readonly #now: () => Date;

  constructor(cluster: string, now: () => Date) {
    this.cluster = cluster;
    this.#now = now;
  }

  get jobs(): readonly FakeJob[] {
    return [...this.#jobs.values()];
  }

  save(): void {
    this.#saved = new Map(this.#jobs);
  }

  /** And started again. */
  kill(): void {
    this.#jobs = new Map(this.#saved);
    this.#startedAt = new Date(this.#startedAt.getTime() + 1000);
  }

  /** The job is over, for slurmctld and for accounting. */
  end(id: number): void {
    const job = this.#jobs.get(id);
    if (job === undefined) return;
    this.#ended.push({ ...job, state: "COMPLETED" });
    job.state = "COMPLETED";
  }

  /** Of somebody who does not come through us. */
  submit(user: string, job: Readonly<Record<string, unknown>>): number {
    const id = Number(job.job_id ?? Math.max(0, ...this.#jobs.keys()) + 1);
    const words = `${job.extra ?? ""} ${job.comment ?? ""}`;
    const tag = /sluice=[0-9a-f-]{36}/.exec(words)?.[0];
    const name = String(job.name ?? "");
    const submitTime = this.#now();
    this.#jobs.set(id, { id, user, tag, name, submitTime, state: "PENDING" });
    return id;
  }

  readonly gateway = (): Gateway =>
    ({
      cluster: this.cluster,
      info: async () => ({
        clusterName: this.cluster,
        slurmVersion: "24.11.5",
        restVersions: ["v0.0.41"],
        controllerStartedAt: this.isAway ? undefined : this.#startedAt,
      }),
      slurmrestd: { request: async (options: RestRequest) => this.#rest(options) },
      user: (user: string) => ({
        sbatch: async ({ options }: { options: readonly string[] }) => {
          const extra = options.find((option) => option.startsWith("--extra="))?.slice(8);
          return { jobId: this.submit(user, { extra }) };
        },
        command: async ([name, id]: readonly string[]) => {
          if (name === "scancel") this.#jobs.delete(Number(id));
          return { exitCode: 0, stdout: name === "sacct" ? "2001\n" : "", stderr: "" };
        },
      }),
      mintToken: (user: string) => user,
      queue: async () => this.#reached(() => this.jobs as unknown as readonly QueueJob[]),
      find: async (tags: readonly string[]) =>
        this.#reached(
          () =>
            new Map(
              this.jobs.flatMap(({ tag, id }) =>
                tag !== undefined && tags.includes(tag) ? [[tag, id] as const] : [],
              ),
            ),
        ),
      history: async function* (this: FakeHead) {
        yield* this.#ended.map((job) => ({ ...job, endTime: job.submitTime })) as HistoryJob[];
      }.bind(this),
      saved: async (tags: readonly string[]) =>
        new Set(
          [...this.#saved.values()]
            .flatMap(({ tag }) => tag ?? [])
            .filter((tag) => tags.includes(tag)),
        ),
      [Symbol.asyncDispose]: async () => {},
    }) as unknown as Gateway;

  #reached<T>(answer: () => T): T {
    if (this.isAway) throw new Error("slurmctld does not answer");
    return answer();
  }

  #rest({ method, headers, body }: RestRequest): { statusCode: number; body: Readable } {
    if (method === "GET") return answer(200, { jobs: [{ group_id: 2001 }] });
    const fault = this.faults.shift();
    if (fault === "request-lost") throw new Error("socket hang up");
    const { job } = JSON.parse(body) as { readonly job: Readonly<Record<string, unknown>> };
    const as = headers["x-slurm-user-name"] ?? "";
    this.asked.push({ as, job });
    const refusal = this.#refusal(as, job);
    if (refusal !== undefined) return refusal;
    const id = this.submit(as === "slurm" ? String(job.user_id) : as, job);
    if (fault === "killed") this.kill();
    if (fault !== undefined) throw new Error("socket hang up");
    return answer(200, { job_id: id, errors: [] });
  }

  #refusal(as: string, job: Readonly<Record<string, unknown>>) {
    if (this.isAway) return error(502, 1800, "Unable to contact slurm controller");
    if (job.partition === "none") return error(500, 2000, "Invalid partition name specified");
    if (job.job_id === undefined) return undefined;
    if (as !== "slurm") return error(500, 2017, "Invalid job id specified");
    return this.#jobs.has(Number(job.job_id)) ? error(500, 2011, "Duplicate job id") : undefined;
  }
}

interface RestRequest {
  readonly method: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

function error(status: number, number: number, words: string) {
  return answer(status, { errors: [{ error_number: number, error: words }] });
}

function answer(statusCode: number, body: unknown) {
  return { statusCode, body: Readable.from([Buffer.from(JSON.stringify(body))]) };
}
