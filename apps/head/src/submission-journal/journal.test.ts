import { mkdirSync, mkdtempSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { FakeClock } from "@sluice/slurm/testing";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import type { Answer } from "./answer.ts";
import type {
  AccountedRun,
  JobDescription,
  JobRecord,
  JournalSlurm,
  SubmitAnswer,
} from "./contract.ts";
import { SubmissionJournal } from "./journal.ts";
import { restore } from "./restore.ts";
import { type JournalStore, openJournalStore } from "./store.ts";

const set = (number: number) => ({ set: true, infinite: false, number });

/** What of slurmctld matters here: jobs by number, a saved state, and forgetting. */
class Slurmctld implements JournalSlurm {
  readonly jobs = new Map<number, JobRecord>();
  readonly accounted: AccountedRun[] = [];
  readonly asked: JobDescription[] = [];
  isUp = true;
  isAccounting = true;
  isUnreadable = false;
  /** About jobs that came in. */
  questions = 0;
  time = 100;
  /** Does what it is asked to, and is killed before it says so. */
  diesAtSubmit = false;
  readonly #folder: string;
  #saves = 0;
  #next = 1;

  constructor(folder: string) {
    this.#folder = folder;
  }

  sbatch(record: JobRecord = {}, script = "#!/bin/sh\ntrue\n"): number {
    while (this.jobs.has(this.#next)) this.#next++;
    this.#add(this.#next, record, script);
    return this.#next++;
  }

  save(): void {
    const path = join(this.#folder, "job_state");
    writeFileSync(`${path}.new`, `save ${this.#saves++}`);
    renameSync(`${path}.new`, path);
  }

  /** Killed and started again, with its jobs as they were in the state of before. */
  forget(ids: readonly number[]): void {
    for (const id of ids) {
      this.jobs.delete(id);
      rmSync(this.#path(id), { recursive: true });
    }
    this.#next = Math.min(...ids);
    this.time += 5;
  }

  async ready(): Promise<void> {
    if (!this.isUp) throw new Error("nobody there");
  }

  async job(jobId: number): Promise<readonly JobRecord[]> {
    await this.ready();
    const job = this.jobs.get(jobId);
    return job === undefined ? [] : [job];
  }

  async tell(jobIds: readonly number[]): Promise<Answer> {
    await this.ready();
    this.questions++;
    const known = jobIds.flatMap((jobId) => this.jobs.get(jobId) ?? []);
    return { count: known.length, bytes: Buffer.from(JSON.stringify(known)) };
  }

  async read(answers: readonly Answer[]): Promise<readonly (readonly JobRecord[])[]> {
    if (this.isUnreadable) throw new Error("can't be read");
    return answers.map(({ bytes }) => JSON.parse(Buffer.from(bytes).toString()) as JobRecord[]);
  }

  async runs(): Promise<readonly AccountedRun[]> {
    if (!this.isAccounting) throw new Error("no accounting");
    return this.accounted;
  }

  async submit(description: JobDescription): Promise<SubmitAnswer> {
    await this.ready();
    const { job_id: id, user_id: user, script, standard_output: _path, ...rest } = description;
    if (this.jobs.has(Number(id))) return { kind: "duplicate" };
    if (description.partition === "gone") return { kind: "refused", reason: "no such partition" };
    this.asked.push(description);
    this.#add(Number(id), { ...rest, user_id: Number(user) }, String(script));
    if (this.diesAtSubmit) throw new Error("no answer");
    return { kind: "accepted" };
  }

  #add(id: number, record: JobRecord, script: string): void {
    mkdirSync(this.#path(id), { recursive: true });
    writeFileSync(join(this.#path(id), "script"), `${script}\0`);
    writeFileSync(join(this.#path(id), "environment"), "\u0001\0\0\0A=b\0");
    const base = { user_id: 2001, group_id: 2001, name: "x", requeue: true, command: "" };
    this.jobs.set(id, { ...base, ...record, job_id: id, submit_time: set(this.time) });
  }

  #path(id: number): string {
    return join(this.#folder, `hash.${id % 10}`, `job.${id}`);
  }
}

let folder = "";
let slurm: Slurmctld;
let store: JournalStore;
let clock: FakeClock;
let told: string[] = [];
let journals: SubmissionJournal[] = [];

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "sluice-journal-"));
  slurm = new Slurmctld(folder);
  store = openJournalStore(":memory:");
  clock = new FakeClock(new Date());
  told = [];
});
afterEach(() => {
  for (const journal of journals) journal[Symbol.dispose]();
  journals = [];
  store[Symbol.dispose]();
  rmSync(folder, { recursive: true });
});

/** A daemon as it is started: it finds what came in during the last minute. */
async function daemon(): Promise<SubmissionJournal> {
  const tell = (_fields: object, message: string): void => void told.push(message);
  const journal = new SubmissionJournal({
    slurm,
    store,
    stateSave: folder,
    isUp: () => slurm.isUp,
    clock,
    log: { debug: tell, info: tell, warn: tell, error: tell },
  });
  journals.push(journal);
  await journal.begin();
  return journal;
}

const ids = () => store.kept().map(({ jobId }) => jobId);

test("a submission is kept until slurmctld has saved twice since", async () => {
  slurm.save();
  const id = slurm.sbatch();
  const journal = await daemon();
  await journal.round();
  expect(ids()).toEqual([id]);
  slurm.save();
  await journal.round();
  expect(ids()).toEqual([id]);
  slurm.save();
  await journal.round();
  expect(ids()).toEqual([]);
});

test("a job that comes in later is seen, also the first of its folder", async () => {
  const journal = await daemon();
  const seen = async (id: number) => {
    await vi.waitFor(async () => {
      await journal.round();
      expect(ids()).toContain(id);
    });
  };
  for (let job = 0; job < 12; job++) await seen(slurm.sbatch());
});

test("what slurmctld forgot is handed in again under its number, and what it knows is not", async () => {
  const [known, lost, other] = [slurm.sbatch(), slurm.sbatch({ nice: 3 }), slurm.sbatch()];
  const journal = await daemon();
  await journal.round();
  slurm.forget([lost, other]);
  journal.controllerStarted();
  await journal.round();
  expect(slurm.asked.map(({ job_id: id, nice }) => [id, nice])).toEqual([
    [lost, 3],
    [other, 0],
  ]);
  expect(ids()).toEqual([known, lost, other]);
  // The same again, when it is killed once more.
  slurm.forget([lost, other]);
  journal.controllerStarted();
  await journal.round();
  expect(slurm.asked.map(({ job_id: id }) => id)).toEqual([lost, other, lost, other]);
});

test("a number that somebody else has by now stays theirs", async () => {
  const lost = slurm.sbatch();
  const journal = await daemon();
  await journal.round();
  slurm.forget([lost]);
  expect(slurm.sbatch({ user_id: 2002 })).toBe(lost);
  journal.controllerStarted();
  await journal.round();
  expect(slurm.asked.map(({ job_id: id }) => id)).toEqual([lost + 1]);
  expect(slurm.jobs.get(lost)?.user_id).toBe(2002);
});

test("an answer that was lost with slurmctld or the daemon makes no second job", async () => {
  const lost = slurm.sbatch();
  await (await daemon()).round();
  slurm.forget([lost]);
  slurm.diesAtSubmit = true;
  const dying = await daemon();
  await expect(dying.round()).rejects.toThrow("no answer");
  slurm.diesAtSubmit = false;
  await (await daemon()).round();
  expect([...slurm.jobs.keys()]).toEqual([lost]);
});

test("what accounting saw end is not run again", async () => {
  const [over, lost] = [slurm.sbatch(), slurm.sbatch()];
  const journal = await daemon();
  await journal.round();
  const run = { jobId: over, taskId: undefined, hasStarted: true, submitLine: "" };
  slurm.accounted.push({ ...run, submitTime: 100, state: "COMPLETED" });
  // Of an older job with that number.
  slurm.accounted.push({ ...run, jobId: lost, submitTime: 50, state: "COMPLETED" });
  slurm.forget([over, lost]);
  journal.controllerStarted();
  await journal.round();
  expect(slurm.asked.map(({ job_id: id }) => id)).toEqual([lost]);
});

test("a job that had started runs again only where it may", async () => {
  const [may, mayNot] = [slurm.sbatch(), slurm.sbatch({ requeue: false })];
  const journal = await daemon();
  await journal.round();
  journal.starts(may);
  journal.starts(mayNot);
  slurm.forget([may, mayNot]);
  journal.controllerStarted();
  await journal.round();
  expect(slurm.asked.map(({ job_id: id }) => id)).toEqual([may]);
  expect(told).toContain("slurmctld forgot a job, which is lost");
});

test("a script that reads arguments nobody knows waits for its user", async () => {
  const lost = slurm.sbatch({ command: "/tmp/x.sh" }, "#!/bin/sh\necho $1\n");
  const journal = await daemon();
  await journal.round();
  slurm.forget([lost]);
  journal.controllerStarted();
  await journal.round();
  expect(slurm.asked[0]).toMatchObject({ hold: true, argv: ["/tmp/x.sh"] });
});

test("what has a server's tag is the server's to keep", async () => {
  const tagged = slurm.sbatch({ extra: "sluice=0b5e9d3e-2f0b-4b1c-9a53-0b3c1f6f4a11" });
  const lost = slurm.sbatch();
  const journal = await daemon();
  await journal.round();
  slurm.forget([tagged, lost]);
  journal.controllerStarted();
  await journal.round();
  expect(slurm.asked.map(({ job_id: id }) => id)).toEqual([lost]);
  expect(ids()).toEqual([lost]);
});

test("what is refused now is told, and the others go on", async () => {
  const [bad, good] = [slurm.sbatch({ partition: "gone" }), slurm.sbatch()];
  const journal = await daemon();
  await journal.round();
  slurm.forget([bad, good]);
  journal.controllerStarted();
  await journal.round();
  expect(told).toContain("slurmctld forgot a job and refuses it now");
  expect(slurm.jobs.has(good)).toBe(true);
  expect(ids()).toEqual([good]);
});

test("what came in one round is one question, also when slurmctld does not know all of it", async () => {
  const submitted = Array.from({ length: 20 }, () => slurm.sbatch());
  const journal = await daemon();
  await journal.round();
  expect(slurm.questions).toBe(1);
  expect(ids()).toEqual(submitted);
  const thrownAway = Array.from({ length: 20 }, () => slurm.sbatch());
  for (const id of thrownAway) slurm.jobs.delete(id);
  await (await daemon()).round();
  expect(slurm.questions).toBeLessThan(15);
  const [refused = 0, ...others] = Array.from({ length: 8 }, () => slurm.sbatch());
  slurm.jobs.delete(refused);
  await vi.waitFor(async () => {
    await journal.round();
    expect(ids()).toEqual([...submitted, ...others]);
  });
});

test("what can't have run does not wait for accounting, and the rest does", async () => {
  const [plain, ran, doubtful] = [
    slurm.sbatch(),
    slurm.sbatch(),
    slurm.sbatch({ command: "/tmp/x.sh" }, "#!/bin/sh\necho $1\n"),
  ];
  const after = slurm.sbatch({ dependency: `afterok:${ran}(unfulfilled)` });
  const array = slurm.sbatch({ array_task_string: "1-3" });
  const journal = await daemon();
  await journal.round();
  journal.starts(ran);
  slurm.forget([plain, ran, doubtful, after, array]);
  slurm.isAccounting = false;
  journal.controllerStarted();
  await journal.round();
  const handedIn = () => slurm.asked.map(({ job_id: id }) => id);
  expect(handedIn()).toEqual([plain, array]);
  // New ones are kept meanwhile, and those that wait are, however often slurmctld saves.
  const late = slurm.sbatch();
  expect(late).toBe(ran);
  for (let saves = 0; saves < 5; saves++) {
    await vi.waitFor(async () => {
      await journal.round();
      expect(slurm.jobs.has(late)).toBe(true);
    });
    slurm.save();
  }
  expect(ids()).toEqual(expect.arrayContaining([ran, doubtful, after]));
  slurm.isAccounting = true;
  await vi.waitFor(async () => {
    clock.advance(1000);
    await journal.round();
    expect(slurm.asked).toHaveLength(5);
  });
  // The number of the one that ran is another job's by now, which what depends on it is told.
  expect(new Set(handedIn().slice(2))).toEqual(new Set([doubtful, after, array + 1]));
  expect(slurm.asked.at(-1)).toMatchObject({ job_id: after, dependency: `afterok:${array + 1}` });
});

test("what can't be read keeps nobody from being kept", async () => {
  slurm.sbatch();
  const journal = await daemon();
  await journal.round();
  slurm.isUnreadable = true;
  journal.controllerStarted();
  for (let tries = 1; tries < 5; tries++) {
    await expect(journal.round()).rejects.toThrow("can't be read");
  }
  await journal.round();
  expect(told).toContain("what slurmctld said of a job can't be read");
  const late = slurm.sbatch();
  await vi.waitFor(async () => {
    await journal.round();
    expect(ids()).toContain(late);
  });
});

test("an array of which a task started waits for accounting", async () => {
  const array = slurm.sbatch({ array_task_string: "1-3" });
  const journal = await daemon();
  await journal.round();
  // A number without a folder of its own.
  journal.starts(array + 1);
  slurm.forget([array]);
  slurm.isAccounting = false;
  journal.controllerStarted();
  await journal.round();
  expect(slurm.asked).toEqual([]);
});

test("each job that came back or is lost is an event, of two numbers under each", async () => {
  const refused = slurm.sbatch({ partition: "gone" });
  const once = slurm.sbatch({ requeue: false });
  const [taken, lost] = [slurm.sbatch(), slurm.sbatch()];
  await (await daemon()).round();
  store.start(once);
  slurm.forget([refused, once, taken, lost]);
  slurm.jobs.set(taken, { job_id: taken, user_id: 2002 });
  const events: [string, string | undefined][] = [];
  const quiet = (): void => {};
  await restore({
    slurm,
    store,
    runs: [],
    renumbered: new Map(),
    reading: { failures: 0 },
    files: async () => undefined,
    log: { debug: quiet, info: quiet, warn: quiet, error: quiet },
    tell: ({ kind, job }) => void events.push([kind, job]),
  });
  expect(events.toSorted(([, a], [, b]) => Number(a) - Number(b))).toEqual([
    ["job-lost", String(refused)],
    ["job-lost", String(once)],
    ["job-restored", String(taken)],
    ["job-restored", String(lost)],
    ["job-restored", String(lost + 1)],
  ]);
});
