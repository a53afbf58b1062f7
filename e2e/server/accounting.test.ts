import { accountingRoutes, type Home, homeRoutes, jobsRoutes, type UseRow } from "@sluice/api";
import { afterAll, beforeAll, expect, test } from "vitest";
import { ask, clientOf, type Person, siteOfServer } from "./site.ts";

const { cluster } = siteOfServer();
const name = "demo";
/** Of this file's jobs alone, so that those of others are in no sum. */
const account = `e2e${Date.now()}`;
/** Tests may run over midnight. */
const from = new Date(Date.now() - 86_400_000).toISOString().slice(0, 10);

beforeAll(async () => {
  await cluster.ok(
    "root",
    `sacctmgr -i add account ${account} && sacctmgr -i add user ada,ben account=${account} && sacctmgr -i modify account ${account} set GrpTRESMins=cpu=5000 MaxJobs=40`,
  );
});
afterAll(async () => {
  await cluster.onHead("root", `scancel --account=${account}`);
  await cluster.until(
    "its jobs to be over",
    async () => (await cluster.ok("root", `squeue -h -A ${account}`)) === "",
    60,
  );
  await cluster.ok(
    "root",
    `sacctmgr -i delete user ada,ben account=${account} && sacctmgr -i delete account ${account}`,
  );
});

async function submit(person: Person, script: string, options: readonly string[] = []) {
  const { jobId } = await clientOf(person).call(jobsRoutes.submitJob, {
    params: { cluster: name },
    body: {
      script: `#!/bin/sh\n${script}\n`,
      options: ["--partition=burst", `--account=${account}`, ...options],
    },
  });
  return jobId;
}

const useOf = (person: Person, by: "user" | "partition" = "user") =>
  clientOf(person).call(accountingRoutes.getUse, {
    query: { from, by: [by], account: [account], cluster: [name] },
  });

/** What sacct says of each run of this file's jobs. */
async function runsBySacct() {
  const fields = "user,state,cputimeraw,elapsedraw";
  const states = "COMPLETED,FAILED,CANCELLED,REQUEUED,TIMEOUT,NODE_FAIL";
  const out = await cluster.ok(
    "root",
    `sacct -D -X -n -P -a -A ${account} -S ${from} -E now -s ${states} -o ${fields}`,
  );
  return out
    .trim()
    .split("\n")
    .map((line) => {
      const [user = "", state = "", cpu = "", elapsed = ""] = line.split("|");
      return { user, state: state.split(" ")[0] ?? "", cpu: Number(cpu), elapsed: Number(elapsed) };
    });
}

test("what is added up is what sacct has, runs that were requeued and all", async () => {
  const again = await submit("ada", "sleep 40", ["--job-name=again"]);
  await submit("ada", "true", ["--array=1-4"]);
  await submit("ada", "exit 3");
  await submit("ben", "sleep 5", ["--cpus-per-task=1"]);
  const held = await submit("ben", "true", ["--hold"]);
  const isRunning = async () => (await cluster.ok("root", `squeue -h -j ${again} -o %T`)).trim();
  await cluster.until("it to run", async () => (await isRunning()) === "RUNNING", 60);
  // It shall have used something.
  await cluster.until(
    "it to have run for 3 s",
    async () => (await cluster.ok("root", `squeue -h -j ${again} -o %M`)).trim() >= "0:03",
    30,
  );
  await cluster.ok("root", `scontrol requeue ${again}`);
  await cluster.until("it to be back", async () => (await isRunning()) === "PENDING", 60);
  await cluster.ok("root", `scancel ${again} ${held}`);
  const use = await cluster.until(
    "all to be added up",
    async () => {
      const found = await useOf("olga");
      const { jobs, requeues, running } = found.totals;
      return jobs === 8 && requeues === 1 && running === 0 && found;
    },
    90,
  );

  const runs = await runsBySacct();
  const sum = (user: string, of: (run: (typeof runs)[number]) => number) =>
    runs.filter((run) => run.user === user).reduce((all, run) => all + of(run), 0);
  const rows = new Map<string | undefined, UseRow>(use.rows.map((row) => [row.user, row]));
  for (const user of ["ada", "ben"]) {
    expect(rows.get(user)?.cpuSeconds, user).toBe(sum(user, ({ cpu }) => cpu));
    expect(rows.get(user)?.nodeSeconds, user).toBe(sum(user, ({ elapsed }) => elapsed));
    const count = (state: string) => sum(user, (run) => (run.state === state ? 1 : 0));
    expect(rows.get(user)?.ends, user).toMatchObject({
      completed: count("COMPLETED"),
      failed: count("FAILED"),
      cancelled: count("CANCELLED"),
    });
  }
  expect(use.totals.requeues).toBe(runs.filter(({ state }) => state === "REQUEUED").length);
  expect(use.totals.cost).toBeGreaterThan(0);
  expect(use.totals.unpricedNodeSeconds).toBe(0);
}, 240_000);

test("everybody sees their own use, whatever they ask for", async () => {
  expect((await useOf("ada")).rows.map(({ user }) => user)).toEqual(["ada"]);
  expect((await useOf("ben")).totals.cpuSeconds).toBeLessThan(
    (await useOf("olga")).totals.cpuSeconds,
  );
  expect((await useOf("rita")).rows).toEqual([]);
  const others = await ask(`/api/v1/accounting/use?by=user&user=ada&account=${account}`, "ben");
  expect(await others.json()).toMatchObject({ rows: [], totals: { jobs: 0, cpuSeconds: 0 } });
  const csv = await ask(`/api/v1/accounting/use.csv?by=user&account=${account}`, "ben");
  expect(csv.headers.get("content-type")).toContain("text/csv");
  expect(csv.headers.get("content-disposition")).toContain("attachment");
  const lines = (await csv.text()).trim().split("\r\n");
  expect(lines).toHaveLength(2);
  expect(lines[1]).toMatch(/^ben,/);
  expect((await ask("/api/v1/accounting/use")).status).toBe(401);
  expect((await ask("/api/v1/accounting/use?from=2026-02-31", "ada")).status).toBe(400);
  expect((await ask("/api/v1/accounting/use?from=2026-02-02&to=2026-02-01", "ada")).status).toBe(
    400,
  );
});

test("home has what is one's own, and what concerns one", async () => {
  const jobId = await submit("ada", "sleep 300", ["--job-name=mine-now"]);
  const homeOf = (person: Person): Promise<Home> =>
    clientOf(person).call(homeRoutes.getHome, {}) as Promise<Home>;
  const home = await cluster.until(
    "it to be on the home page",
    async () => {
      const found = await homeOf("ada");
      return found.jobs.items.some(({ id }) => id === jobId) && found;
    },
    30,
  );
  expect(home.jobs.items.every(({ user }) => user === "ada")).toBe(true);
  expect(home.queues.map((queue) => queue.name)).toEqual(["cpu", "burst"]);
  expect(home.queues.find((queue) => queue.name === "burst")?.lastDay?.started).toBeGreaterThan(0);
  expect(home.limits).toContainEqual(
    expect.objectContaining({ account, name: "GrpTRESMins", resource: "cpu", limit: 5000 }),
  );
  expect(home.limits).toContainEqual(
    expect.objectContaining({ account, of: "user", name: "MaxJobs", limit: 40 }),
  );
  expect(home.news).toContainEqual(
    expect.objectContaining({ kind: "job-failed", state: "FAILED", exitCode: "3:0" }),
  );
  expect(home.spend.month.cpuSeconds).toBeGreaterThan(0);
  await clientOf("ada").call(jobsRoutes.cancelJob, { params: { cluster: name, job: `${jobId}` } });
  // Who is nobody on clusters has queues, and nothing of others'.
  const olga = await homeOf("olga");
  expect(olga).toMatchObject({ jobs: { total: 0, items: [] }, limits: [] });
  expect(olga.queues).toHaveLength(2);
  expect(olga.news.filter(({ kind }) => kind === "job-failed")).toEqual([]);
  const waits = await clientOf("rita").call(accountingRoutes.listWaits, { query: {} });
  expect(waits.items.map(({ partition }) => partition)).toContain("burst");
});
