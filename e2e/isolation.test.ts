import { readFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
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

/** The real thing, with the heads' own node managers out of the way. */
async function makeHarness(): Promise<ConformanceHarness> {
  const parsed = parseClusterFile(CONFORMANCE, { fileName: "conformance.yaml" });
  if (!parsed.ok) throw new Error("the cluster file is wrong");
  const { config } = parsed;
  const cloudOf = (cluster: Cluster) =>
    createLocalHeadCloud({
      config,
      slurmVersion: "24.11",
      socket: join(cluster.trace.folder, "cloud", "cloud.sock"),
    });
  for (const cluster of [first, second]) {
    await cluster.ok("root", "systemctl stop sluice-head");
    const cloud = cloudOf(cluster);
    await until(
      "no machine to be left",
      async () => {
        const machines = await cloud.machines.list();
        if (machines.length > 0) await cloud.machines.terminate(machines.map(({ id }) => id));
        return machines.length === 0;
      },
      10,
    );
  }
  const pidFile = join(site.state, "service", "pid");
  return {
    cloud: cloudOf(first),
    other: cloudOf(second),
    pool: {
      queue: "cpu",
      computeResource: "small",
      instanceTypes: ["local.small"],
      markets: ["on-demand"],
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
    async kill(machineId) {
      const result = await site.sluice(["local", "kill-machine", "-n", first.name, machineId]);
      if (result.code !== 0) throw new Error(result.stderr);
    },
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
