import { randomUUID } from "node:crypto";
import { jobsRoutes, survivalRoutes } from "@sluice/api";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type Cluster, until } from "../harness.ts";
import { clientOf, siteOfServer } from "./site.ts";

const { site, cluster: demo } = siteOfServer();
const NAME = "moves";
const LOST = "lost";

/** One node, so that what is handed in waits behind a job that has it. */
const FILE = `Provider: local
Image: { Os: debian13 }
HeadNode: { InstanceType: local.head }
Users:
  - Name: ada
Scheduling:
  Scheduler: slurm
  SlurmQueues:
    - Name: burst
      ComputeResources:
        - { Name: light, InstanceType: light.small, MaxCount: 1 }
`;

let lost: Cluster;
beforeAll(async () => {
  lost = await site.createCluster(LOST, FILE);
});
afterAll(async () => {
  const away = await site.sluice(["delete-cluster", "-n", LOST, "--yes"]);
  await demo.ok("root", `scancel --name=${NAME}; rm -f /home/ada/ran-*`);
  expect(away.code, away.stderr).toBe(0);
});

const inLost = { params: { cluster: LOST } };
const admin = () => clientOf("admin");
/** It says where it runs, each time that it does. */
const submit = (key: string) =>
  clientOf("ada").call(jobsRoutes.submitJob, {
    ...inLost,
    body: {
      script: `#!/bin/sh\necho "$SLURM_CLUSTER_NAME" >> /home/ada/ran-${key}\n`,
      options: ["--partition=burst", `--job-name=${NAME}`],
    },
    idempotencyKey: key,
  });
/** A server knows of a cluster what it was told some seconds ago. */
const submitSoon = async (key: string) => {
  let answer: Awaited<ReturnType<typeof submit>> | undefined;
  await until(
    "the server to see the cluster in service",
    async () => {
      answer = await submit(key).catch(() => undefined);
      return answer !== undefined;
    },
    30,
  );
  if (answer === undefined) throw new Error("there is no answer");
  return answer;
};
const losses = async () => (await admin().call(survivalRoutes.listLosses, {})).items;
const seconds = (since: number) => ((Date.now() - since) / 1000).toFixed(1);

test("jobs that wait on a lost cluster run once on another, and never there", async () => {
  // A job that no server knows of.
  const blocker = await lost.ok(
    "ada",
    "sbatch --parsable --exclusive --partition=burst --wrap='sleep 3600'",
  );
  await until(
    "the node to be taken",
    async () => /RUNNING/.test(await lost.ok("root", `squeue -h -j ${blocker.trim()} -o %T`)),
    120,
  );
  const keys = Array.from({ length: 4 }, () => randomUUID().slice(0, 8));
  const handedIn = [];
  for (const key of keys) handedIn.push(await submitSoon(key));

  const failed = await site.sluice(["local", "fail-zone", "-n", LOST, "local"]);
  expect(failed.code, failed.stderr).toBe(0);
  const failedAt = Date.now();
  const declare = (clusterName: string) =>
    admin().call(survivalRoutes.declareClusterLost, { ...inLost, body: { clusterName } });
  await expect(declare("another")).rejects.toMatchObject({ problem: { code: "REQUEST_INVALID" } });
  await declare(LOST);
  const ran = (key: string) => demo.ok("root", `cat /home/ada/ran-${key} 2>/dev/null || true`);
  await until(
    "the jobs to run on the other cluster",
    async () => (await Promise.all(keys.map(ran))).every((text) => text.trim() === "demo"),
    120,
  );
  console.log(`the jobs of the lost cluster ran on the other one after ${seconds(failedAt)} s`);
  const { items } = await clientOf("ada").call(survivalRoutes.listMovedJobs, { query: {} });
  const moved = items.filter(({ from }) => from === LOST);
  expect(moved.map(({ fromJobId }) => fromJobId).sort()).toEqual(
    handedIn.map(({ jobId }) => jobId).sort(),
  );
  expect(moved.every(({ cluster, jobId }) => cluster === "demo" && jobId !== undefined)).toBe(true);
  expect(await losses()).toMatchObject([{ cluster: LOST, state: "moved", moved: keys.length }]);

  // Sent again under its key it is the job that was moved.
  const [key = ""] = keys;
  await site.sluice(["local", "heal-zone", "-n", LOST, "local"]);
  // Somebody starts it by hand, before it is let back.
  const started = await site.sluice(["start-cluster", "-n", LOST]);
  expect(started.code, started.stderr).toBe(0);
  await lost.ok("root", `scancel ${blocker.trim()}`);
  await until(
    "its own copies to be cancelled when they are about to start",
    async () => (await lost.ok("root", "squeue -h -o %i")).trim() === "",
    180,
  );
  expect(await submitSoon(key)).toMatchObject({ isRepeat: true });

  await admin().call(survivalRoutes.letClusterBack, inLost);
  await until("the cluster to be back", async () => (await losses()).length === 0, 60);
  expect((await lost.ok("root", "ls /home/ada")).trim()).not.toContain("ran-");
  expect((await Promise.all(keys.map(ran))).map((text) => text.trim())).toEqual(
    keys.map(() => "demo"),
  );
});
