import { randomUUID } from "node:crypto";
import type { RunsTable } from "@sluice/database";
import { type TestDatabase, testDatabase } from "@sluice/database/testing";
import fc from "fast-check";
import type { Insertable } from "kysely";
import { beforeAll, describe, expect, it } from "vitest";
import { createSubmissions } from "../submissions/create-submissions.ts";
import { Groups } from "../submissions/groups.ts";
import { Keeper } from "../submissions/keeper.ts";
import { createLooker } from "../submissions/look.ts";
import { SubmissionStore } from "../submissions/store.ts";
import { tagOf } from "../submissions/tag.ts";
import { FakeHead } from "../testing/fake-head.ts";
import { HastyClock } from "../testing/hasty-clock.ts";
import { createFailover } from "./failover.ts";

let site: TestDatabase;

beforeAll(async () => {
  site = await testDatabase();
  return () => site[Symbol.asyncDispose]();
});

/** Two clusters, of which `a` is lost; jobs that begin are noted with where they did. */
function scene() {
  const clock = new HastyClock();
  const names = ["a", "b"].map((name) => `${name}-${randomUUID().slice(0, 8)}`);
  const [a, b] = names.map((name) => new FakeHead(name, () => clock.now())) as [FakeHead, FakeHead];
  const heads = new Map([a, b].map((head) => [head.cluster, head]));
  const gateway = async (cluster: string) => {
    const head = heads.get(cluster);
    if (head === undefined || head.isAway) throw new Error(`${cluster} is away`);
    return head.gateway();
  };
  const revoked = new Set<string>();
  const ran: string[] = [];
  const world = {
    ...{ fence: "off" as "off" | "unsure", isOn: true, canRevoke: true, released: 0 },
    /** Numbers of jobs of the lost cluster that accounting has as ended. */
    ended: new Set<number>(),
  };
  /** slurmctld of a cluster starts what waits, unless the head's gate says no. */
  const begin = (head: FakeHead) => {
    if (head === a && !world.isOn) return;
    for (const job of head.jobs) {
      if (job.state !== "PENDING" || (head === a && revoked.has(job.tag ?? ""))) continue;
      job.state = "RUNNING";
      ran.push(job.tag ?? "");
    }
  };
  const parts = { database: site.database, gateway, clock, random: { id: () => randomUUID() } };
  const store = new SubmissionStore(site.database, randomUUID(), clock);
  const keeper = new Keeper({
    ...{ ...parts, store, groups: new Groups(), keepsRequests: true },
    look: async (row) =>
      createLooker(
        () => gateway(row.cluster),
        () => clock.now(),
      )(row),
  });
  const failover = createFailover({
    ...{ database: site.database, clock },
    fence: async () => {
      if (world.fence === "off") {
        world.isOn = false;
        a.isAway = true;
      }
      return world.fence;
    },
    revoke: async (_, tags) => {
      if (world.canRevoke) for (const tag of tags) revoked.add(tag);
      return world.canRevoke;
    },
    release: async () => {
      world.released += 1;
      world.isOn = true;
      a.isAway = false;
    },
    started: async (cluster, ids) => {
      const jobs = heads.get(cluster)?.jobs ?? [];
      return ids.filter((id) => jobs.find((job) => job.id === id)?.state !== "PENDING");
    },
    hasEnded: async ({ jobId }) => jobId !== undefined && world.ended.has(jobId),
    target: async () => (b.isAway ? undefined : b.cluster),
    cancel: async (cluster, submissions) => {
      const head = await gateway(cluster);
      for (const [, id] of await head.find(submissions.map((one) => tagOf(one.id)))) {
        await head.user("ada").command(["scancel", String(id)]);
      }
      return true;
    },
  });
  const submissions = createSubmissions({ ...parts, keepsRequests: true });
  const submit = (key: string, cluster = a.cluster) =>
    submissions.submit({
      ...{ cluster, unixUser: "ada", principalId: "p", idempotencyKey: key },
      job: {
        by: "slurmrestd",
        version: "v0.0.41",
        body: { job: { script: "#!/bin/sh\n", name: key } },
      },
    });
  const keep = async () => {
    for (const head of [a, b]) {
      head.save();
      await keeper.pass(head.cluster).catch(() => {});
    }
  };
  return { a, b, begin, failover, keep, ran, revoked, submit, world };
}

/** As its submission's key names it. */
function runOf(cluster: string, id: string, jobId: number): Insertable<RunsTable> {
  const now = new Date();
  return {
    ...{ id, name: "r", owner_id: "p", owner_name: "ada", cluster, unix_user: "ada" },
    ...{ application_id: null, application_name: "x", application_version: 1, folder: "" },
    ...{ field_values: "{}", state: "queued", request: null, job_id: jobId, job_state: null },
    ...{ error: null, client_key: null, client_key_hash: null, keep_seconds: null },
    ...{ created_at: now, submitted_at: now, started_at: null, ended_at: null, changed_at: now },
  } as never;
}

describe("a cluster that is lost", () => {
  it("has its waiting jobs moved once, with their tags, and not those that began", async () => {
    const { a, b, begin, failover, keep, ran, submit } = scene();
    const began = await submit("began");
    await keep();
    begin(a);
    await failover.pass();
    const waits = await submit("waits");
    await keep();
    await failover.declareLost(a.cluster, "root");
    for (let pass = 0; pass < 3; pass += 1) {
      await failover.pass();
      await keep();
    }
    expect(b.jobs.map(({ tag, user }) => [tag, user])).toEqual([
      [tagOf(waits.submissionId), "ada"],
    ]);
    expect(await failover.losses()).toMatchObject([{ state: "moved", moved: 1 }].slice(0, 1));
    // Sent again under its key it is the job that was moved, also while its cluster is away.
    expect(await submit("waits")).toMatchObject({
      submissionId: waits.submissionId,
      isRepeat: true,
    });
    begin(b);
    await failover.letBack(a.cluster);
    await failover.pass();
    expect(a.jobs.map(({ tag }) => tag)).toEqual([tagOf(began.submissionId)]);
    begin(a);
    expect(ran.toSorted()).toEqual([began, waits].map((one) => tagOf(one.submissionId)).toSorted());
    await failover.pass();
    expect((await failover.losses()).map(({ cluster }) => cluster)).not.toContain(a.cluster);
  });

  it("keeps its jobs while it may still run, or can't be told not to start them", async () => {
    const { a, b, failover, keep, submit, world } = scene();
    await submit("waits");
    await keep();
    world.fence = "unsure";
    await failover.declareLost(a.cluster, "root");
    await failover.pass();
    await keep();
    const mine = async () => (await failover.losses()).find(({ cluster }) => cluster === a.cluster);
    expect(await mine()).toMatchObject({ state: "lost", problem: expect.stringContaining("sure") });
    world.fence = "off";
    world.canRevoke = false;
    await failover.pass();
    await keep();
    expect(await mine()).toMatchObject({
      state: "fenced",
      problem: expect.stringContaining("revoked"),
    });
    expect(b.jobs).toEqual([]);
    world.canRevoke = true;
    await failover.pass();
    await keep();
    expect(b.jobs).toHaveLength(1);
  });

  it("leaves what ended there, though no server saw it begin, and says where the others went", async () => {
    const { a, b, failover, keep, submit, world } = scene();
    const [over, waits] = [await submit("over"), await submit("run:7")];
    await keep();
    const run = runOf(a.cluster, "7", waits.jobId);
    await site.database.insertInto("runs").values(run).execute();
    world.ended.add(over.jobId);
    await failover.declareLost(a.cluster, "root");
    await failover.pass();
    const from = a.cluster;
    expect(await failover.movedJobs({ from, limit: 10 })).toMatchObject([
      { from, fromJobId: waits.jobId, cluster: b.cluster, jobId: undefined, unixUser: "ada" },
    ]);
    await keep();
    await failover.pass();
    expect(b.jobs).toHaveLength(1);
    expect(await failover.movedJobs({ from, unixUser: "ada", limit: 10 })).toMatchObject([
      { cluster: b.cluster, jobId: b.jobs[0]?.id, isRefused: false },
    ]);
    expect(await failover.movedJobs({ from, unixUser: "ben", limit: 10 })).toEqual([]);
    // The run is followed where its job is now.
    const moved = await site.database.selectFrom("runs").selectAll().execute();
    expect(moved).toMatchObject([{ cluster: b.cluster, job_id: b.jobs[0]?.id }]);
  });

  it("runs nothing twice, in whatever order things happen", async () => {
    const steps = [
      "pass",
      "keep",
      "begin a",
      "begin b",
      "fence",
      "on by hand",
      "revoke",
      "b away",
    ] as const;
    await fc.assert(
      fc.asyncProperty(fc.array(fc.constantFrom(...steps), { maxLength: 25 }), async (order) => {
        const { a, b, begin, failover, keep, ran, submit, world } = scene();
        const all = [await submit("1"), await submit("2"), await submit("3")];
        await keep();
        await failover.declareLost(a.cluster, "root");
        for (const step of order) {
          if (step === "pass") await failover.pass();
          if (step === "keep") await keep();
          if (step === "begin a") begin(a);
          if (step === "begin b") begin(b);
          if (step === "fence") world.fence = world.fence === "off" ? "unsure" : "off";
          if (step === "revoke") world.canRevoke = !world.canRevoke;
          if (step === "b away") b.isAway = !b.isAway;
          // Somebody powers the lost cluster on: its head reads what is revoked.
          if (step === "on by hand" && !world.isOn) world.isOn = true;
        }
        Object.assign(world, { fence: "off", canRevoke: true });
        b.isAway = false;
        for (let round = 0; round < 4; round += 1) {
          await failover.pass();
          await keep();
          begin(b);
        }
        await failover.letBack(a.cluster);
        await failover.pass();
        await keep();
        begin(a);
        begin(b);
        const died = ran.filter((tag, index) => ran.indexOf(tag) !== index);
        // One that had begun on the cluster that was then powered off runs again, as a requeued job.
        for (const tag of died) expect(b.jobs.map((job) => job.tag)).toContain(tag);
        for (const { submissionId } of all) {
          const tag = tagOf(submissionId);
          const places = [a, b].filter((head) => head.jobs.some((job) => job.tag === tag));
          expect(places.length).toBeLessThanOrEqual(1);
          expect(ran).toContain(tag);
        }
      }),
      { numRuns: 20 },
    );
  });
});
