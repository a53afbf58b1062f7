import type { Path } from "../../cluster-file/problem.ts";
import type { Rule } from "../contract.ts";
import { remove, set } from "../edits.ts";
import { fullCost } from "../fleet-cost.ts";
import { takenForMultiNode } from "../inference.ts";
import { HOURS_PER_MONTH, usd } from "../money.ts";
import { counted, listed } from "../words.ts";

/** Seconds between the notice and the end of a spot machine. */
const NOTICE = { aws: 120, azure: 30, local: 120 } as const;
/** Less is over before a program has begun to write. */
const SHORT_GRACE = 15;

const noFallback: Rule = {
  id: "preemption/no-fallback",
  pitfall: 6,
  title: "spot machines with nothing beside them",
  looksFor:
    "a queue with `CapacityType: SPOT` and no `FallbackCapacityType`, in a file without a queue of machines on demand",
  mends: "edit",
  providers: ["aws", "azure", "local"],
  *find({ queues }) {
    if (queues.some(({ isSpot }) => !isSpot)) return;
    for (const { queue, path, resources } of queues) {
      if (queue.FallbackCapacityType !== undefined) continue;
      const cost = fullCost(resources);
      if (cost.nodes === 0) continue;
      yield {
        subject: `queue ${queue.Name}`,
        level: "medium",
        evidence: [
          [...path, "CapacityType"],
          [...path, "FallbackCapacityType"],
        ],
        why: "when the market has no machine of these types, jobs wait until it has, hours or days, and no other queue can take them",
        cost: {
          basis: `the jobs' time; on demand all ${counted(cost.nodes, "node")} would be ${cost.for(1)} an hour, paid only while there are no spot machines`,
        },
        fix: {
          edits: [set([...path, "FallbackCapacityType"], "ONDEMAND", { after: "CapacityType" })],
          safe: false,
          does: "write FallbackCapacityType: ONDEMAND",
        },
      };
    }
  },
};

const noRequeue: Rule = {
  id: "preemption/no-requeue",
  pitfall: 6,
  title: "jobs end with their spot machine",
  looksFor: "`JobRequeue: 0` in `CustomSlurmSettings`, and a queue with `CapacityType: SPOT`",
  mends: "edit",
  providers: ["aws", "azure", "local"],
  *find({ config, queues }) {
    const spot = queues.filter(({ isSpot }) => isSpot);
    const [first] = spot;
    if (first === undefined) return;
    const place: Path = ["Scheduling", "SlurmSettings", "CustomSlurmSettings"];
    const settings = config.Scheduling.SlurmSettings.CustomSlurmSettings;
    for (const [index, entry] of settings.entries()) {
      const key = Object.keys(entry).find((name) => name.toLowerCase() === "jobrequeue");
      if (key === undefined || Number(entry[key]) !== 0) continue;
      yield {
        subject: `setting ${index + 1} of slurm.conf`,
        level: "high",
        evidence: [
          [...place, index, key],
          [...first.path, "CapacityType"],
        ],
        why: `a job whose spot machine is taken back fails instead of going back to the queue: all jobs of ${spot.length === 1 ? "queue" : "queues"} ${listed(spot.map(({ queue }) => queue.Name))}`,
        cost: { basis: "all that such a job had computed, and somebody who submits it again" },
        fix: {
          edits: [set([...place, index, key], 1)],
          safe: false,
          does: `write ${key}: 1; a job that must not run twice says --no-requeue itself`,
        },
      };
    }
  },
};

const checkpointGrace: Rule = {
  id: "preemption/checkpoint-grace",
  pitfall: 6,
  title: "no time for a checkpoint",
  looksFor: `a \`CheckpointGrace\` of a queue with \`CapacityType: SPOT\` that is under ${SHORT_GRACE} seconds, or longer than the cloud's notice`,
  mends: "safe",
  providers: ["aws", "azure", "local"],
  *find({ config, queues, isWritten }) {
    const notice = NOTICE[config.Provider];
    for (const { queue, path, isSpot } of queues) {
      const place: Path = [...path, "CheckpointGrace"];
      const { seconds } = queue.CheckpointGrace;
      if (!isSpot || !isWritten(place)) continue;
      if (seconds >= SHORT_GRACE && seconds <= notice) continue;
      const better = config.Provider === "azure" ? "20s" : "90s";
      const isShort = seconds < SHORT_GRACE;
      yield {
        subject: `queue ${queue.Name}`,
        level: isShort ? "medium" : "low",
        evidence: [place],
        why: isShort
          ? `a job that asked for a signal has ${seconds} seconds to write a checkpoint before it is put back, and begins anew when that is not enough`
          : `notice of a spot machine's end comes ${notice} seconds before it, so a job that counts on ${seconds} is cut off while it writes`,
        cost: { basis: "what the job computed since its last checkpoint" },
        fix: { edits: [set(place, better)], safe: true, does: `write CheckpointGrace: ${better}` },
      };
    }
  },
};

const onePool: Rule = {
  id: "preemption/one-pool",
  pitfall: 6,
  title: "spot machines out of one pool",
  looksFor:
    "a compute resource of two nodes or more with `CapacityType: SPOT`, one machine type and one subnet",
  mends: "edit",
  providers: ["aws", "azure"],
  *find(file) {
    for (const view of file.resources) {
      const { queue, resource, types, path } = view;
      const [type] = types;
      const subnets = queue.Networking?.SubnetIds ?? [];
      if (!view.isSpot || view.isReserved || view.multiNode !== undefined) continue;
      // A network that Sluice makes has subnets in several zones.
      if (subnets.length > 1 || file.config.Vpc !== undefined) continue;
      if (type === undefined || types.length > 1) continue;
      if (resource.MaxCount < 2) continue;
      const others = file
        .like(type.name, { spot: true })
        .filter(({ price }) => (price?.usdPerHour ?? 0) <= 1.5 * (type.price?.usdPerHour ?? 0))
        .slice(0, 3);
      const isRich = resource.InstanceType !== undefined && others.length > 0;
      const names = [type.name, ...others.map((other) => other.type.name)];
      yield {
        subject: `compute resource ${view.name}`,
        level: "medium",
        evidence: [type.path, [...view.queuePath, "Networking", "SubnetIds"]],
        why: `a spot market is one machine type in one zone: all ${counted(resource.MaxCount, "machine")} of ${view.name} come out of one, which takes them back together and may have none for hours`,
        cost: { basis: "the jobs' time, and what they lose when machines go" },
        ...(isRich
          ? {
              fix: {
                edits: [
                  set(
                    [...path, "Instances"],
                    names.map((InstanceType) => ({ InstanceType })),
                    {
                      after: "Name",
                    },
                  ),
                  remove([...path, "InstanceType"]),
                ],
                safe: false,
                does: `write Instances with ${listed(names)}, which have ${counted(type.facts?.vcpus ?? 0, "processor")} each`,
              },
            }
          : {}),
        alternatives: ["add subnets of other zones to SubnetIds"],
      };
    }
  },
};

const lowestPrice: Rule = {
  id: "preemption/lowest-price",
  pitfall: 6,
  title: "the cheapest spot market is the first to run dry",
  looksFor:
    "a queue with `CapacityType: SPOT` and several `Instances` whose `AllocationStrategy` is lowest-price, the default",
  mends: "safe",
  providers: ["aws"],
  *find({ queues }) {
    for (const { queue, path, resources, isSpot } of queues) {
      const list = resources.find(({ types }) => types.length > 1);
      if (!isSpot || list === undefined || queue.AllocationStrategy !== "lowest-price") continue;
      const place: Path = [...path, "AllocationStrategy"];
      yield {
        subject: `queue ${queue.Name}`,
        level: "medium",
        evidence: [place, [...list.path, "Instances"]],
        why: "EC2 then looks at the price alone and takes machines where everybody takes them, which are called back most often; price-capacity-optimized looks at how many are left as well",
        cost: {
          basis: "what jobs lose when machines go; the price is that of the market either way",
        },
        fix: {
          edits: [set(place, "price-capacity-optimized", { after: "CapacityType" })],
          safe: true,
          does: "write AllocationStrategy: price-capacity-optimized",
        },
      };
    }
  },
};

const manyNodesOnSpot: Rule = {
  id: "preemption/multi-node-on-spot",
  pitfall: 6,
  title: "one machine that goes ends a job on many",
  looksFor: "a queue for multi-node jobs with `CapacityType: SPOT`",
  mends: "edit",
  providers: ["aws", "azure"],
  *find({ queues }) {
    for (const { queue, path, resources, isSpot } of queues) {
      const view = resources.find(({ multiNode }) => multiNode !== undefined);
      if (!isSpot || view?.multiNode === undefined) continue;
      const added = view.dearest === undefined ? undefined : view.dearest.usdPerHour;
      yield {
        subject: `queue ${queue.Name}`,
        level: "medium",
        evidence: [
          [...path, "CapacityType"],
          [...view.path, "MaxCount"],
        ],
        why: `a job on ${view.resource.MaxCount} machines is ${view.resource.MaxCount} times as likely to lose one as a job on one, and it starts again as a whole`,
        inferred: takenForMultiNode(view.multiNode),
        cost: {
          basis:
            added === undefined
              ? "what the job computed since its last checkpoint, on every node"
              : `what the job computed since its last checkpoint, on every node; on demand each is ${usd(added)} an hour, ${usd(added * view.resource.MaxCount * HOURS_PER_MONTH)} a month with all up all the time`,
        },
        fix: {
          edits: [
            set([...path, "CapacityType"], "ONDEMAND"),
            remove([...path, "FallbackCapacityType"]),
            ...(queue.AllocationStrategy.includes("capacity-optimized")
              ? [remove([...path, "AllocationStrategy"])]
              : []),
          ],
          safe: false,
          does: "write CapacityType: ONDEMAND",
        },
        alternatives: ["let jobs write checkpoints when they get the signal of --signal"],
      };
    }
  },
};

export const PREEMPTION_RULES: readonly Rule[] = [
  noFallback,
  noRequeue,
  checkpointGrace,
  onePool,
  lowestPrice,
  manyNodesOnSpot,
];
