import { SluiceError } from "@sluice/model";
import { customLine, customNodes, isLine } from "./custom-lines.ts";
import { nodeHardware } from "./hardware.ts";
import { groupHostList, isAtLeast, type SlurmConfInput, type SlurmVersion } from "./input.ts";
import { type Settings, settingsBlock } from "./lines.ts";
import { nodeLines, partitionLines } from "./nodes.ts";
import { topologyLines } from "./topology.ts";

/**
 * Power saving is off altogether when the general SuspendTime is infinite, so "never" is ten years. A
 * partition's may be infinite.
 */
const NEVER_SECONDS = 315_360_000;

/**
 * The text of slurm.conf for the head, which serves it to every node (configless).
 *
 * Ours give way to the cloud's traits and both to the custom settings, whatever the case of a key.
 *
 * @throws SluiceError `SLURM_CONF_UNSAFE` for a value that would mean more than itself.
 */
export function renderSlurmConf(input: SlurmConfInput): string {
  const globals = input.customSettings.filter((map) => !isLine(map));
  const lines = input.customSettings.filter(isLine);
  return [
    "# Written by Sluice from the cluster file; changes made here are lost.",
    ...settingsBlock(
      controller(input),
      powerSaving(input),
      scheduling(input),
      timeouts(input),
      nodeDefaults(input),
      accounting(input),
      input.traits.slurmConf,
      ...globals,
    ),
    "",
    ...nodeLines(input),
    "",
    ...partitionLines(input),
    ...lines.map(customLine),
    ...(input.include === undefined ? [] : [includeLine(input.include)]),
    "",
  ].join("\n");
}

/**
 * Every connection wakes some of slurmctld's threads for them, and of 64 so many that it takes a
 * fifth more processor time for a submission. One thread is busy for as long as a question is.
 */
const CONNECTION_THREADS = 8;

/** 24.11 has 64; later releases have two for each of the machine's CPUs. */
function hasManyThreads(version: SlurmVersion): boolean {
  return isAtLeast(version, 24, 11) && !isAtLeast(version, 25, 5);
}

function controller({ clusterName, slurmVersion, head, paths }: SlurmConfInput): Settings {
  const old = !isAtLeast(slurmVersion, 23, 11);
  return {
    ClusterName: clusterName,
    SlurmctldHost: `${head.hostName}(${head.address})`,
    SlurmUser: "slurm",
    AuthType: "auth/munge",
    AuthAltTypes: "auth/jwt",
    AuthAltParameters: `jwt_key=${paths.jwtKey}`,
    // How long a requeued job waits, and how far clocks may differ when a job starts on a node.
    AuthInfo: "cred_expire=30",
    StateSaveLocation: paths.stateSave,
    // Before each start of slurmctld it is put above all numbers that were given away.
    FirstJobId: 1,
    SlurmctldLogFile: paths.slurmctldLog,
    SlurmdLogFile: paths.slurmdLog,
    SlurmdSpoolDir: paths.slurmdSpool,
    // Since 23.11 a registration always gives the address, and saying so is an error.
    SlurmctldParameters: [
      "enable_configless",
      "idle_on_node_suspend",
      "power_save_interval=1",
      // What is left of the memory of a small machine may be a tenth less than its type says.
      "node_reg_mem_percent=75",
      ...(old ? ["cloud_reg_addrs"] : []),
      ...(hasManyThreads(slurmVersion) ? [`CONMGR_THREADS=${CONNECTION_THREADS}`] : []),
    ].join(","),
    CommunicationParameters: [
      // An answer of slurmdbd is waited for up to 15 minutes, also where its machine is another one by
      // now. Asked whether it is still there, that one says no; who does not answer has five minutes,
      // so that steps live through a network that is cut.
      ...["keepalivetime=10", "keepaliveinterval=10", "keepaliveprobes=30"],
      ...(old ? ["NoAddrCache"] : []),
    ].join(","),
    // slurmctld speaks to each node itself: nodes do not know each other's address.
    TreeWidth: 65533,
    // A partition that the fleet's stop made INACTIVE stays so over `scontrol reconfigure`.
    ReconfigFlags: "KeepPartState",
    DisableRootJobs: true,
    // Despite its name: without it powered-down nodes are hidden, from root as well.
    PrivateData: "cloud",
    // FirstJobId is another one for nodes that fetched this before.
    DebugFlags: "Power,NO_CONF_HASH",
  };
}

function powerSaving(input: SlurmConfInput): Settings {
  const { hooks } = input.paths;
  const fixed = input.groups.filter((group) => group.kind === "static");
  const excluded = [
    ...fixed.flatMap((group) => groupHostList(group) ?? []),
    ...customNodes(input.customSettings),
  ].join(",");
  return {
    ResumeProgram: hooks.resume,
    ResumeFailProgram: hooks.resumeFail,
    SuspendProgram: hooks.suspend,
    // Its end is what starts a configuring job; without it slurmctld looks every 30 s.
    PrologSlurmctld: hooks.prologSlurmctld,
    ResumeRate: 0,
    SuspendRate: 0,
    SuspendTime: input.idleSeconds === "never" ? NEVER_SECONDS : input.idleSeconds,
    SuspendTimeout: input.suspendTimeout,
    ResumeTimeout: input.resumeTimeout,
    ...(excluded === "" ? {} : { SuspendExcNodes: excluded }),
    // idle_on_node_suspend forgets why a node was drained, so such a node is not suspended for
    // being idle. Older releases do not know the setting.
    ...(isAtLeast(input.slurmVersion, 23, 2) ? { SuspendExcStates: "DOWN,DRAIN" } : {}),
  };
}

/**
 * The job that gets nodes is wanted at once, not when the scheduler next comes round: a batch job is
 * looked at when the next second begins (Slurm's default is up to three later), a heterogeneous one,
 * which only backfill starts, within two (default thirty).
 */
const SCHEDULER_PARAMETERS = [
  // A prolog that gives a job back must not hold it.
  "nohold_on_prolog_fail",
  "batch_sched_delay=0",
  "bf_interval=2",
  "bf_hetjob_immediate",
].join(",");

function scheduling(input: SlurmConfInput): Settings {
  return {
    SchedulerType: "sched/backfill",
    SchedulerParameters: SCHEDULER_PARAMETERS,
    SelectType: "select/cons_tres",
    SelectTypeParameters: input.memoryScheduling ? "CR_CPU_Memory" : "CR_CPU",
    ...(topologyLines(input) === undefined ? {} : { TopologyPlugin: "topology/tree" }),
    EnforcePartLimits: "ALL",
    JobRequeue: 1,
    // A node that was lost comes back by registering; one that an administrator set DOWN does not.
    ReturnToService: 1,
  };
}

function timeouts({ customSettings }: SlurmConfInput): Settings {
  const MessageTimeout = 30;
  const theirs = customSettings
    .flatMap((map) => Object.entries(map))
    .findLast(([key]) => /^MessageTimeout$/i.test(key))?.[1];
  return {
    SlurmctldTimeout: 120,
    SlurmdTimeout: 180,
    // Jobs start on nodes that are registered, so a script that its node does not know soon after
    // is lost. Slurm's own value.
    BatchStartTimeout: 10,
    MessageTimeout,
    InactiveLimit: 0,
    KillWait: 30,
    MinJobAge: 300,
    // At least five times MessageTimeout, or a slow node counts as one that can't kill its step.
    UnkillableStepTimeout: Math.max(180, 5 * (Number(theirs) || MessageTimeout)),
  };
}

function nodeDefaults(input: SlurmConfInput): Settings {
  return {
    ProctrackType: "proctrack/cgroup",
    TaskPlugin: "task/affinity,task/cgroup",
    JobAcctGatherType: "jobacct_gather/cgroup",
    ...(hasGpus(input) ? { GresTypes: "gpu" } : {}),
  };
}

function accounting(input: SlurmConfInput): Settings {
  if (input.accounting === undefined) return {};
  return {
    AccountingStorageType: "accounting_storage/slurmdbd",
    AccountingStorageHost: input.accounting.host,
    ...(input.accounting.backupHost === undefined
      ? {}
      : { AccountingStorageBackupHost: input.accounting.backupHost }),
    AccountingStoragePort: input.accounting.port ?? 6819,
    AccountingStoreFlags: [
      "job_comment",
      ...(isAtLeast(input.slurmVersion, 23, 11) ? ["job_extra"] : []),
      "job_script",
    ].join(","),
    ...(hasGpus(input) ? { AccountingStorageTRES: "gres/gpu" } : {}),
  };
}

function hasGpus({ groups }: SlurmConfInput): boolean {
  return groups.some((group) => nodeHardware(group, false).gpus !== undefined);
}

/** slurmctld gives an included file to the nodes, too, when its name has no folder. */
function includeLine(name: string): string {
  if (/^[A-Za-z0-9_][A-Za-z0-9._-]*$/.test(name)) return `include ${name}`;
  throw new SluiceError(
    "SLURM_CONF_UNSAFE",
    "user",
    `${JSON.stringify(name)} can't be the name of a file that slurm.conf includes`,
  );
}
