import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type JobDetail, jobsRoutes, type ProblemError } from "@sluice/api";
import { jobScript } from "@sluice/jobs";
import { expect, test } from "vitest";
import { ask, clientOf, type PEOPLE, serverSite, siteOfServer } from "./site.ts";

const cluster = "demo";
type Person = keyof typeof PEOPLE;

const submit = (person: Person, script: string, options: readonly string[] = [], key?: string) =>
  clientOf(person).call(jobsRoutes.submitJob, {
    params: { cluster },
    body: { script: `#!/bin/sh\n${script}\n`, options: ["--partition=burst", ...options] },
    ...(key === undefined ? {} : { idempotencyKey: key }),
  });
const describe = (person: Person, job: number | string) =>
  clientOf(person).call(jobsRoutes.getJob, { params: { cluster, job: `${job}` } });
const list = (person: Person, text: string) =>
  clientOf(person).call(jobsRoutes.listJobs, { params: { cluster }, query: { text } });

function untilJob(
  person: Person,
  job: number | string,
  what: string,
  is: (job: JobDetail) => boolean,
): Promise<JobDetail> {
  const { cluster: place } = siteOfServer();
  return place.until(
    `job ${job} to be ${what}`,
    async () => {
      const found = (await describe(person, job)) as JobDetail;
      return is(found) && found;
    },
    90,
  );
}

const refused = (status: number, code: string) =>
  expect.objectContaining({ problem: expect.objectContaining({ status, code }) });

async function failure(work: Promise<unknown>): Promise<ProblemError> {
  return work.then(
    () => {
      throw new Error("it was done");
    },
    (error: ProblemError) => error,
  );
}

test("a job is submitted once, followed to its end, and told of with what it used", async () => {
  const key = crypto.randomUUID();
  const script = "echo début; sleep 3; echo fin; echo wrong >&2";
  const { jobId, isRepeat } = await submit("ada", script, ["--job-name=tale", "--export=ALL"], key);
  expect(isRepeat).toBe(false);
  expect(await submit("ada", script, ["--job-name=tale", "--export=ALL"], key)).toMatchObject({
    jobId,
    isRepeat: true,
  });

  let text = "";
  for await (const { event, data } of clientOf("ada").events(jobsRoutes.followJobOutput, {
    params: { cluster, job: `${jobId}` },
  })) {
    if ("text" in data) text += data.text;
    if (event !== "end") continue;
    expect(data).toEqual({ state: "COMPLETED", exitCode: "0:0" });
    break;
  }
  expect(text).toBe("début\nfin\nwrong\n");

  const job = await untilJob("ada", jobId, "accounted for", ({ efficiency }) => !!efficiency);
  expect(job).toMatchObject({
    ...{ name: "tale", user: "ada", state: "COMPLETED", exitCode: "0:0", partition: "burst" },
    workingDirectory: "/home/ada",
    standardOutput: `/home/ada/slurm-${jobId}.out`,
    submissionTag: expect.stringMatching(/^sluice=/),
  });
  expect(job.steps.map(({ id }) => id)).toContain(`${jobId}.batch`);
  expect(job.elapsedSeconds).toBeGreaterThanOrEqual(3);

  const output = await ask(`/api/v1/clusters/demo/jobs/${jobId}/output?start=-6`, "ada");
  expect(await output.text()).toBe("wrong\n");
  const kept = await ask(`/api/v1/clusters/demo/jobs/${jobId}/script`, "ada");
  expect(await kept.text()).toBe(`#!/bin/sh\n${script}\n`);

  // What slurmctld forgets after minutes, accounting still has.
  const { cluster: place } = siteOfServer();
  const forgotten = {
    command: async (argv: readonly string[]) => {
      if (argv[0] === "scontrol") return { exitCode: 1, stdout: "", stderr: "" };
      const { stdout } = await place.onHead("ada", argv.join(" "));
      return { exitCode: 0, stdout, stderr: "" };
    },
  };
  const late = await jobScript(forgotten, { id: jobId, label: `${jobId}` });
  expect(late).toBe(`#!/bin/sh\n${script}\n`);
});

test("others' jobs are not there, and operators act on them as their users, audited", async () => {
  const { jobId } = await submit("ada", "sleep 300", ["--job-name=secret-of-ada"]);
  const { cluster: place } = siteOfServer();
  await place.until("it to be listed", async () => (await list("ada", "secret")).total === 1, 20);
  expect((await list("ben", "secret")).items).toEqual([]);
  expect((await list("olga", "secret")).items).toMatchObject([{ id: jobId, user: "ada" }]);
  const params = { cluster, job: `${jobId}` };
  for (const { id } of Object.values(jobsRoutes).filter(({ path }) => path.includes("{job}"))) {
    const { method, path } = jobsRoutes[id as keyof typeof jobsRoutes];
    const url = path.replace("{cluster}", cluster).replace("{job}", `${jobId}`);
    const body = id === "signalJob" ? { signal: "USR1" } : id === "resubmitJob" ? {} : undefined;
    const init: RequestInit = {
      method,
      ...(body === undefined
        ? {}
        : { body: JSON.stringify(body), headers: { "content-type": "application/json" } }),
    };
    const answer = await ask(url, "ben", init);
    expect([id, answer.status]).toEqual([id, 404]);
    expect(await answer.json()).toMatchObject({ code: "JOB_NOT_FOUND" });
    expect((await ask(url, undefined, init)).status).toBe(401);
  }
  // What its user never wrote runs as its user for administrators only.
  for (const body of [
    { script: "#!/bin/sh\nid\n" },
    { options: ["--output=/home/ada/.profile"] },
  ]) {
    const other = clientOf("olga").call(jobsRoutes.resubmitJob, { params, body });
    await expect(other).rejects.toMatchObject({ code: "NOT_ALLOWED" });
  }
  await clientOf("olga").call(jobsRoutes.cancelJob, { params });
  await untilJob("ada", jobId, "cancelled", ({ state }) => state === "CANCELLED");
  const audit = await ask("/api/v1/audit?action=cancelJob", "admin");
  expect(JSON.stringify(await audit.json())).toContain('"actingAs":"ada"');
});

test("jobs are held, released, signalled, requeued and submitted again", async () => {
  const script = "trap 'echo heard; exit 3' USR1; echo up; sleep 300 & wait";
  const { jobId } = await submit("ada", script, ["--hold", "--job-name=obedient"]);
  const held = await untilJob("ada", jobId, "held", ({ reason }) => reason === "JobHeldUser");
  expect(held.waiting).toContain("Release it");
  const params = { cluster, job: `${jobId}` };
  const ada = clientOf("ada");
  await ada.call(jobsRoutes.releaseJob, { params });
  await untilJob("ada", jobId, "running", ({ state }) => state === "RUNNING");
  await ada.call(jobsRoutes.requeueJob, { params });
  await untilJob("ada", jobId, "back", ({ restarts }) => restarts === 1);
  const { cluster: place } = siteOfServer();
  await place.ok("root", `scontrol update jobid=${jobId} starttime=now`);
  await untilJob("ada", jobId, "running again", ({ state }) => state === "RUNNING");
  await place.until(
    "the script to listen",
    async () => (await place.ok("ada", `cat slurm-${jobId}.out`)).includes("up"),
    30,
  );
  await ada.call(jobsRoutes.signalJob, { params, body: { signal: "USR1", to: "batch" } });
  const over = await untilJob("ada", jobId, "over", ({ isFinished }) => isFinished);
  expect(over).toMatchObject({ state: "FAILED", exitCode: "3:0" });
  const again = await ada.call(jobsRoutes.resubmitJob, {
    params,
    body: { options: ["--job-name=again", "--hold"] },
  });
  expect(again.jobId).not.toBe(jobId);
  const second = await untilJob("ada", again.jobId, "held", ({ state }) => state === "PENDING");
  expect(second).toMatchObject({
    name: "again",
    partition: "burst",
    workingDirectory: "/home/ada",
  });
  await ada.call(jobsRoutes.cancelJob, { params: { cluster, job: `${again.jobId}` } });
});

test("tasks of an array are jobs of their own, and are cancelled alone", async () => {
  const { jobId } = await submit("ada", "sleep 300", ["--array=1-4%2", "--job-name=sweep"]);
  await untilJob("ada", `${jobId}_1`, "running", ({ state }) => state === "RUNNING");
  const ada = clientOf("ada");
  await ada.call(jobsRoutes.cancelJob, { params: { cluster, job: `${jobId}_[1,3-4]` } });
  await untilJob("ada", `${jobId}_1`, "cancelled", ({ state }) => state === "CANCELLED");
  const left = await untilJob("ada", `${jobId}_2`, "running", ({ state }) => state === "RUNNING");
  expect(left.array).toMatchObject({ id: jobId });
  const query = { array: `${jobId}`, finished: "false" } as const;
  const { cluster: place } = siteOfServer();
  const living = await place.until(
    "one task to be left",
    async () => {
      const page = await ada.call(jobsRoutes.listJobs, { params: { cluster }, query });
      return page.total === 1 && page.items;
    },
    30,
  );
  expect(living.map(({ label }) => label)).toEqual([`${jobId}_2`]);
  await ada.call(jobsRoutes.cancelJob, { params: { cluster, job: `${jobId}` } });
});

test("the search has filters, pages and totals, over jobs that ended too", async () => {
  const { cluster: place } = siteOfServer();
  const ids: number[] = [];
  for (const code of [0, 1, 0]) {
    ids.push((await submit("ben", `exit ${code}`, ["--job-name=short-one"])).jobId);
  }
  for (const id of ids) await untilJob("ben", id, "over", ({ isFinished }) => isFinished);
  const page = await clientOf("ben").call(jobsRoutes.listAllJobs, {
    query: { text: "short-one", sort: "id", order: "ascending", limit: "2" },
  });
  expect(page).toMatchObject({ total: 3, totals: { COMPLETED: 2, FAILED: 1 } });
  expect(page.items.map(({ id }) => id)).toEqual(ids.slice(0, 2));
  const rest = await clientOf("ben").call(jobsRoutes.listAllJobs, {
    query: {
      ...{ text: "short-one", sort: "id", order: "ascending", limit: "2" },
      cursor: page.next as string,
    },
  });
  expect(rest.items.map(({ id }) => id)).toEqual(ids.slice(2));
  expect(rest.next).toBeUndefined();
  const failed = await clientOf("ben").call(jobsRoutes.listJobs, {
    params: { cluster },
    query: { text: "short-one", state: ["failed"] },
  });
  expect(failed.items.map(({ id }) => id)).toEqual([ids[1]]);
  expect(place.name).toBe(cluster);
});

test("what is malformed, or Slurm refuses, is said so, and nothing of it is done", async () => {
  expect(await failure(describe("ada", "12;id"))).toEqual(refused(400, "JOB_ID_INVALID"));
  expect(await failure(describe("ada", 999_999))).toEqual(refused(404, "JOB_NOT_FOUND"));
  expect(await failure(submit("ada", "true", ["--partition=none"]))).toEqual(
    refused(422, "SLURM_REFUSED"),
  );
  for (const option of ["--wrap=id", "--uid=0", "-p burst", "--x=a\nb"]) {
    const { problem } = await failure(submit("ada", "true", [option]));
    expect(problem.status).toBe(400);
  }
  expect(await failure(submit("rita", "true"))).toEqual(refused(403, "NOT_ALLOWED"));
  expect(await failure(submit("olga", "true"))).toEqual(refused(403, "UNIX_USER_MISSING"));
  const as = (person: Person) =>
    clientOf(person).call(jobsRoutes.submitJob, {
      params: { cluster },
      query: { as: "ada" },
      body: { script: "#!/bin/sh\nid -un\n", options: ["--partition=burst"] },
    });
  expect(await failure(as("ben"))).toEqual(refused(403, "NOT_ALLOWED"));
  const { jobId } = await as("admin");
  expect((await untilJob("ada", jobId, "there", () => true)).user).toBe("ada");
});

test("the command line does the same by the server and straight on the head", async () => {
  const { site } = siteOfServer();
  const { url, tokens } = serverSite();
  const script = join(site.run.folder, "job.sh");
  writeFileSync(script, '#!/bin/sh\n#SBATCH --job-name=by-cli\necho "$1 $PWD"\n');
  const byServer = { env: { SLUICE_SERVER: url, SLUICE_TOKEN: tokens.ada } };
  const straight = { env: {} };
  await siteOfServer().cluster.ok("ada", "mkdir -p 'by cli'");
  for (const [how, words] of [
    [byServer, ["-n", cluster]],
    [straight, ["-n", cluster, "-u", "ada"]],
  ] as const) {
    const call = async (...args: string[]) => {
      const result = await site.sluice(args, how);
      expect(result.stderr).toBe("");
      return result;
    };
    const submitted = await call(
      ...["submit", ...words, "-p", "burst", "--chdir", "/home/ada/by cli", script, "a b"],
    );
    const { jobId } = submitted.json<{ jobId: number }>();
    const job = () => call("job", ...words, `${jobId}`);
    const { cluster: place } = siteOfServer();
    const over = await place.until(
      "it to be over",
      async () => {
        const found = (await job()).json<JobDetail>();
        return found.isFinished && found;
      },
      60,
    );
    expect(over).toMatchObject({
      name: "by-cli",
      state: "COMPLETED",
      workingDirectory: "/home/ada/by cli",
    });
    const output = await place.ok("root", `cat "/home/ada/by cli/slurm-${jobId}.out"`);
    expect(output).toBe("a b /home/ada/by cli");
    const listed = (await call("jobs", ...words, "--all", "by-cli")).json<{
      jobs: readonly { id: number }[];
    }>();
    expect(listed.jobs.map(({ id }) => id)).toContain(jobId);
    const followed = await call("job", ...words, `${jobId}`, "--follow");
    expect(followed.stdout).toContain("a b /home/ada/by cli");
    const long = (await call("submit", ...words, "-p", "burst", "--hold", script)).json<{
      jobId: number;
    }>();
    await call("cancel", ...words, `${long.jobId}`);
    const shown = (await call("job", ...words, `${long.jobId}`)).json<JobDetail>();
    expect(["CANCELLED", "PENDING"]).toContain(shown.state);
  }
  expect(readFileSync(script, "utf8")).toContain("by-cli");
});

test("Slurm away: what was known is shown, with its age, and goes on when it is back", async () => {
  const { cluster: place } = siteOfServer();
  const { jobId } = await submit("ada", "sleep 600", ["--job-name=patient"]);
  await untilJob("ada", jobId, "running", ({ state }) => state === "RUNNING");
  const status = async () => (await list("ada", "patient")).status[0];
  await place.ok("root", "systemctl stop slurmctld slurmdbd");
  try {
    const away = await place.until(
      "the list to say so",
      async () => {
        const now = await status();
        return now?.problem !== undefined && now;
      },
      60,
    );
    expect(away.queueAt).toBeDefined();
    expect((await list("ada", "patient")).items).toMatchObject([{ id: jobId, state: "RUNNING" }]);
  } finally {
    await place.ok("root", "systemctl start slurmdbd slurmctld");
  }
  await place.until("it to go on", async () => (await status())?.problem === undefined, 90);
  await clientOf("ada").call(jobsRoutes.cancelJob, { params: { cluster, job: `${jobId}` } });
  const over = await untilJob("ada", jobId, "over", ({ isFinished }) => isFinished);
  expect(over.state).toBe("CANCELLED");
});
