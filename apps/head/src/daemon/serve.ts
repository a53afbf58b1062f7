import { chmodSync, chownSync, mkdirSync, rmSync } from "node:fs";
import { dirname } from "node:path";
import { headServices } from "@sluice/boot";
import {
  createNodeManager,
  type Log,
  type NodeManager,
  openCapacityStore,
  type PoolSpec,
} from "@sluice/capacity";
import { RevokedJobs } from "@sluice/cloud";
import { type Clock, type FleetEvent, type MachineType, messageOf } from "@sluice/model";
import type { SlurmControl } from "@sluice/slurm";
import type { FastifyInstance } from "fastify";
import { accountingOf } from "../accounting.ts";
import { BackupWatch } from "../backup/watch.ts";
import type { HeadContext } from "../context.ts";
import { readLeadState } from "../lead/state.ts";
import { machineTypesFile, readMachineTypes } from "../machine-types.ts";
import { catalogueOf, poolSpecs, tagsOf, warmPolicies } from "../pools.ts";
import { install } from "../setup/files.ts";
import type { SubmissionJournal } from "../submission-journal/journal.ts";
import { VERSION } from "../version.ts";
import { BootReports, tellBoot } from "./boot-reports.ts";
import { buildControlApi } from "./control-api.ts";
import { type GuardedController, guardController } from "./controller-guard.ts";
import { HighestJob } from "./highest-job.ts";
import { buildHookApi, type HookedManager } from "./hook-api.ts";
import { buildJoinApi } from "./join-api.ts";
import { joinFiles } from "./join-files.ts";
import { followJournal } from "./journal.ts";
import { leadMetrics } from "./lead-metrics.ts";
import { measuredMachines, measuredSlurm, measuredStandby } from "./measured.ts";
import { Metrics } from "./metrics.ts";
import { buildMetricsApi } from "./metrics-api.ts";
import { namedMachines, nodeNamesOf } from "./node-names.ts";
import { RevokedGate } from "./revoked-gate.ts";
import { giveSigns } from "./signs.ts";
import { userDataOf } from "./user-data.ts";

const ASK_AGAIN_FIRST_MILLISECONDS = 500;
const ASK_AGAIN_LAST_MILLISECONDS = 15_000;

/** Besides the services, in the cloud's logs. */
const OTHER_UNITS = ["sluice-update", "sluice-boot", "sluice-lead", "sluice-fence"];

interface Address {
  readonly host: string;
  readonly port: number;
}

export interface ServeOptions {
  readonly context: HeadContext;
  readonly slurm: SlurmControl;
  readonly clock: Clock;
  readonly log: Log;
  readonly paths: Readonly<
    Record<
      | "run"
      | "hookSocket"
      | "controlSocket"
      | "capacity"
      | "machineTypes"
      | "slurmEtc"
      | "hostKeys"
      | "journalPosition"
      | "hosts"
      | "nodeNames"
      | "leadState"
      | "highestJob",
      string
    >
  >;
  /** Group number of who may call the hooks. */
  readonly hookGroup: number;
  readonly join: Address;
  readonly scrape: Address;
  readonly mungeKey: Buffer;
  readonly tls: { readonly key: Buffer; readonly cert: string };
  /** See `RevokedGateParts`; missing: every job may start. */
  readonly describeJob?: (jobId: number, signal: AbortSignal) => Promise<string>;
  /** What slurmctld acknowledged and has not saved; missing: Slurm is too old for it. */
  readonly submissions?: Pick<SubmissionJournal, "starts" | "controllerStarted" | "run">;
  /** Is ended when it hangs. */
  readonly controller?: GuardedController;
}

/**
 * The node manager's loop, and the sockets through which Slurm's hooks, machines and the command
 * line reach it, until `signal` fires. It needs neither the cloud nor Slurm to begin: hooks are
 * taken down and questions answered from memory until they are back.
 */
export async function serve(options: ServeOptions, signal: AbortSignal): Promise<void> {
  const { context, clock, log, paths, tls, mungeKey } = options;
  const { config, cloud } = context;
  const known = readMachineTypes(paths.machineTypes);
  const types = new Map<string, MachineType>(known);
  const pools = poolSpecs(config, types);
  const metrics = new Metrics({
    clock,
    version: VERSION,
    slurmVersion: context.slurmVersion,
    cluster: context.clusterName,
    poolOf: poolsByNode(pools),
  });
  const slurm = measuredSlurm(options.slurm, metrics);
  const store = openCapacityStore(paths.capacity);
  const names = nodeNamesOf(context, paths);
  names?.begin();
  const manager = createNodeManager({
    slurm,
    machines: measuredMachines(
      names === undefined ? cloud.machines : namedMachines(cloud.machines, names),
      metrics,
      store,
    ),
    catalogue: cloud.catalogue,
    store,
    pools,
    warm: warmPolicies(config),
    clock,
    newToken: () => crypto.randomUUID(),
    userData: userDataOf(context, tls.cert),
    tags: tagsOf(config.Tags),
    consoles: cloud.consoles,
    ...(cloud.standby === undefined ? {} : { standby: measuredStandby(cloud.standby, metrics) }),
    log,
    meter: metrics,
  });

  const tell = (event: Omit<FleetEvent, "time">): void =>
    store.addEvents([{ time: clock.now().toISOString(), ...event }]);
  const backups = new BackupWatch({
    ...{ config, cloud, clock, log, tell },
    clusterName: context.clusterName,
  });
  const metricsText = async () =>
    (await metrics.text(manager.census(), () => slurm.jobs())) +
    leadMetrics(readLeadState(paths.leadState)) +
    backups.text();
  const { slurmVersion } = context;
  const gate = revokedGate(options, tell);
  const highest = new HighestJob(paths.highestJob, log);
  const starts = (jobId: number): void => {
    highest.saw(jobId);
    options.submissions?.starts(jobId);
  };
  const hooks = buildHookApi({
    manager: hooked(manager, { submissions: options.submissions, gate, starts }),
  });
  const services = headServices(accountingOf(context));
  const boots = new BootReports();
  const control = buildControlApi({
    manager,
    slurm,
    slurmVersion,
    metrics: metricsText,
    services,
    boots,
    backups: () => backups.state(),
    tell,
  });
  const joins = buildJoinApi({
    identity: cloud.identity,
    mungeKey,
    tls,
    clock,
    filesFor: joinFiles({
      context,
      slurmEtc: paths.slurmEtc,
      hostKeys: paths.hostKeys,
      sssdConf: "/etc/sssd/sssd.conf",
    }),
    onJoin: (machine) => {
      if (machine.role !== "compute") return;
      names?.joined(machine);
      manager.joined(machine.id, machine.node);
    },
    onBoot: (report) => {
      boots.add(report);
      tellBoot(report, log, cloud.logs);
    },
    onNotice: (notice) => cloud.notices?.tell(notice),
    ...(names === undefined ? {} : { names: () => names.answer() }),
  });
  const scraped = buildMetricsApi(metricsText);
  await openSockets(options, hooks, control);
  await joins.listen(options.join);
  // Nobody's job waits for numbers: without its port the daemon goes on.
  await scraped.listen(options.scrape).catch((error: unknown) => {
    log.warn({ port: options.scrape.port, error: messageOf(error) }, "metrics can't be scraped");
  });
  log.info({ cluster: context.clusterName, slurm: slurmVersion }, "node manager started");
  if (known === undefined) await learnTypes(options, types, signal);
  const journal =
    cloud.logs === undefined
      ? undefined
      : followJournal(
          {
            sink: cloud.logs,
            units: [...services, ...OTHER_UNITS],
            position: paths.journalPosition,
            clock,
            log,
          },
          signal,
        );
  const signs =
    cloud.signs === undefined
      ? undefined
      : giveSigns({ sink: cloud.signs, volume: dirname(paths.capacity), clock, log }, signal);
  const submissions = options.submissions?.run(signal, tell);
  const backing = backups.run(signal);
  const guarding = guarded(options, tell, signal);
  await manager.run(signal);
  await Promise.all([journal, signs, submissions, backing, guarding]);
  await Promise.all([hooks.close(), control.close(), joins.close(), scraped.close()]);
  store[Symbol.dispose]?.();
}

function guarded(
  { controller, clock, log }: ServeOptions,
  tell: (event: Omit<FleetEvent, "time">) => void,
  signal: AbortSignal,
): Promise<void> | undefined {
  if (controller === undefined) return undefined;
  const onKilled = (why: string): void => {
    log.error({}, why);
    tell({ kind: "slurmctld-ended", message: `${why}; it was started anew` });
  };
  return guardController({ controller, clock, log, onKilled }, signal);
}

function revokedGate(
  { context: { cloud }, describeJob: describe, slurm, clock, log }: ServeOptions,
  tell: (event: Omit<FleetEvent, "time">) => void,
): RevokedGate | undefined {
  if (cloud.registers === undefined || describe === undefined) return undefined;
  const revoked = new RevokedJobs(cloud.registers);
  const cancel = (jobId: number) => slurm.cancel(jobId);
  return new RevokedGate({ revoked, describe, cancel, clock, log, tell });
}

/** What the hooks tell of, for the journal of submissions too. */
function hooked(
  manager: NodeManager,
  {
    submissions,
    gate,
    starts,
  }: {
    readonly submissions: ServeOptions["submissions"];
    readonly gate: RevokedGate | undefined;
    readonly starts: (jobId: number) => void;
  },
): HookedManager {
  return {
    resume: (request) => manager.resume(request),
    suspend: (nodes) => manager.suspend(nodes),
    controllerStarted() {
      submissions?.controllerStarted();
      manager.controllerStarted();
    },
    async awaitJob(job, gone) {
      const verdict = await manager.awaitJob(job, gone);
      if (!verdict.start) return verdict;
      if (gate !== undefined && !(await gate.mayStart(job.jobId, gone))) {
        return { start: false, reason: "another cluster has it" };
      }
      starts(job.jobId);
      return verdict;
    },
  };
}

/** How long a machine may take to boot hangs on its type, so that nothing is decided before. */
async function learnTypes(
  { context, clock, log, paths }: ServeOptions,
  types: Map<string, MachineType>,
  signal: AbortSignal,
): Promise<void> {
  for (let pause = ASK_AGAIN_FIRST_MILLISECONDS; !signal.aborted; pause *= 2) {
    try {
      const found = await catalogueOf(context);
      for (const [name, type] of found) types.set(name, type);
      install(machineTypesFile(paths.machineTypes, found.values()));
      return;
    } catch (error) {
      log.warn({ error: messageOf(error) }, "the cloud does not tell of its machine types");
    }
    await clock.sleep(Math.min(pause, ASK_AGAIN_LAST_MILLISECONDS), signal);
  }
}

async function openSockets(
  { paths, hookGroup }: ServeOptions,
  hooks: FastifyInstance,
  control: FastifyInstance,
): Promise<void> {
  mkdirSync(paths.run, { recursive: true, mode: 0o755 });
  chmodSync(paths.run, 0o755);
  for (const [app, path, mode] of [
    [hooks, paths.hookSocket, 0o660],
    [control, paths.controlSocket, 0o600],
  ] as const) {
    rmSync(path, { force: true });
    await app.listen({ path });
    chmodSync(path, mode);
  }
  chownSync(paths.hookSocket, -1, hookGroup);
}

function poolsByNode(specs: readonly PoolSpec[]) {
  const byNode = new Map(
    specs.flatMap(({ pool, staticNodes, dynamicNodes }) =>
      [...staticNodes, ...dynamicNodes].map((node) => [node, pool] as const),
    ),
  );
  return (node: string) => byNode.get(node);
}
