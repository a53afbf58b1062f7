import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, inject, test } from "vitest";
import { until } from "../harness.ts";
import { AwsCluster } from "./cluster.ts";
import { startRegion, type TestRegion } from "./region.ts";

const NAME = "campus";

const FILES = {
  "site.yaml": `
Provider: aws
Region: eu-central-1
Zones: [eu-central-1a, eu-central-1b]
Clusters: [{Name: left, File: left.yaml}]
Users: [{Name: ada, Uid: 2000}]
`,
  "left.yaml": `
Image: {Os: debian13}
HeadNode: {InstanceType: t3.medium, SharedStorageType: Efs, Standby: {}}
Scheduling:
  Scheduler: slurm
  SlurmSettings: {ScaledownIdletime: 5s}
  SlurmQueues:
    - Name: cpu
      ComputeResources: [{Name: micro, InstanceType: t3.micro, MaxCount: 2}]
`,
};

interface SiteView {
  readonly machines: readonly {
    readonly name: string;
    readonly zone: string;
    readonly address: string;
    readonly isReady: boolean;
  }[];
  readonly database?: { readonly primary?: string };
  readonly members: readonly { readonly name: string; readonly answers: boolean }[];
}

let region: TestRegion;
let left: AwsCluster;
let servers: readonly string[];

beforeAll(async () => {
  const run = inject("run");
  region = await startRegion(run, { aurora: true });
  left = new AwsCluster("left", region, run);
  for (const [name, text] of Object.entries(FILES)) {
    writeFileSync(join(region.trace.folder, name), text);
  }
});
afterAll(() => region[Symbol.asyncDispose]());

async function site(verb: string, ...args: string[]) {
  const words = [verb, "-n", NAME, "--provider", "aws", ...args];
  const result = await left.trySluice(words, { timeout: 400 });
  if (result.code !== 0) throw new Error(`${verb} failed:\n${result.stderr}\n${region.log()}`);
  return result;
}

const described = async (): Promise<SiteView> => (await site("describe-site")).json<SiteView>();

/** What a server of the site answers, without the balancer; empty when it does not. */
async function ask(server: string, path: string, headers: readonly string[] = []): Promise<string> {
  const words = headers.flatMap((header) => ["-H", header]);
  const place = `https://${server}:8480${path}`;
  return (await region.run(["curl", "-sk", "--max-time", "20", ...words, place])).stdout;
}

async function machineAt(address = ""): Promise<string> {
  const Filters = [{ Name: "private-ip-address", Values: [address] }];
  const { Reservations } = await region.call<{
    Reservations: { Instances: { InstanceId: string }[] }[];
  }>("ec2", "DescribeInstances", { Filters });
  const [id] = Reservations.flatMap(({ Instances }) => Instances.map((one) => one.InstanceId));
  if (id === undefined) throw new Error(`there is no machine at ${address}`);
  return id;
}

test("create-site makes servers in two zones over one database, and its cluster", async () => {
  await site("create-site", "-c", join(region.trace.folder, "site.yaml"));
  const { machines, database, members } = await described();
  expect(machines).toMatchObject([
    { name: "site-a", zone: "eu-central-1a", isReady: true },
    { name: "site-b", zone: "eu-central-1b", isReady: true },
  ]);
  expect(database?.primary).toBe("10.0.0.1");
  expect(members).toMatchObject([{ name: "left", answers: true }]);
  servers = machines.map(({ address }) => address);
  for (const server of servers) {
    expect(await ask(server, "/health/serving")).toBe('{"status":"serving"}');
    expect(await ask(server, "/")).toContain("<html");
  }
}, 400_000);

test("a job is in the site's accounting, for whoever has a token of the cluster's", async () => {
  const job = await left.ok("ada", "echo kept > /shared/of-ada; sbatch --parsable --wrap true");
  expect(await left.ended([job], 120)).toEqual(new Map([[job, "COMPLETED"]]));
  const said = await left.ok("root", "scontrol token username=ada lifespan=600");
  const token = said.replace(/^SLURM_JWT=/, "");
  const headers = ["X-SLURM-USER-NAME: ada", `X-SLURM-USER-TOKEN: ${token}`];
  for (const server of servers) {
    const text = await ask(server, `/clusters/left/slurmdb/latest/job/${job}`, headers);
    expect(text).toContain('"COMPLETED"');
  }
}, 200_000);

test("what machines say is kept, and what the database has can be taken out", async () => {
  const { logGroups } = await region.call<{ logGroups: { logGroupName: string }[] }>(
    "cloudwatch-logs",
    "DescribeLogGroups",
    { logGroupNamePrefix: `/sluice/site-${NAME}-` },
  );
  const [{ logGroupName } = { logGroupName: "" }] = logGroups;
  const streams = async (): Promise<readonly string[]> => {
    const answer = await region.call<{ logStreams: { logStreamName: string }[] }>(
      "cloudwatch-logs",
      "DescribeLogStreams",
      { logGroupName },
    );
    return answer.logStreams.map((one) => one.logStreamName);
  };
  const wanted = ["site-a/sluice-server", "site-a/slurmdbd", "site-b/sluice-server"];
  await left.until(
    "logs of both machines",
    async () => {
      const there = await streams();
      return wanted.every((name) => there.includes(name));
    },
    30,
  );
  const dump =
    "/opt/sluice/bin/sluice-head site-dump slurm | grep -c 'CREATE TABLE.*left_job_table'";
  const said = await region.exec(await machineAt(servers[1]), dump, 60);
  expect(said).toMatchObject({ exitCode: 0, stdout: "1\n" });
}, 120_000);

test("a server that is gone is made anew, while the other one and accounting answer", async () => {
  const [first = "", second = ""] = servers;
  await region.call("ec2", "TerminateInstances", { InstanceIds: [await machineAt(first)] });
  expect(await ask(second, "/health/serving")).toBe('{"status":"serving"}');
  const look = "timeout 5 sacctmgr -n list cluster format=cluster";
  const diagnosis = () => left.diagnosis();
  const answers = async () => (await left.ok("root", `${look} || true`)).includes("left");
  await until("slurmdbd to answer", answers, 60, diagnosis);
  await until(
    "the server to be made anew",
    async () => (await ask(first, "/health/serving")) === '{"status":"serving"}',
    150,
    diagnosis,
  );
  const { machines } = await described();
  expect(machines.map(({ address }) => address)).toEqual(servers);
}, 300_000);

test("the other head goes on, and accounting knows it by the same address", async () => {
  const control = "sacctmgr -n list cluster format=controlhost%20";
  const [before, address] = [await left.head(), (await left.ok("root", control)).trim()];
  expect(address).toMatch(/^100\./);
  await region.pull(before);
  const head = () => left.head().catch(() => before);
  await until(
    "the other head",
    async () => (await head()) !== before,
    60,
    () => left.diagnosis(),
  );
  const answers = () => left.ok("root", "scontrol ping").catch(() => "");
  await until(
    "slurmctld",
    async () => (await answers()).includes("is UP"),
    60,
    () => left.diagnosis(),
  );
  const job = await left.ok("ada", "cat /shared/of-ada; sbatch --parsable --wrap true");
  const id = job.split("\n").at(-1) ?? "";
  expect(job).toBe(`kept\n${id}`);
  expect(await left.ended([id], 120)).toEqual(new Map([[id, "COMPLETED"]]));
  expect((await left.ok("root", control)).trim()).toBe(address);
}, 200_000);

test("delete-site leaves nothing that costs", async () => {
  await site("delete-site", "--yes");
  const state = await region.state();
  expect(state.machines).toEqual([]);
  expect(state.defects).toEqual([]);
}, 300_000);
