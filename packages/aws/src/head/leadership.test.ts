import { execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { promisify } from "node:util";
import {
  CreateRouteTableCommand,
  DeleteRouteTableCommand,
  DescribeRouteTablesCommand,
  EC2Client,
  RunInstancesCommand,
} from "@aws-sdk/client-ec2";
import {
  CreateBucketCommand,
  ListObjectVersionsCommand,
  PutBucketVersioningCommand,
  S3Client,
} from "@aws-sdk/client-s3";
import type { Leadership } from "@sluice/cloud";
import { registersConformance } from "@sluice/cloud/testing";
import { keepLease, type MonotonicClock } from "@sluice/lease";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import type { ClusterFacts } from "../facts.ts";
import { UNIQUE, World } from "../machines/testing/world.ts";
import { OBJECTS } from "../names.ts";
import { awsLeadership } from "./leadership.ts";
import { s3Registers } from "./registers.ts";
import { systemClock } from "./system-clock.ts";

const ADDRESS = "100.64.7.9";
let world: World;
let s3: S3Client;
let ec2: EC2Client;
let facts: ClusterFacts & Required<Pick<ClusterFacts, "leadership">>;
let tables: readonly string[];

beforeAll(async () => {
  world = await World.open();
  const { endpoint, credentials, name: region } = world.region;
  s3 = new S3Client({ endpoint, credentials, region, forcePathStyle: true, maxAttempts: 1 });
  ec2 = new EC2Client({ endpoint, credentials, region, maxAttempts: 1 });
  const { vpcId: VpcId } = world.ground;
  const made = await Promise.all(
    [1, 2].map(() => world.region.call(CreateRouteTableCommand, { VpcId })),
  );
  tables = made.map(({ RouteTable }) => RouteTable?.RouteTableId ?? "");
  const cluster = await world.makeCluster();
  facts = {
    ...cluster,
    network: { ...cluster.network, headAddress: ADDRESS },
    leadership: {
      routeTables: tables.map((id) => `arn:aws:ec2:eu-central-1:1:route-table/${id}`).join(","),
      state: "fs-1.efs.eu-central-1.amazonaws.com",
    },
  };
});
afterAll(async () => {
  s3.destroy();
  ec2.destroy();
  await world[Symbol.asyncDispose]();
});

const registers = () =>
  s3Registers({
    s3: async () => s3,
    bucket: { name: "bucket", prefix: OBJECTS.prefix("c", UNIQUE) },
  });

async function machine(): Promise<string> {
  const { Instances = [] } = await world.region.call(RunInstancesCommand, {
    ImageId: world.ground.imageId,
    InstanceType: "c5.large",
    MinCount: 1,
    MaxCount: 1,
    SubnetId: world.ground.subnetIds[0],
  });
  return Instances[0]?.InstanceId ?? "";
}

type Run = (argv: readonly string[]) => Promise<unknown>;

function leadershipOf(
  self: string,
  stack = async () => facts.leadership.routeTables,
  inNetwork?: Run,
) {
  const said: string[] = [];
  const log: string[] = [];
  const leadership: Leadership = awsLeadership({
    ec2: async () => ec2,
    registers: registers(),
    facts,
    routeTables: stack,
    self,
    clock: systemClock,
    run: async (argv) => {
      said.push(argv.join(" "));
      await inNetwork?.(argv);
    },
    log: (message) => void log.push(message),
  });
  return { leadership, said, log };
}

/** Of this test's own. */
async function aNetwork() {
  const holder = spawn("unshare", ["--net", "sh", "-c", "echo there; exec sleep 60"]);
  await once(holder.stdout, "data");
  return {
    enter: [`--target=${holder.pid}`, "--net", "--"],
    async [Symbol.asyncDispose]() {
      holder.kill("SIGKILL");
    },
  };
}

async function waysTo(address: string) {
  const { RouteTables = [] } = await world.region.call(DescribeRouteTablesCommand, {
    RouteTableIds: [...tables],
  });
  return RouteTables.map(
    ({ Routes = [] }) =>
      Routes.find(({ DestinationCidrBlock }) => DestinationCidrBlock === `${address}/32`)
        ?.NetworkInterfaceId,
  );
}

describe("registers in S3", () => {
  for (const { name, run } of registersConformance(async () => registers())) test(name, run);

  test("an answer that is neither yes nor no is an error", async () => {
    const lost = {
      send: async () => {
        throw Object.assign(new Error("conflict"), { name: "ConditionalRequestConflict" });
      },
    } as unknown as S3Client;
    const unsure = s3Registers({ s3: async () => lost, bucket: { name: "bucket", prefix: "p" } });
    await expect(unsure.write("head", "text", undefined)).rejects.toThrow(/registers\/head/);
  });

  test("no bucket is an error, not a register that was never written", async () => {
    const bucket = { name: "nobodys", prefix: "p" };
    const nowhere = s3Registers({ s3: async () => s3, bucket });
    await expect(nowhere.read("head")).rejects.toThrow(/registers\/head/);
    await expect(nowhere.write("head", "text", '"tag"')).rejects.toThrow(/registers\/head/);
  });

  test("a name that leads elsewhere is refused before anybody is asked", async () => {
    for (const name of ["", "../files/1.yaml", "/head", "a//b", "a/../b", "a b", "ä"]) {
      await expect(registers().read(name)).rejects.toThrow(/no name of a register/);
      await expect(registers().write(name, "", undefined)).rejects.toThrow(/no name/);
    }
  });

  test("in a bucket that keeps versions there is one of a lease that is renewed all the time", async () => {
    const { region } = world;
    await region.call(CreateBucketCommand, {
      Bucket: "kept",
      CreateBucketConfiguration: { LocationConstraint: region.name },
    });
    await region.call(PutBucketVersioningCommand, {
      Bucket: "kept",
      VersioningConfiguration: { Status: "Enabled" },
    });
    const reach = () => s3Registers({ s3: async () => s3, bucket: { name: "kept", prefix: "p" } });
    const versions = async () => {
      const { Versions = [] } = await region.call(ListObjectVersionsCommand, { Bucket: "kept" });
      return Versions.length;
    };
    const one = reach();
    let tag = await one.write("head", "0", undefined);
    for (let beat = 1; beat < 10; beat++) tag = await one.write("head", `${beat}`, tag);
    await vi.waitFor(async () => expect(await versions()).toBe(1), 5000);
    const other = reach();
    const seen = await other.read("head");
    expect(seen).toEqual({ text: "9", tag });
    await other.write("head", "the other's", seen?.tag);
    await vi.waitFor(async () => expect(await versions()).toBe(1), 5000);
    // Who comes too late removes nothing.
    expect(await one.write("head", "late", tag)).toBeUndefined();
    expect(await one.read("head")).toMatchObject({ text: "the other's" });
  });

  test("of two that race for a lease one holds it, and the other takes it when it is given up", async () => {
    // A tenth of the real time.
    const clock: MonotonicClock = {
      milliseconds: () => performance.now() * 10,
      sleep: (milliseconds, signal) => systemClock.sleep(milliseconds / 10, signal).catch(() => {}),
    };
    const holding = new Set<string>();
    const seen: string[] = [];
    const stop = new AbortController();
    const racers = ["one", "two"].map((holder) => {
      const lease = keepLease({
        registers: registers(),
        name: "race",
        holder,
        clock,
        times: { beat: 1000, stop: 20_000, take: 30_000 },
        onHeld: async ({ over }) => {
          holding.add(holder);
          expect(holding.size).toBe(1);
          seen.push(holder);
          await new Promise((resolve) => over.addEventListener("abort", resolve, { once: true }));
        },
        onOver: async () => void holding.delete(holder),
      });
      return { holder, lease, running: lease.run(stop.signal) };
    });
    await vi.waitFor(() => expect(seen).toHaveLength(1), { timeout: 5000 });
    const [first] = seen;
    const other = first === "one" ? "two" : "one";
    await racers.find(({ holder }) => holder === first)?.lease.resign(other);
    await vi.waitFor(() => expect(seen).toEqual([first, other]), { timeout: 5000 });
    stop.abort();
    await Promise.all(racers.map(({ running }) => running));
  });
});

describe("leading", () => {
  test("the address goes where it is taken, in every table, again and again", async () => {
    const [one, other] = [await machine(), await machine()];
    const [first, second] = [leadershipOf(one), leadershipOf(other)];
    expect(first.leadership).toMatchObject({ self: one, address: ADDRESS });
    await first.leadership.takeAddress();
    await first.leadership.takeAddress();
    const [way] = await waysTo(ADDRESS);
    expect(way).toMatch(/^eni-/);
    expect(await waysTo(ADDRESS)).toEqual([way, way]);
    await second.leadership.takeAddress();
    const [now] = await waysTo(ADDRESS);
    expect(now).not.toBe(way);
    expect(await waysTo(ADDRESS)).toEqual([now, now]);
    await first.leadership.dropAddress();
    await first.leadership.dropAddress();
    const on = `ip address replace ${ADDRESS}/32 dev lo`;
    const off = `ip address flush dev lo to ${ADDRESS}/32`;
    expect(first.said).toEqual([on, on, off, off]);
    expect(second.said).toEqual([on]);
  });

  test("the kernel gives the address up, and is content when it is not here", async () => {
    await using network = await aNetwork();
    const run: Run = (argv) => promisify(execFile)("nsenter", [...network.enter, ...argv]);
    const { leadership } = leadershipOf(await machine(), undefined, run);
    const addresses = async () =>
      (await promisify(execFile)("nsenter", [...network.enter, "ip", "-4", "address"])).stdout;
    await leadership.dropAddress();
    await leadership.takeAddress();
    expect(await addresses()).toContain(`${ADDRESS}/32`);
    await leadership.dropAddress();
    expect(await addresses()).not.toContain(ADDRESS);
    await leadership.dropAddress();
  });

  test("a table that is gone holds nobody up", async () => {
    const { region, ground } = world;
    const { RouteTable } = await region.call(CreateRouteTableCommand, { VpcId: ground.vpcId });
    const RouteTableId = RouteTable?.RouteTableId ?? "";
    const routeTables = `${facts.leadership.routeTables},arn:aws:ec2:x:1:route-table/${RouteTableId}`;
    const { leadership, log } = leadershipOf(await machine(), async () => routeTables);
    await leadership.takeAddress();
    await region.call(DeleteRouteTableCommand, { RouteTableId });
    await leadership.takeAddress();
    expect(log).toEqual([expect.stringContaining(RouteTableId)]);
  });

  test("tables that an update brought in count, and the known ones do where nobody tells", async () => {
    let said: string | undefined = facts.leadership.routeTables.split(",")[1];
    const { leadership, log } = leadershipOf(await machine(), async () => {
      if (said === undefined) throw new Error("SSM does not answer");
      return said;
    });
    const [before] = await waysTo(ADDRESS);
    await leadership.takeAddress();
    const [other, own] = await waysTo(ADDRESS);
    expect([other, own === before]).toEqual([before, false]);
    said = undefined;
    await leadership.takeAddress();
    expect(log).toEqual([expect.stringContaining("SSM does not answer")]);
  });

  test("an error of EC2's is one, and so is a take-over that is called off", async () => {
    const { leadership } = leadershipOf(await machine());
    world.region.faults.throttle.set("ec2:ReplaceRoute", 2);
    await expect(leadership.takeAddress()).rejects.toMatchObject({ kind: "Throttled" });
    const over = new AbortController();
    over.abort(new Error("the lease is over"));
    await expect(leadership.takeAddress({ signal: over.signal })).rejects.toThrow(/lease is over/);
  });

  test("a head that is fenced is off, its end is known, and others are left alone", async () => {
    const [self, former, gone] = [await machine(), await machine(), "i-0123456789abcdef0"];
    const { leadership } = leadershipOf(self);
    expect(await leadership.isGone(former)).toBe(false);
    expect(await leadership.isGone(gone)).toBe(true);
    expect(await leadership.fence(former)).toBe("off");
    expect(await leadership.fence(former)).toBe("off");
    expect(await leadership.fence(gone)).toBe("off");
    expect(await leadership.isGone(former)).toBe(true);
    for (const name of [self, "--all", "m-1"]) {
      await expect(leadership.fence(name)).rejects.toThrow(/no other machine/);
    }
    expect(await leadership.isGone(self)).toBe(false);
  });

  test("nobody can tell whether a machine is gone that EC2 does not answer for", async () => {
    const { leadership } = leadershipOf(await machine());
    world.region.faults.throttle.set("ec2:DescribeInstances", 1);
    expect(await leadership.isGone("i-0123456789abcdef0")).toBe(false);
  });
});
