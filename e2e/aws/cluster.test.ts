import { afterAll, beforeAll, expect, inject, test } from "vitest";
import { AwsCluster } from "./cluster.ts";
import { startRegion, type TestRegion } from "./region.ts";

/** One file for a person's first cluster in an account, with machines that fit any test host. */
function clusterFile({ maxCount = 4, extra = "" } = {}): string {
  return `
Provider: aws
Region: eu-central-1
Image: {Os: debian13}
HeadNode: {InstanceType: t3.medium}
Users:
  - {Name: ada, Uid: 2000}
Scheduling:
  Scheduler: slurm
  SlurmSettings: {ScaledownIdletime: 5s}
  SlurmQueues:
    - Name: cpu
      ComputeResources:
        - {Name: micro, InstanceType: t3.micro, MaxCount: ${maxCount}}
    - Name: spot
      CapacityType: SPOT
      ComputeResources:
        - Name: mixed
          Instances: [{InstanceType: t3.micro}, {InstanceType: t3a.micro}]
          MaxCount: 2
${extra}`;
}

let region: TestRegion;
let cluster: AwsCluster;

beforeAll(async () => {
  const run = inject("run");
  region = await startRegion(run);
  cluster = new AwsCluster("demo", region, run);
});
afterAll(() => region[Symbol.asyncDispose]());

test("create-cluster makes a cluster whose head runs", async () => {
  const file = cluster.file("first", clusterFile());
  const created = await cluster.sluice("create-cluster", "-c", file);
  expect(created.json<{ cluster: object }>().cluster).toMatchObject({
    clusterStatus: "CREATE_COMPLETE",
  });
  expect(await cluster.ok("root", "sinfo -h -o '%R %D %T' | sort")).toBe(
    "cpu 4 idle~\nspot 2 idle~",
  );
  expect(await cluster.machines("compute")).toEqual([]);
}, 240_000);

test("jobs run from no machine at all, on homes that all share, and the machines go", async () => {
  const job = await cluster.ok(
    "ada",
    `sbatch --parsable -N2 -o out.txt --wrap 'srun sh -c "hostname > /home/ada/\\$SLURM_PROCID"; cat [01]'`,
  );
  expect(await cluster.ended([job], 120)).toEqual(new Map([[job, "COMPLETED"]]));
  expect((await cluster.ok("ada", "cat out.txt")).split("\n").toSorted()).toEqual([
    "cpu-dy-micro-1",
    "cpu-dy-micro-2",
  ]);
  await cluster.until(
    "the machines to go",
    async () => (await cluster.machines("compute")).length === 0,
    60,
  );
}, 240_000);

test("what one zone has not comes from another", async () => {
  await region.faults({ capacity: { "t3.micro/eu-central-1a": 0 } });
  const job = await cluster.ok("ada", "sbatch --parsable --wrap true");
  await cluster.ended([job], 120);
  expect(await cluster.ok("root", `sacct -X -n -P -j ${job} -o state`)).toBe("COMPLETED");
  await region.faults({ capacity: {} });
}, 240_000);

test("a job on a spot machine that is taken away runs again", async () => {
  const job = await cluster.ok(
    "ada",
    `sbatch --parsable -p spot --requeue --wrap 'if [ -e ran ]; then echo again; else touch ran; sleep 300; fi'`,
  );
  const machine = await cluster.until(
    "the job to run",
    async () => {
      if ((await cluster.ok("ada", `squeue -h -j ${job} -o %T; ls`)).includes("ran")) {
        return (await cluster.machines("compute", "spot"))[0]?.InstanceId;
      }
      return undefined;
    },
    90,
  );
  await region.interrupt(machine, 10);
  expect((await cluster.ended([job], 120)).get(job)).toBe("COMPLETED");
}, 300_000);

const STORAGE = `SharedStorage:
  - {Name: data, MountDir: /data, StorageType: Ebs, EbsSettings: {Size: 1}}
  - {Name: results, MountDir: /results, StorageType: Efs}`;

test("update-cluster changes the nodes, and what they mount", async () => {
  const file = cluster.file("second", clusterFile({ maxCount: 6, extra: STORAGE }));
  await cluster.sluice("update-cluster", "-c", file);
  expect(await cluster.ok("root", "sinfo -h -p cpu -o '%R %D'")).toBe("cpu 6");
  await cluster.ok("root", "chmod 1777 /data /results");
  const job = await cluster.ok(
    "ada",
    "sbatch --parsable --wrap 'tee /data/of-job /results/of-job < /etc/hostname'",
  );
  expect(await cluster.ended([job], 120)).toEqual(new Map([[job, "COMPLETED"]]));
}, 240_000);

test("backup puts one into the account's bucket, by the head's own rights", async () => {
  const made = await cluster.sluice("backup");
  const { folder, backup } = made.json<{ folder: string; backup: { file: string } }>();
  expect(folder).toMatch(/^s3:\/\/sluice-\d+-eu-central-1\/backups\/demo$/);
  // Asked of the head, and of the bucket by the caller's own credentials.
  for (const args of [[], ["--to", folder]]) {
    const { backups } = (await cluster.sluice("backups", ...args)).json<{
      backups: readonly { file: string }[];
    }>();
    expect(backups.map(({ file }) => file)).toContain(backup.file);
  }
}, 120_000);

test("a head that dies is replaced by one with its address and its state", async () => {
  const job = await cluster.ok("ada", "sbatch --parsable --wrap 'sleep 40; date > finished'");
  await cluster.until(
    "the job to run",
    async () => (await cluster.ok("ada", `squeue -h -j ${job} -o %T`)) === "RUNNING",
    90,
  );
  await cluster.saved(job);
  const [before] = await cluster.machines("head");
  expect(await region.pull(before?.InstanceId ?? "")).toBe(true);
  await cluster.until(
    "another head",
    async () => {
      const [head] = await cluster.machines("head");
      if (head?.InstanceId === undefined || head.InstanceId === before?.InstanceId) return false;
      return (await region.exec(head.InstanceId, "scontrol ping")).stdout.includes("is UP");
    },
    120,
  );
  const [after] = await cluster.machines("head");
  expect(after?.PrivateIpAddress).toBe(before?.PrivateIpAddress);
  const files = await cluster.ok("root", "cat /data/of-job /results/of-job");
  expect(files.split("\n")).toHaveLength(2);
  expect((await cluster.ended([job], 120)).get(job)).toBe("COMPLETED");
  await cluster.ok("ada", "test -e finished");
}, 300_000);

test("delete-cluster leaves nothing that costs", async () => {
  await cluster.sluice("delete-cluster", "--yes");
  expect((await region.state()).machines).toEqual([]);
  const { Volumes } = await region.call<{ Volumes: object[] }>("ec2", "DescribeVolumes", {});
  expect(Volumes).toEqual([]);
  const { Vpcs } = await region.call<{ Vpcs: object[] }>("ec2", "DescribeVpcs", {});
  expect(Vpcs).toEqual([]);
  const { LaunchTemplates } = await region.call<{ LaunchTemplates: object[] }>(
    "ec2",
    "DescribeLaunchTemplates",
    {},
  );
  expect(LaunchTemplates).toEqual([]);
}, 120_000);

test("the region saw no error of its own", async () => {
  expect((await region.state()).defects).toEqual([]);
});
