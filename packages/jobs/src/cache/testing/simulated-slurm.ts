import type { HistoryJob, QueueJob } from "@sluice/gateway";

const SECOND = 1000;

export function queueJob(job: Partial<QueueJob> & { readonly id: number }): QueueJob {
  return {
    label: String(job.id),
    name: "job",
    user: "ada",
    partition: "q",
    state: "PENDING",
    reason: "None",
    nodes: "",
    nodeCount: 1,
    isBatch: true,
    canRequeue: true,
    submitTime: undefined,
    eligibleTime: undefined,
    startTime: undefined,
    arrayJobId: undefined,
    arrayTaskId: undefined,
    account: "science",
    qos: "normal",
    cpus: 1,
    memoryMib: 100,
    tres: "cpu=1,mem=100M,node=1",
    timeLimitSeconds: 3600,
    endTime: undefined,
    priority: 1,
    dependency: "",
    workingDirectory: "/home/ada",
    standardOutput: `/home/ada/slurm-${job.id}.out`,
    standardError: `/home/ada/slurm-${job.id}.out`,
    exitCode: "0:0",
    restarts: 0,
    ...job,
  };
}

export function historyJob(job: Partial<HistoryJob> & { readonly id: number }): HistoryJob {
  return {
    label: String(job.id),
    arrayJobId: undefined,
    arrayTaskId: undefined,
    name: "job",
    user: "ada",
    account: "science",
    partition: "q",
    qos: "normal",
    state: "COMPLETED",
    exitCode: "0:0",
    nodes: "n1",
    nodeCount: 1,
    cpus: 1,
    tres: "cpu=1,mem=100M,node=1",
    timeLimitSeconds: 3600,
    submitTime: undefined,
    startTime: undefined,
    endTime: undefined,
    workingDirectory: "/home/ada",
    tag: undefined,
    cpuSecondsUsed: 60,
    maxMemoryMib: 50,
    ...job,
  };
}

interface Job {
  id: number;
  readonly name: string;
  readonly array: number | undefined;
  /** Of an array, those that the record stands for. */
  tasks: readonly number[];
  state: "PENDING" | "RUNNING" | "COMPLETED";
  submitted: Date;
  ended: Date | undefined;
}

/**
 * Jobs as slurmctld and slurmdbd have them, one step at a time: an array is one record that tasks
 * leave as they start, a requeued job is submitted anew under its number, slurmctld forgets what
 * ended, and accounting learns of ends late.
 */
export class SimulatedSlurm {
  now = new Date(Date.UTC(2030, 0, 1));
  #nextId = 1;
  readonly #jobs: Job[] = [];
  #late: HistoryJob[] = [];
  #accounted: HistoryJob[] = [];

  tick(): void {
    this.now = new Date(this.now.getTime() + SECOND);
  }

  submit(choice: number): void {
    this.#add({ name: `job${choice % 3}`, array: undefined, tasks: [] });
  }

  submitArray(choice: number): void {
    const id = this.#nextId;
    this.#add({ name: "array", array: id, tasks: tasksTo((choice % 4) + 1) });
  }

  start(choice: number): void {
    const job = pick(
      this.#jobs.filter(({ state }) => state === "PENDING"),
      choice,
    );
    if (job === undefined) return;
    const [task, ...others] = job.tasks;
    if (task === undefined || others.length === 0) {
      job.state = "RUNNING";
      return;
    }
    // The record of those that wait keeps the array's number; who starts gets one of its own.
    this.#jobs.push({ ...job, id: this.#nextId++, tasks: [task], state: "RUNNING" });
    job.tasks = others;
  }

  end(choice: number): void {
    const job = pick(
      this.#jobs.filter(({ state }) => state === "RUNNING"),
      choice,
    );
    if (job === undefined) return;
    job.state = "COMPLETED";
    job.ended = this.now;
    this.#late.push(this.#history(job));
  }

  requeue(choice: number): void {
    const job = pick(
      this.#jobs.filter(({ state }) => state !== "PENDING"),
      choice,
    );
    if (job === undefined) return;
    if (job.state === "RUNNING") {
      this.#late.push({ ...this.#history({ ...job, ended: this.now }), state: "REQUEUED" });
    }
    job.state = "PENDING";
    job.submitted = this.now;
    job.ended = undefined;
  }

  forget(choice: number): void {
    const job = pick(
      this.#jobs.filter(({ state }) => state === "COMPLETED"),
      choice,
    );
    if (job !== undefined) this.#jobs.splice(this.#jobs.indexOf(job), 1);
  }

  account(): void {
    this.#accounted.push(...this.#late);
    this.#late = [];
  }

  queue(): readonly QueueJob[] {
    return this.#jobs.map((job) =>
      queueJob({
        ...this.#common(job),
        state: job.state,
        endTime: job.ended,
      }),
    );
  }

  /** All of it, oldest end first, or the newer half. */
  history(isRecent: boolean): readonly HistoryJob[] {
    return isRecent ? this.#accounted.slice(this.#accounted.length / 2) : this.#accounted;
  }

  /** By number, name and submission, what every job is: of one that was requeued the latest. */
  truth(): Record<string, string> {
    const latest = new Map<string, readonly [key: string, time: number, state: string]>();
    const note = (job: QueueJob | HistoryJob, state: string) => {
      const of = `${job.id} ${job.name}`;
      const time = job.submitTime?.getTime() ?? 0;
      const label = job.arrayTaskId === undefined ? job.id : `${job.arrayJobId}_${job.arrayTaskId}`;
      const key = `${label}/${job.id} ${job.name} ${job.submitTime?.toISOString()}`;
      if (time >= (latest.get(of)?.[1] ?? 0)) latest.set(of, [key, time, state]);
    };
    for (const job of this.queue()) note(job, job.state);
    for (const job of this.#accounted) {
      if (job.state === "COMPLETED") note(job, `COMPLETED ${job.cpuSecondsUsed}`);
    }
    return Object.fromEntries([...latest.values()].map(([key, , state]) => [key, state]));
  }

  #add(job: Pick<Job, "name" | "array" | "tasks">): void {
    this.#jobs.push({
      ...job,
      id: this.#nextId++,
      state: "PENDING",
      submitted: this.now,
      ended: undefined,
    });
  }

  #history(job: Job): HistoryJob {
    return historyJob({ ...this.#common(job), endTime: job.ended });
  }

  #common({ id, name, array, tasks, submitted }: Job) {
    const arrayTaskId = tasks.length > 1 ? `[${tasks.join(",")}]` : tasks[0]?.toString();
    return { id, name, arrayJobId: array, arrayTaskId, submitTime: submitted };
  }
}

function tasksTo(count: number): readonly number[] {
  return Array.from({ length: count }, (_, index) => index + 1);
}

function pick<T>(from: readonly T[], choice: number): T | undefined {
  return from[choice % Math.max(1, from.length)];
}
