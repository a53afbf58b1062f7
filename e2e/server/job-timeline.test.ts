import {
  type JobTimeline,
  type JobTimelineStep,
  jobsRoutes,
  jobTimelineRoutes,
  type ProblemError,
} from "@sluice/api";
import { expect, test } from "vitest";
import { ask, clientOf, type Person, siteOfServer } from "./site.ts";

const cluster = "demo";

async function submitted(person: Person, script: string, options: readonly string[] = []) {
  const { jobId } = await clientOf(person).call(jobsRoutes.submitJob, {
    params: { cluster },
    body: { script: `#!/bin/sh\n${script}\n`, options: ["--partition=burst", ...options] },
  });
  return jobId;
}

const timeline = (person: Person, job: number | string) =>
  clientOf(person).call(jobTimelineRoutes.getJobTimeline, { params: { cluster, job: `${job}` } });

const kinds = ({ steps }: JobTimeline) => steps.map(({ kind }) => kind);
type Step<Kind> = Extract<JobTimelineStep, { kind: Kind }>;
const stepOf = <Kind extends JobTimelineStep["kind"]>(
  { steps }: JobTimeline,
  kind: Kind,
): Step<Kind> => {
  const found = steps.findLast((step) => step.kind === kind);
  if (found === undefined) throw new Error(`no ${kind} in ${JSON.stringify(steps)}`);
  return found as Step<Kind>;
};

function untilTold(person: Person, job: number, what: string, is: (told: JobTimeline) => boolean) {
  const { cluster: place } = siteOfServer();
  return place.until(
    `the time line of job ${job} to tell ${what}`,
    async () => {
      const told = await timeline(person, job);
      return is(told) && told;
    },
    120,
  );
}

test("a job that needed machines tells of each step, and what it cost", async () => {
  const { cluster: place } = siteOfServer();
  await place.until(
    "the queue to be empty",
    async () => (await place.ok("root", "squeue -h -p burst")).trim() === "",
    90,
  );
  await place.ok(
    "root",
    "scontrol update nodename=$(sinfo -h -p burst -o %N) state=power_down_force reason=test || true",
  );
  await place.until(
    "the nodes to be off",
    async () =>
      (await place.ok("root", "sinfo -h -N -p burst -o %T"))
        .trim()
        .split("\n")
        .every((state) => state.endsWith("~")),
    120,
  );
  const job = await submitted("ada", "sleep 2; exit 127", ["--job-name=told"]);
  const told = await untilTold("ada", job, "its end", (one) => kinds(one).includes("ended"));
  expect(kinds(told).filter((kind) => kind !== "waiting")).toEqual([
    ...["submitted", "machines", "booting", "running", "ended"],
  ]);
  const times = told.steps.map(({ time }) => Date.parse(time));
  expect(times).toEqual(times.toSorted((a, b) => a - b));
  const [tried] = stepOf(told, "machines").tried;
  expect(tried).toMatchObject({ outcome: "accepted", market: "on-demand" });
  const [node] = stepOf(told, "booting").nodes;
  expect(node).toMatchObject({ name: told.nodes[0], instanceType: tried?.instanceType });
  expect(Date.parse(node?.registeredAt ?? "")).toBeGreaterThanOrEqual(
    Date.parse(node?.launchedAt ?? ""),
  );
  expect(stepOf(told, "ended")).toMatchObject({
    ...{ state: "FAILED", exitCode: 127, signal: 0 },
    text: expect.stringContaining("not found"),
  });
  expect(told.cost?.unpriced).toBe(0);
  expect(told.incomplete).toBeUndefined();
});

test("each requeue begins another round, and whoever cancelled is named", async () => {
  const { cluster: place } = siteOfServer();
  const job = await submitted("ada", "sleep 600", ["--job-name=twice"]);
  await untilTold("ada", job, "that it runs", (one) => kinds(one).includes("running"));
  await clientOf("ada").call(jobsRoutes.requeueJob, { params: { cluster, job: `${job}` } });
  const waits = await untilTold("ada", job, "that it waits again", (one) =>
    one.steps.some(({ kind, round }) => kind === "waiting" && round === 2),
  );
  expect(stepOf(waits, "requeued")).toMatchObject({ round: 2 });
  await place.ok("root", `scontrol update jobid=${job} starttime=now`);
  await untilTold("ada", job, "its second run", (one) =>
    one.steps.some(({ kind, round }) => kind === "running" && round === 2),
  );
  await clientOf("olga").call(jobsRoutes.cancelJob, { params: { cluster, job: `${job}` } });
  const over = await untilTold("ada", job, "its end", (one) => kinds(one).includes("ended"));
  expect(stepOf(over, "ended")).toMatchObject({
    ...{ state: "CANCELLED", round: 2, text: "It was cancelled by olga." },
  });
  expect(kinds(over).filter((kind) => kind === "running")).toHaveLength(2);
});

test("a job that waits says why, and nobody else's is told of", async () => {
  const job = await submitted("ada", "true", ["--hold", "--job-name=held"]);
  const told = await untilTold("ada", job, "why it waits", (one) => one.next.length > 0);
  const step = stepOf(told, "waiting");
  expect(step).toMatchObject({ reason: "JobHeldUser", text: expect.stringContaining("Release") });
  expect(step.until).toBeUndefined();
  const path = `/api/v1/clusters/demo/jobs/${job}/timeline`;
  expect((await ask(path, "ben")).status).toBe(404);
  expect((await ask(path)).status).toBe(401);
  expect(await timeline("olga", job)).toMatchObject({ id: job });
  await clientOf("ada").call(jobsRoutes.cancelJob, { params: { cluster, job: `${job}` } });
  const over = await untilTold("ada", job, "its end", (one) => kinds(one).includes("ended"));
  expect(stepOf(over, "ended").text).toContain("cancelled by ada");
});

test("a submission is tried: when, where, for how much, or why not", async () => {
  const { cluster: place } = siteOfServer();
  const try_ = (options: string[], script = "#!/bin/sh\n#SBATCH --time=30\ntrue\n") =>
    clientOf("ada").call(jobTimelineRoutes.estimateJob, {
      params: { cluster },
      body: { script, options },
    });
  const before = (await place.ok("ada", "squeue -h -u ada")).split("\n").length;
  const told = await try_(["--partition=burst", "--ntasks=1"]);
  expect(told).toMatchObject({
    ...{ accepted: true, partition: "burst", timeLimitSeconds: 1800 },
    nodes: [expect.stringMatching(/^burst-/)],
  });
  expect(Date.parse(told.startTime ?? "")).toBeGreaterThan(Date.now() - 60_000);
  expect(told.cost.unpriced).toBe(0);
  expect(told.cost.usdAtTimeLimit).toBeCloseTo(told.cost.usdPerHour / 2);
  const refused = await try_(["--partition=burst", "--nodes=9999"]);
  expect(refused).toMatchObject({
    accepted: false,
    problem: expect.stringMatching(/node|processors/i),
  });
  const none = await try_(["--partition=nowhere"]);
  expect(none.problem).toMatch(/invalid partition/);
  const evil = (await try_(["--uid=0"]).catch((error: ProblemError) => error)) as ProblemError;
  expect(evil.problem.code).toBe("SBATCH_OPTION_REFUSED");
  expect((await place.ok("ada", "squeue -h -u ada")).split("\n")).toHaveLength(before);
});
