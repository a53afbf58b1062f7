import { chmodSync, chownSync, mkdirSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import {
  HEAD_LAYOUT,
  JOIN_PORT,
  renderComputeUserData,
  renderLightUserData,
  SECRET_FILES,
} from "@sluice/boot";
import {
  createNodeManager,
  type NodeManager,
  openCapacityStore,
  type PoolSpec,
} from "@sluice/capacity";
import { type Clock, messageOf } from "@sluice/model";
import { createSlurmCommands, execRunner, SLURM_COMMAND_ENV } from "@sluice/slurm";
import type { FastifyInstance } from "fastify";
import { pino } from "pino";
import { readContext } from "../context.ts";
import { catalogueOf, poolSpecs, warmPolicies } from "../pools.ts";
import { accountOf } from "../setup/files.ts";
import { VERSION } from "../version.ts";
import { buildControlApi } from "./control-api.ts";
import { buildHookApi } from "./hook-api.ts";
import { buildJoinApi } from "./join-api.ts";
import { measuredMachines, measuredSlurm, measuredStandby } from "./measured.ts";
import { Metrics } from "./metrics.ts";
import { buildMetricsApi, METRICS_HOST, METRICS_PORT } from "./metrics-api.ts";

const systemClock: Clock = {
  now: () => new Date(),
  sleep: (milliseconds, signal) =>
    delay(milliseconds, undefined, signal === undefined ? {} : { signal }).catch(() => {}),
};

/**
 * The node manager as a process: the loop, and the sockets through which Slurm's hooks, machines
 * and the command line reach it. It may be killed at any time.
 */
export async function daemon(): Promise<void> {
  const log = pino({ base: null, timestamp: pino.stdTimeFunctions.isoTime });
  const context = await readContext();
  const { config, cloud } = context;
  const secret = (name: string): string => join(HEAD_LAYOUT.secrets, name);
  const certificate = readFileSync(secret(SECRET_FILES.tlsCertificate), "utf8");
  const boot = {
    users: config.Users,
    headAddress: context.address,
    headCertificate: certificate,
    identityCommand: cloud.guest.identityCommand,
  };
  const booted = renderComputeUserData(boot);
  const light = renderLightUserData(boot);

  const pools = poolSpecs(config, await catalogueOf(context));
  const metrics = new Metrics({
    clock: systemClock,
    version: VERSION,
    slurmVersion: context.slurmVersion,
    cluster: context.clusterName,
    poolOf: poolsByNode(pools),
  });
  const commands = createSlurmCommands({ run: execRunner({ env: SLURM_COMMAND_ENV }) });
  const slurm = measuredSlurm(commands, metrics);
  const store = openCapacityStore(HEAD_LAYOUT.capacity);
  const manager: NodeManager = createNodeManager({
    slurm,
    machines: measuredMachines(cloud.machines, metrics, store),
    catalogue: cloud.catalogue,
    store,
    pools,
    warm: warmPolicies(config),
    clock: systemClock,
    newToken: () => crypto.randomUUID(),
    userData: (_node, _pool, offering) =>
      cloud.guest.isLight(offering.instanceType) ? light : booted,
    tags: Object.fromEntries((config.Tags ?? []).map(({ Key, Value }) => [Key, Value])),
    consoles: cloud.consoles,
    ...(cloud.standby === undefined ? {} : { standby: measuredStandby(cloud.standby, metrics) }),
    log,
    meter: metrics,
  });

  const hooks = buildHookApi({ manager });
  const metricsText = () => metrics.text(manager.census(), () => slurm.jobs());
  const control = buildControlApi({
    manager,
    slurm,
    slurmVersion: context.slurmVersion,
    metrics: metricsText,
  });
  const scraped = buildMetricsApi(metricsText);
  const joins = buildJoinApi({
    manager,
    identity: cloud.identity,
    mungeKey: readFileSync(secret(SECRET_FILES.munge)),
    tls: { key: readFileSync(secret(SECRET_FILES.tlsKey)), cert: certificate },
  });
  await openSockets(hooks, control);
  await joins.listen({ host: context.address, port: JOIN_PORT });
  // Nobody's job waits for numbers: without its port the daemon goes on.
  await scraped.listen({ host: METRICS_HOST, port: METRICS_PORT }).catch((error: unknown) => {
    log.warn({ port: METRICS_PORT, error: messageOf(error) }, "metrics can't be scraped");
  });

  const stop = new AbortController();
  for (const name of ["SIGTERM", "SIGINT"] as const) process.once(name, () => stop.abort());
  log.info({ cluster: context.clusterName, slurm: context.slurmVersion }, "node manager started");
  await manager.run(stop.signal);
  await Promise.all([hooks.close(), control.close(), joins.close(), scraped.close()]);
  store[Symbol.dispose]?.();
}

async function openSockets(hooks: FastifyInstance, control: FastifyInstance): Promise<void> {
  mkdirSync(HEAD_LAYOUT.run, { recursive: true, mode: 0o755 });
  chmodSync(HEAD_LAYOUT.run, 0o755);
  const slurmUser = accountOf("slurm");
  for (const [app, path, mode, gid] of [
    [hooks, HEAD_LAYOUT.hookSocket, 0o660, slurmUser.gid],
    [control, HEAD_LAYOUT.controlSocket, 0o600, 0],
  ] as const) {
    rmSync(path, { force: true });
    await app.listen({ path });
    chownSync(path, 0, gid);
    chmodSync(path, mode);
  }
}

function poolsByNode(specs: readonly PoolSpec[]) {
  const byNode = new Map(
    specs.flatMap(({ pool, staticNodes, dynamicNodes }) =>
      [...staticNodes, ...dynamicNodes].map((node) => [node, pool] as const),
    ),
  );
  return (node: string) => byNode.get(node);
}
