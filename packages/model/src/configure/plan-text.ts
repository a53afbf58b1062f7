import { machineTypeOf } from "../catalogue/machine-types.ts";
import { renderFinding } from "../cluster-file/finding.ts";
import { parseClusterFile } from "../cluster-file/parse.ts";
import { Section } from "../convert/commented-yaml.ts";
import { Names } from "../convert/names.ts";
import type {
  CloudPlan,
  ClusterPlan,
  DatabasePlan,
  LocalPlan,
  QueuePlan,
  StoragePlan,
} from "./plan.ts";

/** The cluster file of a plan, with comments for whoever reads it next year. */
export function planText(plan: ClusterPlan): string {
  return plan.provider === "local" ? localText(plan) : cloudText(plan);
}

/** The first error that the file of a plan has, in a person's words; undefined for a good one. */
export function planProblem(plan: ClusterPlan): string | undefined {
  const result = parseClusterFile(planText(plan), { fileName: "" });
  if (result.ok) return undefined;
  const finding = result.findings.find(({ level }) => level === "ERROR");
  return finding === undefined
    ? result.findings.map(renderFinding)[0]
    : `${finding.message}; ${finding.suggestion}`;
}

/** The subnet keys take AWS's ids only. */
export const AZURE_SUBNET = "subnet-00000000";

const HEADER = `A cluster file of Sluice, written by sluice configure.
Every key is explained in docs/cluster-file.md; check a change with: sluice validate -c FILE`;

const AZURE_HEADER = `${HEADER}

The keys for subnets take ids of AWS only by now, so ${AZURE_SUBNET} stands for the subnet: the file
can be checked and priced, and not yet used.`;

function localText(plan: LocalPlan): string {
  const queues = plan.queues.map((name) =>
    new Section()
      .put("Name", name)
      .put("ComputeResources", [
        new Section()
          .put("Name", "small")
          .put("InstanceType", "local.small", "1 processor, 1 GiB; others are in docs/local.md")
          .put("MaxCount", numberOf(plan.maxCount), "at most so many nodes, from none"),
      ]),
  );
  return new Section(HEADER)
    .put("Provider", "local", "the machine in front of you")
    .put("Image", new Section().put("Os", plan.os))
    .put(
      "Users",
      plan.users.map((name) => new Section().put("Name", name)),
      "They are on every machine, each with a home in /home.",
    )
    .put(
      "Scheduling",
      new Section()
        .put("Scheduler", "slurm")
        .put("SlurmSettings", idleSettings(plan.idleTime))
        .put("SlurmQueues", queues, "The first queue is where jobs go that name none."),
    )
    .toText();
}

function idleSettings(idleTime: string): Section {
  const value = /^-?\d+$/.test(idleTime) ? Number(idleTime) : idleTime;
  const unit = typeof value === "number" ? "minutes until" : "until";
  return new Section().put("ScaledownIdletime", value, `${unit} an idle node's machine goes`);
}

function cloudText(plan: CloudPlan): string {
  return new Section(plan.provider === "azure" ? AZURE_HEADER : HEADER)
    .put("Provider", plan.provider)
    .put("Region", plan.region)
    .put("Image", new Section().put("Os", plan.os))
    .put("Vpc", plan.headSubnet === undefined ? vpc() : undefined)
    .put("HeadNode", headNode(plan))
    .put("Scheduling", scheduling(plan))
    .put("SharedStorage", sharedStorage(plan.storage))
    .toText();
}

function vpc(): Section {
  return new Section("the network that is made for the cluster")
    .put("Cidr", "10.0.0.0/16")
    .put("NatGateways", "one", "the way out of compute nodes, paid for by the hour");
}

function headNode(plan: CloudPlan): Section {
  const networking = new Section()
    .put("SubnetId", plan.headSubnet, placeholderNote(plan))
    .put(
      "ElasticIp",
      plan.provider === "aws" && plan.headIsPublic ? true : undefined,
      "a public address that stays",
    );
  const isOpen = plan.sshFrom === "0.0.0.0/0";
  const ssh = new Section()
    .put("KeyName", plan.keyName)
    .put("AllowedIps", plan.sshFrom, isOpen ? "the whole world may try; narrow it" : undefined);
  return new Section()
    .put("InstanceType", plan.headType, sizeOf(plan.provider, plan.headType))
    .put("Networking", networking)
    .put("Ssh", ssh);
}

function placeholderNote({ headSubnet }: CloudPlan): string | undefined {
  return headSubnet === AZURE_SUBNET ? "stands for the subnet, see above" : undefined;
}

function scheduling(plan: CloudPlan): Section {
  const { database } = plan;
  const settings = idleSettings(plan.idleTime).put("Database", database && accounting(database));
  return new Section()
    .put("Scheduler", "slurm")
    .put("SlurmSettings", settings)
    .put(
      "SlurmQueues",
      plan.queues.map((queue) => slurmQueue(plan, queue)),
      "The first queue is where jobs go that name none.",
    );
}

function accounting(plan: DatabasePlan): Section {
  if (plan.kind === "managed") {
    const capacity = new Section()
      .put("MinCapacity", 0.5, "capacity units (2 GiB each), paid for by the hour")
      .put("MaxCapacity", 4);
    return new Section().put("Managed", capacity);
  }
  return new Section("accounting outlives the cluster there")
    .put("Uri", plan.uri)
    .put("UserName", plan.userName)
    .put("PasswordSecretArn", plan.passwordSecretArn);
}

const ABOUT: Readonly<Record<QueuePlan["purpose"], string>> = {
  mpi: "jobs across several nodes: close together, whole nodes, one thread for each core",
  throughput: "many independent jobs",
  gpu: "jobs on GPUs; ask for them with --gres=gpu:1",
  interactive: "somebody waits for these jobs",
};

function slurmQueue(plan: CloudPlan, queue: QueuePlan): Section {
  const isMpi = queue.purpose === "mpi";
  const names = new Names(25);
  return new Section(ABOUT[queue.purpose])
    .put("Name", queue.name)
    .put(
      "CapacityType",
      queue.isSpot ? "SPOT" : undefined,
      "a third of the price or so; may be taken away",
    )
    .put(
      "FallbackCapacityType",
      queue.isSpot ? "ONDEMAND" : undefined,
      "when there is no spot machine",
    )
    .put("JobExclusiveAllocation", isMpi ? true : undefined)
    .put(
      "WarmNodes",
      queue.warm === "0"
        ? undefined
        : new Section().put("Count", numberOf(queue.warm), "idle nodes kept ready, and paid for"),
    )
    .put("Networking", queueNetworking(plan, isMpi))
    .put(
      "ComputeResources",
      queue.types.map((type) => computeResource(plan, queue, type, names)),
    );
}

function queueNetworking(plan: CloudPlan, isMpi: boolean): Section {
  return new Section()
    .put("SubnetIds", isMpi ? plan.computeSubnets.slice(0, 1) : plan.computeSubnets)
    .put(
      "PlacementGroup",
      isMpi ? new Section().put("Enabled", true, "close together") : undefined,
    );
}

function computeResource(
  { provider }: CloudPlan,
  queue: QueuePlan,
  name: string,
  names: Names,
): Section {
  const type = machineTypeOf(provider, name);
  const isMpi = queue.purpose === "mpi";
  const hasEfa = isMpi && type?.interconnect === "efa";
  return new Section()
    .put("Name", names.take(resourceName(name)))
    .put("InstanceType", name, sizeOf(provider, name))
    .put("MaxCount", numberOf(queue.maxCount))
    .put(
      "DisableSimultaneousMultithreading",
      isMpi && (type?.threadsPerCore ?? 1) > 1 ? true : undefined,
    )
    .put("Efa", hasEfa ? new Section().put("Enabled", true) : undefined);
}

/** `c7a.16xlarge` as `c7a-16xlarge`, `Standard_HB120rs_v3` as `hb120rs-v3`. */
function resourceName(type: string): string {
  const plain = type
    .toLowerCase()
    .replace(/^standard_/, "")
    .replace(/[^a-z0-9-]/g, "-");
  return /^[a-z]/.test(plain) ? plain : `type-${plain}`;
}

/** `16 cores, 32 GiB`; undefined for a type that the catalogue does not know. */
export function sizeOf(provider: CloudPlan["provider"], name: string): string | undefined {
  const type = machineTypeOf(provider, name);
  if (type === undefined) return undefined;
  const cores = type.vcpus / type.threadsPerCore;
  const gib = type.memoryMiB / 1024;
  const gpus =
    type.gpus === undefined ? [] : [`${type.gpus.count} ${type.gpus.model.toUpperCase()}`];
  const network = { efa: "EFA", infiniband: "InfiniBand" };
  return [
    cores === 1 ? "1 core" : `${cores} cores`,
    `${Number(gib.toFixed(1))} GiB`,
    ...gpus,
    ...(type.interconnect === undefined ? [] : [network[type.interconnect]]),
  ].join(", ");
}

function sharedStorage(plan: StoragePlan): Section[] {
  switch (plan.kind) {
    case "none":
      return [];
    case "efs":
      return [
        new Section()
          .put("Name", "shared")
          .put("MountDir", "/shared")
          .put("StorageType", "Efs")
          .put(
            "EfsSettings",
            new Section().put("Encrypted", true).put("DeletionPolicy", ...RETAIN),
          ),
      ];
    case "ebs":
      return [
        new Section("one disk, which the head node exports to all others")
          .put("Name", "shared")
          .put("MountDir", "/shared")
          .put("StorageType", "Ebs")
          .put(
            "EbsSettings",
            new Section()
              .put("VolumeType", "gp3")
              .put("Size", numberOf(plan.gib), "GiB")
              .put("DeletionPolicy", ...RETAIN),
          ),
      ];
    case "lustre":
      return [
        new Section("scratch: fast, and without a second copy of anything")
          .put("Name", "scratch")
          .put("MountDir", "/fsx")
          .put("StorageType", "FsxLustre")
          .put(
            "FsxLustreSettings",
            new Section()
              .put("StorageCapacity", numberOf(plan.gib), "GiB")
              .put("DeploymentType", "SCRATCH_2"),
          ),
      ];
    default:
      return plan satisfies never;
  }
}

const RETAIN = ["Retain", "stays when the cluster goes"] as const;

/** Not a number when it is none, which the schema then refuses where it stands. */
function numberOf(text: string): number | string {
  return /^\d{1,9}$/.test(text.trim()) ? Number(text) : text;
}
