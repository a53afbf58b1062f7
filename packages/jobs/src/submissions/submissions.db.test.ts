import { randomUUID } from "node:crypto";
import { type TestDatabase, testDatabase } from "@sluice/database/testing";
import fc from "fast-check";
import { beforeAll, describe, expect, it } from "vitest";
import { FakeHead } from "../testing/fake-head.ts";
import { HastyClock } from "../testing/hasty-clock.ts";
import type { JobRequest, Submission } from "./contract.ts";
import { createSubmissions, type SubmissionNews } from "./create-submissions.ts";
import { Groups } from "./groups.ts";
import { Keeper } from "./keeper.ts";
import { createLooker } from "./look.ts";
import { type SubmissionRow, SubmissionStore } from "./store.ts";

let site: TestDatabase;

beforeAll(async () => {
  site = await testDatabase();
  return () => site[Symbol.asyncDispose]();
});

/** A cluster of its own with as many servers as one asks for. */
function scene() {
  const clock = new HastyClock();
  const head = new FakeHead(`c-${randomUUID().slice(0, 8)}`, () => clock.now());
  const news: SubmissionNews[] = [];
  const server = () => {
    const { database } = site;
    const gateway = async () => head.gateway();
    const random = { id: () => randomUUID() };
    const told = (one: SubmissionNews) => news.push(one);
    const store = new SubmissionStore(database, randomUUID(), clock);
    const look = createLooker(gateway, () => clock.now());
    const parts = { database, gateway, clock, random, told };
    const keeper = new Keeper({ ...parts, store, look, groups: new Groups() });
    return {
      submissions: createSubmissions(parts),
      pass: () => keeper.pass(head.cluster),
    };
  };
  const rows = (): Promise<readonly SubmissionRow[]> =>
    site.database
      .selectFrom("submissions")
      .selectAll()
      .where("cluster", "=", head.cluster)
      .execute();
  return { clock, head, news, server, rows };
}

function submission(
  cluster: string,
  more: Partial<Submission> & { name?: string } = {},
): Submission {
  const { name = "t", ...rest } = more;
  const job: JobRequest = {
    by: "slurmrestd",
    version: "v0.0.41",
    body: { job: { script: "#!/bin/sh\ntrue\n", name, current_working_directory: "/tmp" } },
  };
  return { cluster, unixUser: "ada", principalId: "p", job, ...rest };
}

describe("a submission", () => {
  it("is asked for with its tag and kept until slurmctld has saved it", async () => {
    const { head, server, rows } = scene();
    const { submissions, pass } = server();
    const { jobId, submissionId, isRepeat } = await submissions.submit(submission(head.cluster));
    expect(isRepeat).toBe(false);
    expect(head.jobs).toMatchObject([{ id: jobId, tag: `sluice=${submissionId}`, user: "ada" }]);
    await pass();
    expect(await rows()).toMatchObject([{ state: "accepted", job_id: jobId }]);
    head.save();
    await pass();
    expect(await rows()).toMatchObject([{ state: "saved", request: "" }]);
  });

  it("keeps what its sender wrote into the field of the tag, but no other tag", async () => {
    const { head, server } = scene();
    const extra = "mine sluice=00000000-0000-4000-8000-000000000000";
    const job: JobRequest = { by: "slurmrestd", version: "v0.0.41", body: { job: { extra } } };
    const { submissionId } = await server().submissions.submit(submission(head.cluster, { job }));
    expect(head.asked[0]?.job.extra).toBe(`mine sluice=${submissionId}`);
  });

  it("that is refused is refused again under its key, without another question", async () => {
    const { head, server } = scene();
    const job: JobRequest = {
      by: "slurmrestd",
      version: "v0.0.41",
      body: { job: { partition: "none" } },
    };
    const { submissions } = server();
    const one = submission(head.cluster, { idempotencyKey: "a", job });
    for (const _ of [1, 2]) {
      await expect(submissions.submit(one)).rejects.toMatchObject({
        code: "SLURM_REFUSED",
        answer: { status: 500 },
      });
    }
    expect(head.asked).toHaveLength(1);
  });

  it("is told of once Slurm has taken it, and neither a refused one nor a repeated one is", async () => {
    const { head, server } = scene();
    const { submissions } = server();
    const told: number[] = [];
    const onTaken = () => void told.push(head.jobs.length);
    const job: JobRequest = {
      by: "slurmrestd",
      version: "v0.0.41",
      body: { job: { partition: "none" } },
    };
    await submissions.submit(submission(head.cluster, { job, onTaken })).catch(() => {});
    expect(told).toEqual([]);
    const key = { idempotencyKey: "a" };
    for (const _ of [1, 2]) await submissions.submit(submission(head.cluster, { ...key, onTaken }));
    expect(told).toEqual([1]);
  });

  it("under a key that stands for another is refused, and the same key of another user is not", async () => {
    const { head, server } = scene();
    const { submissions } = server();
    const one = submission(head.cluster, { idempotencyKey: "a" });
    await submissions.submit(one);
    const other = submission(head.cluster, { idempotencyKey: "a", name: "other" });
    await expect(submissions.submit(other)).rejects.toMatchObject({
      code: "IDEMPOTENCY_KEY_REUSED",
    });
    await submissions.submit({ ...other, unixUser: "ben" });
    expect(head.jobs).toHaveLength(2);
  });

  it("sent twenty times at once over two servers with one key is one job", async () => {
    const { head, server } = scene();
    const servers = [server(), server()];
    const one = submission(head.cluster, { idempotencyKey: "a" });
    const answers = await Promise.all(
      Array.from({ length: 20 }, (_, i) => servers[i % 2]?.submissions.submit(one)),
    );
    expect(new Set(answers.map((answer) => answer?.jobId)).size).toBe(1);
    expect(answers.filter((answer) => answer?.isRepeat === false)).toHaveLength(1);
    expect(head.jobs).toHaveLength(1);
  });

  it("whose answer was lost is found by its tag", async () => {
    const { head, server } = scene();
    head.faults.push("answer-lost");
    const { jobId } = await server().submissions.submit(submission(head.cluster));
    expect(head.jobs.map(({ id }) => id)).toEqual([jobId]);
  });

  it("that never arrived is told as unknown, and asked again under its key only", async () => {
    const { head, server, rows } = scene();
    const { submissions } = server();
    head.faults.push("request-lost", "request-lost");
    await expect(submissions.submit(submission(head.cluster))).rejects.toMatchObject({
      code: "SLURM_UNREACHABLE",
    });
    expect(await rows()).toEqual([]);
    const keyed = submission(head.cluster, { idempotencyKey: "a" });
    await expect(submissions.submit(keyed)).rejects.toMatchObject({ code: "SLURM_UNREACHABLE" });
    await submissions.submit(keyed);
    expect(head.jobs).toHaveLength(1);
  });

  it("that was called off is cancelled when it turns up", async () => {
    const { head, server, rows } = scene();
    const { submissions, pass } = server();
    head.faults.push("answer-lost");
    const asking = submissions.submit(submission(head.cluster));
    const stop = setInterval(() => {
      if (head.jobs.length > 0) head.isAway = true;
    });
    head.isAway = false;
    await asking.then(
      () => undefined,
      (error: unknown) => expect(error).toMatchObject({ code: "SLURM_UNREACHABLE" }),
    );
    clearInterval(stop);
    head.isAway = false;
    const [row] = await rows();
    await pass();
    if (row?.state === "called-off") {
      expect(head.jobs).toEqual([]);
      expect(await rows()).toEqual([]);
    } else {
      expect(head.jobs).toHaveLength(1);
    }
  });
});

describe("a slurmctld that is killed", () => {
  it("has again, under their numbers, as their user, what it had forgotten, once", async () => {
    const { head, server, news } = scene();
    const servers = [server(), server()];
    const numbers = await Promise.all(
      Array.from({ length: 50 }, async (_, i) => {
        const one = submission(head.cluster, { name: `j${i}` });
        return (await servers[i % 2]?.submissions.submit(one))?.jobId;
      }),
    );
    head.kill();
    expect(head.jobs).toEqual([]);
    await Promise.all(servers.map(({ pass }) => pass()));
    await Promise.all(servers.map(({ pass }) => pass()));
    expect(head.jobs.map(({ id }) => id).sort()).toEqual([...numbers].sort());
    expect(new Set(head.jobs.map(({ user }) => user))).toEqual(new Set(["ada"]));
    expect(news).toHaveLength(50);
  });

  it("gives another number where somebody else has the old one, and the key tells it", async () => {
    const { head, server, news } = scene();
    const { submissions, pass } = server();
    const one = submission(head.cluster, { idempotencyKey: "a" });
    const { jobId } = await submissions.submit(one);
    head.kill();
    expect(head.submit("ben", {})).toBe(jobId);
    await pass();
    const again = await submissions.submit(one);
    expect(again.jobId).not.toBe(jobId);
    expect(head.jobs.filter(({ user }) => user === "ada")).toMatchObject([{ id: again.jobId }]);
    expect(news).toMatchObject([{ oldJobId: jobId, jobId: again.jobId }]);
  });

  it("gives SlurmUser's rights to nothing of the request", async () => {
    const { head, server } = scene();
    const { submissions, pass } = server();
    const job: JobRequest = {
      by: "slurmrestd",
      version: "v0.0.41",
      body: {
        job: {
          name: "x",
          priority: 9,
          nice: -5,
          admin_comment: "!",
          user_id: "root",
          site_factor: 1,
        },
      },
    };
    const { jobId } = await submissions.submit(submission(head.cluster, { job }));
    head.kill();
    await pass();
    const { as, job: asked } = head.asked[1] ?? {};
    expect(as).toBe("slurm");
    expect(asked).toEqual({
      name: "x",
      user_id: "ada",
      group_id: "2001",
      job_id: jobId,
      extra: expect.stringContaining("sluice="),
    });
  });

  it("is not asked again for what ended before", async () => {
    const { head, server, rows } = scene();
    const { submissions, pass } = server();
    const { jobId } = await submissions.submit(submission(head.cluster));
    head.end(jobId);
    head.kill();
    await pass();
    expect(head.jobs).toEqual([]);
    expect(await rows()).toMatchObject([{ state: "saved" }]);
  });

  it("has jobs of sbatch again, in the order of their numbers", async () => {
    const { head, server } = scene();
    const { submissions, pass } = server();
    const job: JobRequest = {
      by: "sbatch",
      script: "#!/bin/sh\n",
      options: [],
      workingDirectory: "/",
    };
    const made = [];
    for (let i = 0; i < 5; i++)
      made.push(await submissions.submit(submission(head.cluster, { job })));
    head.kill();
    await pass();
    expect(head.jobs.map(({ id, tag }) => [id, tag])).toEqual(
      made.map(({ jobId, submissionId }) => [jobId, `sluice=${submissionId}`]),
    );
  });
});

it("whatever is lost or killed: what was acknowledged is there once, and nothing is there twice", async () => {
  const fault = fc.constantFrom(undefined, "answer-lost", "request-lost", "killed");
  const step = fc.oneof(
    fc.record({ do: fc.constant("submit"), key: fc.option(fc.constantFrom("a", "b", "c")), fault }),
    fc.record({ do: fc.constantFrom("kill", "save", "pass", "end", "server dies") }),
  );
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 14 }), async (steps) => {
      const { clock, head, server, rows } = scene();
      let { submissions, pass } = server();
      const acknowledged = new Set<string>();
      const ended = new Set<string>();
      for (const one of steps) {
        if ("fault" in one) {
          head.faults.push(one.fault as never);
          const { key } = one;
          const asked = submission(head.cluster, key === null ? {} : { idempotencyKey: key });
          try {
            acknowledged.add((await submissions.submit(asked)).submissionId);
          } catch (error) {
            expect(error).toMatchObject({ code: "SLURM_UNREACHABLE" });
          }
          head.faults.length = 0;
        } else if (one.do === "kill") head.kill();
        else if (one.do === "save") head.save();
        else if (one.do === "pass") await pass();
        else if (one.do === "server dies") ({ submissions, pass } = server());
        else {
          const job = head.jobs.find(({ state }) => state === "PENDING");
          if (job?.tag !== undefined) ended.add(job.tag);
          if (job !== undefined) head.end(job.id);
        }
      }
      for (let i = 0; i < 3; i++) {
        await clock.sleep(150_000);
        await pass();
      }
      const tags = head.jobs.map(({ tag }) => tag);
      expect(new Set(tags).size).toBe(tags.length);
      for (const id of acknowledged) {
        expect(tags.includes(`sluice=${id}`) || ended.has(`sluice=${id}`)).toBe(true);
      }
      const open = (await rows()).filter(({ state }) => state === "called-off");
      expect(open).toEqual([]);
    }),
    { numRuns: 60 },
  );
}, 60_000);
