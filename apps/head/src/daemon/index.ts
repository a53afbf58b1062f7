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
import { createNodeManager, type NodeManager, openCapacityStore } from "@sluice/capacity";
import type { Clock } from "@sluice/model";
import { createSlurmCommands, execRunner, SLURM_COMMAND_ENV } from "@sluice/slurm";
import { pino } from "pino";
import { readContext } from "../context.ts";
import { catalogueOf, poolSpecs } from "../pools.ts";
import { accountOf } from "../setup/files.ts";
import { buildControlApi } from "./control-api.ts";
import { buildHookApi } from "./hook-api.ts";
import { buildJoinApi } from "./join-api.ts";

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

  const slurm = createSlurmCommands({ run: execRunner({ env: SLURM_COMMAND_ENV }) });
  const store = openCapacityStore(HEAD_LAYOUT.capacity);
  const manager: NodeManager = createNodeManager({
    slurm,
    machines: cloud.machines,
    catalogue: cloud.catalogue,
    store,
    pools: poolSpecs(config, await catalogueOf(context)),
    clock: systemClock,
    newToken: () => crypto.randomUUID(),
    userData: (_node, _pool, offering) =>
      cloud.guest.isLight(offering.instanceType) ? light : booted,
    tags: Object.fromEntries((config.Tags ?? []).map(({ Key, Value }) => [Key, Value])),
    consoles: cloud.consoles,
    ...(cloud.standby === undefined ? {} : { standby: cloud.standby }),
    log,
  });

  const hooks = buildHookApi({ manager });
  const control = buildControlApi({ manager, slurm, slurmVersion: context.slurmVersion });
  const joins = buildJoinApi({
    manager,
    identity: cloud.identity,
    mungeKey: readFileSync(secret(SECRET_FILES.munge)),
    tls: { key: readFileSync(secret(SECRET_FILES.tlsKey)), cert: certificate },
  });
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
  await joins.listen({ host: context.address, port: JOIN_PORT });

  const stop = new AbortController();
  for (const name of ["SIGTERM", "SIGINT"] as const) process.once(name, () => stop.abort());
  log.info({ cluster: context.clusterName, slurm: context.slurmVersion }, "node manager started");
  await manager.run(stop.signal);
  await Promise.all([hooks.close(), control.close(), joins.close()]);
  store[Symbol.dispose]?.();
}
