import { afterAll, beforeAll, describe, expect, inject, test } from "vitest";
import type { Cluster, Result } from "../harness.ts";
import { startRegion, type TestRegion } from "./region.ts";
import { AwsSite } from "./site.ts";

/** Machines of this host have its processors and memory, whatever type EC2 takes them for. */
const HARDWARE = "CustomSlurmSettings: [{SlurmdParameters: config_overrides}]";

const FILE = ({ more = "" } = {}): string => `Provider: aws
Region: eu-central-1
Image: {Os: debian13}
Users: [{Name: ada}, {Name: ben}]
HeadNode: {InstanceType: m7i.large}
SharedStorage:
  - {Name: work, StorageType: Ebs, MountDir: /work, EbsSettings: {Size: 10}}
  - {Name: scratch, StorageType: Efs, MountDir: /scratch}
Scheduling:
  Scheduler: slurm
  SlurmSettings:
    ${HARDWARE}
  SlurmQueues:
    - Name: one
      ComputeResources:
        - {Name: c, InstanceType: c7i.large, MaxCount: 4}
    - Name: many
      CapacityType: SPOT
      FallbackCapacityType: ONDEMAND
      AllocationStrategy: price-capacity-optimized
      ComputeResources:
        - Name: c
          Instances: [{InstanceType: c7i.large}, {InstanceType: c7a.large}, {InstanceType: m7i.large}]
          MaxCount: 4
${more}`;

const YOUNG = `    - Name: young
      ComputeResources:
        - {Name: c, InstanceType: m7i.large, MaxCount: 1}
`;

interface AwsInstance {
  readonly InstanceId: string;
  readonly InstanceType: string;
  readonly InstanceLifecycle?: string;
  readonly State: { readonly Name: string };
  readonly Tags?: readonly { readonly Key: string; readonly Value: string }[];
}

describe("a cluster in an AWS account", () => {
  let region: TestRegion;
  let site: AwsSite;
  let cluster: Cluster;
  beforeAll(async () => {
    region = await startRegion(inject("run"));
    site = new AwsSite(region);
    cluster = await site.createCluster("cloudy", FILE());
  });
  afterAll(async () => region?.[Symbol.asyncDispose]());

  const submit = (words: string): Promise<string> =>
    cluster.ok("ada", `sbatch --parsable ${words}`);
  const ec2 = async (role: string): Promise<readonly AwsInstance[]> => {
    const { Reservations = [] } = await region.call<{
      Reservations?: readonly { readonly Instances: readonly AwsInstance[] }[];
    }>("ec2", "DescribeInstances", {});
    return Reservations.flatMap(({ Instances }) => Instances).filter(
      ({ State, Tags = [] }) =>
        /pending|running/.test(State.Name) &&
        Tags.some(({ Key, Value }) => Key === "sluice:role" && Value === role),
    );
  };
  const update = (more: string): Promise<Result> =>
    cluster.sluice("update-cluster", "-c", site.clusterFile("cloudy", FILE({ more })));

  test("it is listed, and costs what its machines cost", async () => {
    expect(await site.clusterNames()).toEqual(["cloudy"]);
    const cost = (await cluster.sluice("cost")).json<{ usdPerHour: number }>();
    expect(cost.usdPerHour).toBeGreaterThan(0.1);
  });

  test("a job on nodes that are off has them, its home and its storage", async () => {
    const id = await submit(
      "-p one -N2 -o /home/ada/out --wrap 'srun sh -c \"hostname; date > /work/$SLURM_PROCID; touch /scratch/$SLURM_PROCID\"'",
    );
    expect((await cluster.ended([id], 60)).get(id)).toBe("COMPLETED");
    expect((await cluster.ok("ada", "sort /home/ada/out")).split("\n")).toEqual([
      "one-dy-c-1",
      "one-dy-c-2",
    ]);
    expect(await cluster.ok("ada", "ls /work /scratch | tr '\\n' ' '")).toContain("0 1");
    expect((await ec2("compute")).map(({ InstanceType }) => InstanceType)).toEqual([
      "c7i.large",
      "c7i.large",
    ]);
  });

  test("what a type has not is taken of another", async () => {
    const zones = ["eu-central-1a", "eu-central-1b", "eu-central-1c"];
    const capacity = Object.fromEntries(
      zones.flatMap((zone) =>
        ["c7i.large", "c7a.large"].flatMap((type) => [
          [`${type}/${zone}`, 0],
          [`${type}/${zone}/spot`, 0],
        ]),
      ),
    );
    await region.faults({ capacity });
    const id = await submit("-p many -o /dev/null --wrap 'srun hostname'");
    expect((await cluster.ended([id], 60)).get(id)).toBe("COMPLETED");
    const types = (await ec2("compute")).map(({ InstanceType }) => InstanceType);
    expect(types).toContain("m7i.large");
    await region.faults({ capacity: {} });
  });

  test("a spot machine that is called back gives its job to another", async () => {
    const id = await submit(
      "-p many -o /dev/null --wrap 'hostname >> began; while [ ! -e enough ]; do sleep 0.2; done'",
    );
    const times = async (): Promise<number> =>
      Number(await cluster.ok("ada", "cat began 2>/dev/null | wc -l"));
    await cluster.until("the job to begin", async () => (await times()) === 1, 60);
    const [node = ""] = (await cluster.ok("ada", "cat began")).split("\n");
    const machine = await cluster.instanceOf(node);
    await region.interrupt(machine?.instanceId ?? "", 20);
    await cluster.until("the job to begin again", async () => (await times()) === 2, 60);
    await cluster.ok("ada", "touch enough");
    expect((await cluster.ended([id], 30)).get(id)).toBe("COMPLETED");
  });

  test("a head machine that is lost comes back as it was, and jobs run on", async () => {
    const id = await submit(
      "-p one -o /dev/null --wrap 'hostname >> kept; while [ ! -e over ]; do sleep 0.2; done'",
    );
    await cluster.until(
      "the job to begin",
      async () => (await cluster.ok("ada", "cat kept 2>/dev/null | wc -l")) === "1",
      60,
    );
    await cluster.saved(id);
    const [head] = await ec2("head");
    await region.pull(head?.InstanceId ?? "");
    await cluster.until(
      "another head to answer",
      async () => {
        const [now] = await ec2("head");
        if (now === undefined || now.InstanceId === head?.InstanceId) return false;
        return (
          (await cluster.onHead("ada", `squeue -h -j ${id} -o %T`)).stdout.trim() === "RUNNING"
        );
      },
      90,
    );
    await cluster.ok("ada", "touch over");
    expect((await cluster.ended([id], 60)).get(id)).toBe("COMPLETED");
    expect(await cluster.ok("ada", "cat kept | wc -l")).toBe("1");
  });

  test("a queue is added without a word to the jobs", async () => {
    const result = await update(YOUNG);
    expect(result.code, result.stderr).toBe(0);
    const id = await submit("-p young -o /dev/null --wrap 'srun hostname'");
    expect((await cluster.ended([id], 60)).get(id)).toBe("COMPLETED");
  });

  test("its logs can be read where they are kept", async () => {
    const { logStreams } = (await cluster.sluice("list-cluster-log-streams")).json<{
      logStreams: readonly { logStreamName: string }[];
    }>();
    const names = logStreams.map(({ logStreamName }) => logStreamName);
    expect(names).toContain("head/slurmctld");
    expect(names.some((name) => name.endsWith("/boot"))).toBe(true);
  });

  test("deleted, it leaves nothing in the account", async () => {
    const result = await cluster.sluice("delete-cluster", "--yes");
    expect(result.code, result.stderr).toBe(0);
    const { machines, defects } = await region.state();
    expect(machines).toEqual([]);
    expect(defects).toEqual([]);
    const left = await region.call<{ ResourceTagMappingList?: unknown }>(
      "ec2",
      "DescribeVolumes",
      {},
    );
    expect(left).toMatchObject({ Volumes: [] });
    expect(await site.clusterNames()).toEqual([]);
  });
});
