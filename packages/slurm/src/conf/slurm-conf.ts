import {
  groupHostList,
  isAtLeast,
  type NodeGroup,
  type QueueConf,
  type SlurmConfInput,
} from "./input.ts";
import { type Settings, settingsBlock, settingsLine } from "./lines.ts";

/**
 * Power saving is off altogether when the general SuspendTime is infinite, so "never" is ten years. A
 * partition's may be infinite.
 */
const NEVER_SECONDS = 315_360_000;

/** What the kernel and firmware keep of a machine's memory, at most, as ParallelCluster takes it. */
const SCHEDULABLE_MEMORY_SHARE = 0.95;

/** Custom settings that describe a thing of which there are many: each is a line, none overrides. */
const LINE_KEYS = new Set(["nodename", "partitionname", "nodeset", "downnodes", "frontendname"]);

/**
 * The text of slurm.conf for the head, which serves it to every node (configless).
 *
 * Ours give way to the cloud's traits and both to the custom settings, whatever the case of a key.
 *
 * @throws SluiceError `SLURM_CONF_UNSAFE` for a value that would mean more than itself.
 */
export function renderSlurmConf(input: SlurmConfInput): string {
  const globals = input.customSettings
    .filter((map) => !isLine(map))
    .map((map) => without(map, SCHEDULER_PARAMETERS));
  const lines = input.customSettings.filter(isLine);
  return [
    "# Written by Sluice from the cluster file; changes made here are lost.",
    ...settingsBlock(
      controller(input),
      powerSaving(input),
      scheduling(input),
      timeouts,
      nodeDefaults(input),
      accounting(input),
      input.traits.slurmConf,
      ...globals,
    ),
    "",
    ...input.groups.flatMap((group) => nodeLine(group) ?? []),
    "",
    ...input.queues.map((queue) => partitionLine(queue, input.groups)),
    ...lines.map((map) => settingsLine(map)),
    "",
  ].join("\n");
}

function isLine(map: Settings): boolean {
  return Object.keys(map).some((key) => LINE_KEYS.has(key.toLowerCase()));
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
    SlurmctldLogFile: paths.slurmctldLog,
    SlurmdLogFile: paths.slurmdLog,
    SlurmdSpoolDir: paths.slurmdSpool,
    // Since 23.11 a registration always gives the address, and saying so is an error.
    SlurmctldParameters: [
      "enable_configless",
      "idle_on_node_suspend",
      "power_save_interval=1",
      ...(old ? ["cloud_reg_addrs"] : []),
    ].join(","),
    ...(old ? { CommunicationParameters: "NoAddrCache" } : {}),
    // slurmctld speaks to each node itself: nodes do not know each other's address.
    TreeWidth: 65533,
    // A partition that the fleet's stop made INACTIVE stays so over `scontrol reconfigure`.
    ReconfigFlags: "KeepPartState",
    DisableRootJobs: true,
    // Despite its name: without it powered-down nodes are hidden, from root as well.
    PrivateData: "cloud",
    DebugFlags: "Power",
  };
}

function powerSaving(input: SlurmConfInput): Settings {
  const { hooks } = input.paths;
  const fixed = input.groups.filter((group) => group.kind === "static");
  const excluded = fixed.flatMap((group) => groupHostList(group) ?? []).join(",");
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

function scheduling({ memoryScheduling, customSettings }: SlurmConfInput): Settings {
  return {
    SchedulerType: "sched/backfill",
    SchedulerParameters: schedulerParameters(customSettings),
    SelectType: "select/cons_tres",
    SelectTypeParameters: memoryScheduling ? "CR_CPU_Memory" : "CR_CPU",
    EnforcePartLimits: "ALL",
    JobRequeue: 1,
    // A node that was lost comes back by registering; one that an administrator set DOWN does not.
    ReturnToService: 1,
  };
}

const SCHEDULER_PARAMETERS = "schedulerparameters";

/**
 * The job that gets nodes is wanted at once, not when the scheduler next comes round: a batch job is
 * looked at when the next second begins (Slurm's default is up to three later), a heterogeneous one,
 * which only backfill starts, within two (default thirty).
 */
const OUR_SCHEDULER_PARAMETERS = [
  // A prolog that gives a job back must not hold it.
  "nohold_on_prolog_fail",
  "batch_sched_delay=0",
  "bf_interval=2",
  "bf_hetjob_immediate",
];

/** A list of its own kind: an administrator's parameters join ours, and replace those of their name. */
function schedulerParameters(customSettings: readonly Settings[]): string {
  const theirs = customSettings
    .flatMap((map) => Object.entries(map))
    .filter(([key]) => key.toLowerCase() === SCHEDULER_PARAMETERS)
    .flatMap(([, value]) => String(value).split(","));
  const nameOf = (parameter: string): string => parameter.split("=", 1)[0]?.toLowerCase() ?? "";
  const replaced = new Set(theirs.map(nameOf));
  const ours = OUR_SCHEDULER_PARAMETERS.filter((parameter) => !replaced.has(nameOf(parameter)));
  return [...ours, ...theirs].join(",");
}

const timeouts: Settings = {
  SlurmctldTimeout: 120,
  SlurmdTimeout: 180,
  // Jobs start on nodes that are registered, so a script that its node does not know soon after is
  // lost. Slurm's own value.
  BatchStartTimeout: 10,
  MessageTimeout: 30,
  InactiveLimit: 0,
  KillWait: 30,
  MinJobAge: 300,
  // At least five times MessageTimeout, or a slow node counts as one that cannot kill its step.
  UnkillableStepTimeout: 180,
};

function nodeDefaults({ groups }: SlurmConfInput): Settings {
  return {
    ProctrackType: "proctrack/cgroup",
    TaskPlugin: "task/affinity,task/cgroup",
    JobAcctGatherType: "jobacct_gather/cgroup",
    ...(groups.some((group) => group.machineType.gpus) ? { GresTypes: "gpu" } : {}),
  };
}

function accounting({ accounting, groups }: SlurmConfInput): Settings {
  if (accounting === undefined) return {};
  return {
    AccountingStorageType: "accounting_storage/slurmdbd",
    AccountingStorageHost: accounting.host,
    AccountingStoragePort: accounting.port ?? 6819,
    AccountingStoreFlags: "job_comment,job_script",
    ...(groups.some((group) => group.machineType.gpus)
      ? { AccountingStorageTRES: "gres/gpu" }
      : {}),
  };
}

function nodeLine(group: NodeGroup): string | undefined {
  const names = groupHostList(group);
  if (names === undefined) return undefined;
  const { machineType: type, kind } = group;
  const cpus = group.multithreading === false ? type.vcpus / type.threadsPerCore : type.vcpus;
  const features = [kind, type.name, group.computeResource, ...(group.features ?? [])];
  return settingsLine(
    {
      NodeName: names,
      CPUs: Math.max(1, Math.floor(cpus)),
      RealMemory:
        group.schedulableMemoryMiB ?? Math.floor(type.memoryMiB * SCHEDULABLE_MEMORY_SHARE),
      State: "CLOUD",
      Feature: [...new Set(features)].join(","),
      Weight: group.weight ?? (kind === "static" ? 1 : 1000),
      ...(type.gpus ? { Gres: `gpu:${type.gpus.model}:${type.gpus.count}` } : {}),
    },
    // The name is what this line is about; a custom setting cannot make it another node's.
    without(group.customSettings, "nodename"),
  );
}

function partitionLine(queue: QueueConf, groups: readonly NodeGroup[]): string {
  const nodes = groups
    .filter((group) => group.queue === queue.name)
    .flatMap((group) => groupHostList(group) ?? [])
    .join(",");
  const { idleSeconds } = queue;
  return settingsLine(
    {
      PartitionName: queue.name,
      ...(nodes === "" ? {} : { Nodes: nodes }),
      MaxTime: "INFINITE",
      State: "UP",
      ...(queue.isDefault ? { Default: true } : {}),
      ...(queue.exclusive ? { OverSubscribe: "EXCLUSIVE" } : {}),
      ...(idleSeconds === undefined
        ? {}
        : { SuspendTime: idleSeconds === "never" ? "INFINITE" : idleSeconds }),
    },
    without(queue.customSettings, "partitionname"),
  );
}

function without(settings: Settings | undefined, lowerCaseKey: string): Settings {
  const kept = Object.entries(settings ?? {}).filter(([key]) => key.toLowerCase() !== lowerCaseKey);
  return Object.fromEntries(kept);
}
