import { readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import type { HeadCloud } from "@sluice/cloud";
import { type ConformanceHarness, machinesConformance } from "@sluice/cloud/testing";
import { createLocalHeadCloud } from "@sluice/local/head";
import { parseClusterFile } from "@sluice/model";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { CONFORMANCE } from "./clusters.ts";
import { type Cluster, Site, until } from "./harness.ts";

const site = new Site("isolation");
let first: Cluster;
let second: Cluster;

beforeAll(async () => {
  first = await site.createCluster("first", CONFORMANCE);
  second = await site.createCluster("second", CONFORMANCE);
});
afterAll(async () => {
  await first[Symbol.asyncDispose]();
  await second[Symbol.asyncDispose]();
});

describe("two clusters side by side", () => {
  /** What a head gets of the cloud through its own socket. */
  const ask = async <T>(cluster: Cluster, path: string, body?: unknown): Promise<T> => {
    const data =
      body === undefined ? "" : `-H content-type:application/json -d '${JSON.stringify(body)}'`;
    const socket = "--unix-socket /run/sluice-cloud/cloud.sock";
    return JSON.parse(
      await cluster.ok("root", `curl -s ${socket} ${data} http://cloud${path}`),
    ) as T;
  };
  const proofOf = (cluster: Cluster, id: string): string =>
    readFileSync(join(cluster.trace.folder, "machines", id, "guest", "identity"), "utf8").trim();

  test("each head sees, ends and believes its own machines only", async () => {
    await Promise.all([first, second].map((one) => one.ok("ada", "srun hostname")));
    const [mine] = await first.instances();
    const [theirs] = await second.instances();
    if (mine === undefined || theirs === undefined) throw new Error("no machines");

    const listed = await ask<readonly { id: string }[]>(first, "/machines");
    expect(listed.map(({ id }) => id)).toEqual([mine.instanceId]);
    const [refused] = await ask<readonly { ok: boolean }[]>(first, "/machines/terminate", {
      ids: [theirs.instanceId],
    });
    expect(refused?.ok).toBe(false);
    expect((await second.instances()).map(({ state }) => state)).toEqual([theirs.state]);

    const foreign = { proof: proofOf(second, theirs.instanceId) };
    expect(await ask(first, "/identity", foreign)).toBeNull();
    expect(await ask(second, "/identity", foreign)).toMatchObject({ id: theirs.instanceId });
    for (const path of ["/clusters", "/version", `/clusters/${second.name}/machines`]) {
      expect(await ask(first, path)).toMatchObject({ statusCode: 404 });
    }
  });

  test("a machine that was stopped boots over its disk, and slurmd with it", async () => {
    const [machine] = await first.instances();
    if (machine === undefined) throw new Error("no machine");
    const { standby, machines, consoles } = cloudOf(first);
    const isListed = (id: string, state: string) =>
      until(
        `${id} to be ${state}`,
        async () => (await machines.list()).some((one) => one.id === id && one.state === state),
        10,
      );
    // A node manager would do something about a node whose machine is off.
    await first.ok("root", "systemctl kill -s STOP sluice-head");
    expect(await standby?.stop([machine.instanceId])).toEqual([{ ok: true }]);
    await isListed(machine.instanceId, "stopped");
    const before = (await consoles.read(machine.instanceId)).length;
    expect(await standby?.start([machine.instanceId])).toEqual([{ ok: true }]);
    await isListed(machine.instanceId, "running");
    await until(
      "it to ask the head who it is",
      async () => (await consoles.read(machine.instanceId)).slice(before).includes("sluice-join"),
      10,
    );
    await first.ok("root", "systemctl kill -s CONT sluice-head");
    const told = `Node ${machine.nodeName} unexpectedly rebooted`;
    await first.until(
      "slurmctld to hear of it",
      async () => first.ok("root", `grep '${told}' /var/lib/sluice/log/slurmctld.log`),
      20,
    );
  });

  test("a machine that cannot be started says why, in its log and in the service's", async () => {
    const { machines } = cloudOf(first);
    const folder = join(first.trace.folder, "machines");
    renameSync(folder, `${folder}.away`);
    writeFileSync(folder, "");
    try {
      const [outcome] = await machines.launch(
        [
          {
            token: "never",
            node: "never-starts",
            pool: { queue: "cpu", computeResource: "small" },
            offering: { instanceType: "local.small", zone: "local", market: "on-demand" },
            userData: "",
            tags: {},
          },
        ],
        { atomic: true },
      );
      const id = outcome?.ok ? outcome.machine.id : "";
      await until(
        "it to be gone",
        async () => (await machines.list()).some((one) => one.id === id && one.state === "gone"),
        10,
      );
      const told = `machine ${id} (never-starts) could not be started: ENOTDIR`;
      expect((await first.sluice("logs", id)).stdout).toContain(told);
      const log = readFileSync(join(site.state, "service", "service.log"), "utf8");
      expect(log).toContain(told);
    } finally {
      rmSync(folder);
      renameSync(`${folder}.away`, folder);
    }
  });

  test("a machine joins its own cluster only, and only with a proof", async () => {
    const [theirs] = await second.instances();
    const join_ = "curl -sk -o /dev/null -w '%{http_code}' https://head:8470/v1/join --data-binary";
    const proof = proofOf(second, theirs?.instanceId ?? "");
    expect(await first.ok("root", `${join_} '${proof}'`)).toBe("403");
    expect(await first.ok("root", `${join_} nonsense`)).toBe("403");
  });

  test("no machine reaches another cluster's network", async () => {
    const { json } = await second.sluice("describe-cluster");
    const head = json<{ headNode: { privateIpAddress: string } }>().headNode.privateIpAddress;
    const knock = (address: string) => `timeout 3 bash -c ': <> /dev/tcp/${address}/6817'`;
    expect((await second.onHead("root", knock(head))).code, "its own head listens").toBe(0);
    expect((await first.onHead("root", knock(head))).code).not.toBe(0);
    expect((await first.onHead("ada", `srun ${knock(head)}`)).code).not.toBe(0);
  });

  test("users on a machine can't read its proof, nor the key that it brought", async () => {
    for (const file of ["/run/sluice-machine/identity", "/etc/munge/munge.key"]) {
      const { code, stderr } = await first.onHead("ada", `srun cat ${file}`);
      expect(code).not.toBe(0);
      expect(stderr).toContain("Permission denied");
    }
    for (const folder of ["/run/sluice-cloud", "/var/lib/sluice/secrets"]) {
      const { stderr } = await first.onHead("ada", `ls ${folder}/`);
      expect(stderr).toContain("Permission denied");
    }
  });
});

machinesConformance("the local cloud", makeHarness, { timeout: 10_000 });

/** A cluster's cloud as its head holds it. */
function cloudOf(cluster: Cluster): HeadCloud {
  const parsed = parseClusterFile(CONFORMANCE, { fileName: "conformance.yaml" });
  if (!parsed.ok) throw new Error("the cluster file is wrong");
  return createLocalHeadCloud({
    config: parsed.config,
    slurmVersion: "24.11",
    socket: join(cluster.trace.folder, "cloud", "cloud.sock"),
  });
}

/** The real thing, with the heads' own node managers out of the way. */
async function makeHarness(): Promise<ConformanceHarness> {
  for (const cluster of [first, second]) {
    await cluster.ok("root", "systemctl stop sluice-head");
    const cloud = cloudOf(cluster);
    await until(
      "no machine to be left",
      async () => {
        const all = await cloud.machines.list();
        const machines = all.filter(({ state }) => state !== "gone");
        if (machines.length > 0) await cloud.machines.terminate(machines.map(({ id }) => id));
        return machines.length === 0;
      },
      10,
    );
  }
  const accident = async (
    verb: string,
    cluster: "cloud" | "other",
    ...words: string[]
  ): Promise<void> => {
    const { name } = cluster === "cloud" ? first : second;
    const { code, stderr } = await site.sluice(["local", verb, "-n", name, ...words]);
    if (code !== 0) throw new Error(stderr);
  };
  const pidFile = join(site.state, "service", "pid");
  return {
    cloud: cloudOf(first),
    other: cloudOf(second),
    pool: {
      queue: "cpu",
      computeResource: "small",
      instanceTypes: ["local.small"],
      markets: ["on-demand", "spot"],
      order: "file",
      placement: false,
    },
    userData: "#cloud-config\n{}\n",
    scarce: {
      pool: {
        queue: "cpu",
        computeResource: "scarce",
        instanceTypes: ["local.scarce"],
        markets: ["on-demand"],
        order: "file",
        placement: false,
      },
      offering: { instanceType: "local.scarce", zone: "local", market: "on-demand" },
      capacity: 2,
    },
    async proofOf(machine, cluster) {
      const { folder } = (cluster === "cloud" ? first : second).trace;
      const file = join(folder, "machines", machine.id, "guest", "identity");
      // There and empty for the moment in which it is being written.
      return until("its proof", async () => readFileSync(file, "utf8").trim() || undefined, 10);
    },
    consoleSays: /Reached target.*Multi-User/,
    kill: (machineId, cluster) => accident("kill-machine", cluster, machineId),
    interrupt: (machineId, seconds, cluster) =>
      accident("interrupt-machine", cluster, machineId, "--in", `${seconds}s`),
    async restart() {
      const before = readFileSync(pidFile, "utf8");
      process.kill(Number(before), "SIGKILL");
      await until(
        "the service to be back",
        async () => readFileSync(pidFile, "utf8") !== before && cloudOf(first).machines.list(),
        10,
      );
    },
    tick: () => delay(50),
    async [Symbol.asyncDispose]() {},
  };
}
