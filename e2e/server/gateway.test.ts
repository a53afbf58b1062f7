import { randomUUID } from "node:crypto";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import type { GatewayAccess } from "@sluice/cloud";
import { type Gateway, type HistoryJob, openGateway, type QueueJob } from "@sluice/gateway";
import { createLocalCloud, type LocalCloud } from "@sluice/local";
import { isSluiceError } from "@sluice/model";
import { submissionTag, tagField } from "@sluice/slurm";
import { afterAll, beforeAll, describe, expect, inject, test } from "vitest";
import { type Cluster, Site, until } from "../harness.ts";

const file = (os: string) => `
Provider: local
Image: { Os: ${os} }
HeadNode: { InstanceType: local.head }
Users:
  - Name: ada
  - Name: ben
Scheduling:
  SlurmSettings: { ScaledownIdletime: 20s }
  SlurmQueues:
    - Name: burst
      ComputeResources:
        - { Name: light, InstanceType: light.small, MaxCount: 4 }
`;

const clock = {
  now: () => new Date(),
  sleep: (milliseconds: number) => delay(milliseconds),
};

/** A name that breaks what is read by lines, by words or by the separators of others. */
const HOSTILE = `a|b;c'"~\nJobId=1 x\tü $(id)`;

describe.each([
  { os: "debian13", version: "24.11", rest: ["v0.0.40", "v0.0.41", "v0.0.42"] },
  { os: "debian12", version: "22.05", rest: ["v0.0.36", "v0.0.37", "v0.0.38"] },
] as const)("the gateway of a head on $os", ({ os, version, rest }) => {
  const site = new Site(`gateway-${os}`);
  let cluster: Cluster;
  let cloud: LocalCloud;
  let access: GatewayAccess;
  let gateway: Gateway;

  beforeAll(async () => {
    cluster = await site.createCluster(os, file(os));
    const program = join(inject("run").dist, "local-service.mjs");
    cloud = await createLocalCloud({ env: { ...process.env, ...site.env }, program });
    const found = await cloud.gateway?.(os);
    if (found === undefined) throw new Error("the cluster has no gateway");
    access = found;
    gateway = openGateway({ access, cluster: os, clock });
  });
  afterAll(async () => {
    await gateway?.[Symbol.asyncDispose]();
    await cloud?.[Symbol.asyncDispose]();
    await cluster?.[Symbol.asyncDispose]();
  });

  /** Held, so that it stays. */
  async function submit(): Promise<{ readonly tag: string; readonly id: number }> {
    const tag = submissionTag(randomUUID());
    const option = `--${tagField(version)}=${tag}`;
    const line = `sbatch --parsable --hold --partition=burst ${option} --wrap=true`;
    return { tag, id: Number(await cluster.ok("ada", line)) };
  }

  /** What slurmctld says once it is there again. */
  const again = <T>(ask: () => Promise<T>): Promise<T> =>
    until(
      "slurmctld to be there again",
      () =>
        ask().then(
          (value) => ({ value }),
          (error: unknown) => {
            if (isSluiceError(error) && error.code === "SLURM_UNREACHABLE") return undefined;
            throw error;
          },
        ),
      30,
    ).then(({ value }) => value);

  test("says what it is", async () => {
    const info = await gateway.info();
    expect(info).toMatchObject({ clusterName: os, restVersions: rest });
    expect(info.slurmVersion.startsWith(`${version}.`)).toBe(true);
    expect(info.controllerStartedAt).toBeInstanceOf(Date);
  });

  test("leads to slurmrestd, for whom the token is", async () => {
    const path = `/slurm/${rest.at(-1)}/jobs`;
    const { statusCode, body } = await gateway.slurmrestd.request({
      method: "GET",
      path,
      headers: { "x-slurm-user-name": "ada", "x-slurm-user-token": gateway.mintToken("ada", 60) },
    });
    expect([statusCode, Object.keys((await body.json()) as object)]).toEqual([
      200,
      expect.arrayContaining(["jobs"]),
    ]);
    const bare = await gateway.slurmrestd.request({ method: "GET", path });
    expect(bare.statusCode).toBe(401);
    await bare.body.dump();
  });

  test("lists jobs as they are, whatever they are called", async () => {
    const name = Buffer.from(HOSTILE).toString("base64");
    const begun = new Date(Date.now() - 60_000);
    const line = `sbatch --parsable -p burst -a 1-2 -t 5 --job-name="$(echo ${name} | base64 -d)" \\
      -o 'out-%A-%a-%x' --wrap 'exit 3'`;
    const id = Number(await cluster.ok("ada", line));
    const mine = (job: QueueJob | HistoryJob): boolean => job.arrayJobId === id;
    const queued = (await gateway.queue()).filter(mine);
    expect(queued[0]).toMatchObject({ name: HOSTILE, user: "ada", partition: "burst" });
    // A machine that does not come up is made anew, after a while.
    await cluster.ended([`${id}_1`, `${id}_2`], 180);
    const over = (await gateway.queue()).filter(mine);
    expect(over.map(({ label }) => label).toSorted()).toEqual([`${id}_1`, `${id}_2`]);
    for (const job of over) {
      expect(job).toMatchObject({ state: "FAILED", exitCode: "3:0", timeLimitSeconds: 300 });
      expect(job.standardOutput).toBe(`/home/ada/out-${id}-${job.arrayTaskId}-${HOSTILE}`);
    }
    const range = { since: begun, until: new Date(Date.now() + 60_000) };
    const past: HistoryJob[] = [];
    for await (const job of gateway.history(range)) if (mine(job)) past.push(job);
    expect(past).toHaveLength(2);
    expect(past[0]).toMatchObject({ state: "FAILED", exitCode: "3:0", user: "ada" });
    expect(past[0]?.cpuSecondsUsed).toBeTypeOf("number");
    const none = { since: new Date(begun.getTime() - 3_600_000), until: begun };
    for await (const job of gateway.history(none)) expect(mine(job)).toBe(false);
  }, 240_000);

  test("knows what outlives a slurmctld that is killed, and finds it after", async () => {
    const { tag, id } = await submit();
    expect(await gateway.find([tag])).toEqual(new Map([[tag, id]]));
    await until("the job to be saved", async () => (await gateway.saved([tag])).has(tag), 20);
    await cluster.ok("root", "systemctl kill -s KILL slurmctld");
    expect(await again(() => gateway.find([tag]))).toEqual(new Map([[tag, id]]));
    expect(await gateway.saved([tag, submissionTag(randomUUID())])).toEqual(new Set([tag]));
  });

  test("is not misled by who gives a job the tag of another", async () => {
    const { tag, id } = await submit();
    const field = tagField(version);
    const option = `--${field}=${tag}`;
    const name = Buffer.from(`x\nJobId=1 JobName=y\nJobId=${id - 1} `).toString("base64");
    await cluster.ok(
      "ben",
      `sbatch --hold -p burst ${option} --job-name="$(echo ${name} | base64 -d)" --wrap=true`,
    );
    expect(await gateway.find([tag])).toEqual(new Map([[tag, id]]));
    await cluster.ok("root", "scancel -u ben");
  });

  test("never takes for saved what a slurmctld that is killed forgets", async () => {
    const tag = submissionTag(randomUUID());
    // In one breath, before slurmctld has saved it.
    await cluster.ok(
      "root",
      `setpriv --reuid=ada --regid=ada --init-groups -- env HOME=/home/ada sbatch -D /tmp --hold \\
         --partition=burst --${tagField(version)}=${tag} --wrap=true &&
       systemctl kill -s KILL slurmctld`,
    );
    const isSaved = (await gateway.saved([tag])).has(tag);
    const found = await again(() => gateway.find([tag]));
    expect(found.has(tag)).toBe(isSaved);
  });

  test("runs a worker as its user, in all of the user's groups, and nobody else", async () => {
    await cluster.ok("root", "groupadd -f readers && usermod -aG readers ada");
    await cluster.ok("root", "install -g readers -m 640 /dev/null /shared/for-readers");
    const ada = gateway.user("ada");
    expect((await ada.stat("/shared/for-readers")).group).toBe("readers");
    const { content } = await ada.read("/shared/for-readers");
    content.resume();
    await expect(gateway.user("ben").read("/shared/for-readers")).rejects.toMatchObject({
      code: "FILE_DENIED",
    });
    await ada.write("/home/ada/mine", "hello");
    expect(await cluster.ok("root", "stat -c %U:%G /home/ada/mine")).toBe("ada:ada");
    for (const name of ["root", "slurm", "slurmrestd", "nobody", "nosuch"]) {
      await expect(gateway.user(name).stat("/shared")).rejects.toMatchObject({
        code: "GATEWAY_USER_UNKNOWN",
      });
    }
  });

  test("tells a worker that runs what an update shares", async () => {
    const pid = "pgrep -u ada -f 'head.mjs worker'";
    const paths = async () => (await gateway.user("ada").roots()).map(({ path }) => path);
    expect(await paths()).toEqual(["/home/ada", "/shared"]);
    const before = await cluster.ok("root", pid);
    const shares = "SharedStorage: [{ Name: sets, MountDir: /sets, StorageType: Local }]\n";
    const updated = site.clusterFile(os, `${file(os)}${shares}`);
    const result = await cluster.sluice("update-cluster", "-c", updated);
    expect(result.code, result.stderr).toBe(0);
    await until("the worker to know", async () => (await paths()).includes("/sets"), 20);
    expect(await cluster.ok("root", pid)).toBe(before);
  });

  test("is back after a kill, with no worker left of the one before", async () => {
    await gateway.user("ada").stat("/home/ada");
    const pids = "pgrep -u ada -f 'head.mjs worker'";
    const before = await cluster.ok("root", pids);
    await cluster.ok("root", "systemctl kill -s KILL --kill-who=main sluice-gateway");
    await until(
      "the gateway to be back",
      () =>
        gateway.info().catch((error: unknown) => {
          if (isSluiceError(error) && error.code === "GATEWAY_UNREACHABLE") return undefined;
          throw error;
        }),
      20,
    );
    expect((await gateway.user("ada").stat("/home/ada")).kind).toBe("folder");
    const after = await cluster.ok("root", pids);
    expect(after).not.toBe(before);
    expect(after).toMatch(/^\d+$/);
  });

  test("takes no other key and shows no other certificate", async () => {
    await using stranger = openGateway({
      access: { ...access, key: "0".repeat(64) },
      cluster: os,
      clock,
    });
    await expect(stranger.queue()).rejects.toMatchObject({ code: "GATEWAY_REFUSED" });
    const secrets = "/var/lib/sluice/secrets/gateway.key";
    expect(await cluster.ok("root", `stat -c '%a %U' ${secrets}`)).toBe("600 root");
    const seen = await cluster.onHead("ada", `cat ${secrets}`);
    expect(seen.code).not.toBe(0);
    const listed = await cluster.ok("ada", "ps -eo args");
    expect(listed).not.toContain(access.key);
  });
});
