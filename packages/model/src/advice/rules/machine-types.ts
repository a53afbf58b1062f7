import type { QueueCandidate } from "../../catalogue/candidates.ts";
import type { AdviceCost, Remark, Rule } from "../contract.ts";
import { set } from "../edits.ts";
import type { AdviceFile, ResourceView, TypeView } from "../file.ts";
import { takenForMultiNode } from "../inference.ts";
import { anHour, HOURS_PER_MONTH, usd } from "../money.ts";
import { candidateWords, counted, perCore, typeNames } from "../words.ts";

interface Replacement {
  readonly money: Omit<AdviceCost, "basis">;
  /** How the money comes about; empty, or a clause that begins with a semicolon. */
  readonly basis: string;
  readonly fix?: Remark["fix"];
  readonly alternatives: readonly string[];
}

/** The type that can stand for one, and how the money changes. */
function replacement(file: AdviceFile, view: ResourceView, type: TypeView): Replacement {
  const [best, ...others] = file.like(type.name, { spot: view.isSpot });
  if (best?.price === undefined) return { money: {}, basis: "", alternatives: [] };
  const isOnlyType = view.resource.InstanceType !== undefined;
  const alternatives = (isOnlyType ? others : [best, ...others])
    .slice(0, 2)
    .map((candidate) => `use ${candidateWords(candidate)}`);
  return {
    ...moneyOf(view, type, best),
    alternatives,
    ...(isOnlyType
      ? {
          fix: {
            edits: [set(type.path, best.type.name)],
            safe: false,
            does: `write ${candidateWords(best)}`,
          },
        }
      : {}),
  };
}

function moneyOf(
  { resource }: ResourceView,
  type: TypeView,
  { price, type: best }: QueueCandidate,
) {
  if (type.price === undefined || price === undefined) return { money: {}, basis: "" };
  const more = price.usdPerHour - type.price.usdPerHour;
  const month = Math.abs(more) * resource.MaxCount * HOURS_PER_MONTH;
  return {
    money: more > 0 ? { addsUsdPerMonth: month } : { savesUsdPerMonth: month },
    basis: `; ${best.name} costs ${usd(Math.abs(more))} ${more > 0 ? "more" : "less"} an hour, ${usd(month)} a month with all ${counted(resource.MaxCount, "node")} up all the time`,
  };
}

const burstable: Rule = {
  id: "machine-types/burstable",
  pitfall: 4,
  title: "machines that are throttled under load",
  looksFor: "a compute resource on burstable machine types (`t3`, `t4g`; the B series of Azure)",
  mends: "edit",
  providers: ["aws", "azure"],
  *find(file) {
    for (const view of file.resources) {
      const types = view.types.filter(({ facts }) => facts?.burstable === true);
      const [first] = types;
      if (first === undefined) continue;
      const { money, basis, ...rest } = replacement(file, view, first);
      yield {
        subject: `compute resource ${view.name}`,
        level: "high",
        evidence: types.map(({ path }) => path),
        why: `${typeNames(types)} may use its processors in full for some minutes, then falls to a fraction of them, or is billed extra for each hour above it: jobs get slower in the middle`,
        cost: { ...money, basis: `the jobs' time${basis}` },
        ...rest,
      };
    }
  },
};

const hyperthreads: Rule = {
  id: "machine-types/hyperthreads",
  pitfall: 4,
  title: "two MPI ranks on one core",
  looksFor:
    "a compute resource for multi-node jobs with two threads a core that does not say `DisableSimultaneousMultithreading`",
  mends: "edit",
  providers: ["aws", "azure"],
  *find(file) {
    for (const view of file.resources) {
      const place = [...view.path, "DisableSimultaneousMultithreading"];
      const types = view.types.filter(({ facts }) => facts?.threadsPerCore === 2);
      const [first] = types;
      if (first?.facts === undefined || view.multiNode === undefined) continue;
      // Accelerators do the work there.
      if (first.facts.gpus !== undefined || file.isWritten(place)) continue;
      const { vcpus } = first.facts;
      yield {
        subject: `compute resource ${view.name}`,
        level: "medium",
        evidence: [...types.map(({ path }) => path), place],
        why: `Slurm counts the ${vcpus} threads of ${first.name} as processors, so two ranks share each of its ${vcpus / 2} cores and its memory bandwidth; most MPI programs are slower that way`,
        inferred: takenForMultiNode(view.multiNode),
        cost: { basis: "the jobs' time; the price of the machine is the same" },
        fix: {
          edits: [set(place, true)],
          safe: false,
          does: `write DisableSimultaneousMultithreading: true; a node has ${vcpus / 2} processors then, and jobs that ask for more of them need more nodes`,
        },
        alternatives: ["write DisableSimultaneousMultithreading: false if that is what is meant"],
      };
    }
  },
};

const gpusWithoutInterconnect: Rule = {
  id: "machine-types/gpus-without-interconnect",
  pitfall: 4,
  title: "GPUs that can't talk to each other",
  looksFor:
    "a compute resource for multi-node jobs, or named for training, on GPU machine types without EFA or InfiniBand",
  mends: "none",
  providers: ["aws", "azure"],
  *find(file) {
    for (const view of file.resources) {
      const inferred =
        view.multiNode === undefined ? trains(view) : takenForMultiNode(view.multiNode);
      const types = view.types.filter(
        ({ facts }) => facts?.gpus !== undefined && facts.interconnect === undefined,
      );
      const [first] = types;
      if (first?.facts?.gpus === undefined || inferred === undefined) continue;
      const { count, model } = first.facts.gpus;
      yield {
        subject: `compute resource ${view.name}`,
        level: "medium",
        evidence: types.map(({ path }) => path),
        why: `${typeNames(types)} has ${counted(count, `${model.toUpperCase()} GPU`)} and Ethernet: a model that is trained over several nodes waits for gradients, not for GPUs`,
        inferred,
        cost: {
          basis:
            first.price === undefined
              ? "GPUs that wait"
              : `GPUs that wait, at ${anHour(first.price)} for each node`,
        },
        alternatives: file
          .forManyNodes(first.name, { spot: view.isSpot })
          .map((candidate) => `use ${candidateWords(candidate)}`),
      };
    }
  },
};

const TRAINS = /^(train|training|llm|pretrain|finetune|nccl)\d*$/;

function trains({ queue, resource }: ResourceView): string | undefined {
  if (resource.MaxCount < 2) return undefined;
  const name = [queue.Name, resource.Name].find((one) =>
    one.split("-").some((word) => TRAINS.test(word)),
  );
  return name === undefined
    ? undefined
    : `jobs are taken to train models over several nodes, because of the name ${name}`;
}

/** Newer ones that EC2 lists as previous are still what many sites run, at about today's prices. */
const OLD_FAMILY = /^[a-z]+[1-4][a-z]*\./;

const previousGeneration: Rule = {
  id: "machine-types/previous-generation",
  pitfall: 4,
  title: "machine types of an old generation",
  looksFor:
    "a compute resource on machine types of a fourth generation or older that EC2 lists as previous (`c4`, `m4`)",
  mends: "edit",
  providers: ["aws"],
  *find(file) {
    for (const view of file.resources) {
      const types = view.types.filter(
        ({ ec2, name }) =>
          ec2?.currentGeneration === false && OLD_FAMILY.test(name) && !ec2.burstable,
      );
      const [first] = types;
      if (first === undefined) continue;
      const { money, basis, ...rest } = replacement(file, view, first);
      yield {
        subject: `compute resource ${view.name}`,
        level: "low",
        evidence: types.map(({ path }) => path),
        why: `${typeNames(types)} is of a previous generation: slower for its price than today's types, and there are fewer of them from year to year`,
        cost: { ...money, basis: `the jobs' time${basis}` },
        ...rest,
      };
    }
  },
};

const generalPurpose: Rule = {
  id: "machine-types/general-purpose",
  pitfall: 4,
  title: "general-purpose machines for multi-node jobs",
  looksFor:
    "a compute resource for multi-node jobs on EC2's general-purpose families (`m`) where a compute-optimised core is cheaper",
  mends: "edit",
  providers: ["aws"],
  *find(file) {
    for (const view of file.resources) {
      const [type] = view.types;
      if (type?.facts?.interconnect === undefined || view.multiNode === undefined) continue;
      if (!/^m\d/.test(type.name) || type.price === undefined || view.isReserved) continue;
      const sibling = file.type(type.name.replace(/^m/, "c"));
      const { facts, price } = sibling;
      if (facts?.vcpus !== type.facts.vcpus || price === undefined) continue;
      const less = type.price.usdPerHour - price.usdPerHour;
      if (less <= 0 || facts.interconnect === undefined) continue;
      const cores = facts.vcpus / facts.threadsPerCore;
      const saves = less * view.resource.MaxCount * HOURS_PER_MONTH;
      yield {
        subject: `compute resource ${view.name}`,
        level: "low",
        evidence: [type.path],
        why: `${type.name} has ${memoryPerCore(type)} GiB of memory for each core, which few such jobs need; ${sibling.name} has ${memoryPerCore(sibling)} and costs ${perCore(price.usdPerHour / cores)} instead of ${usd(type.price.usdPerHour / cores)}`,
        inferred: takenForMultiNode(view.multiNode),
        cost: {
          savesUsdPerMonth: saves,
          basis: `${usd(less)} an hour for each node, with all ${view.resource.MaxCount} up all month`,
        },
        ...(view.resource.InstanceType === undefined
          ? { alternatives: [`use ${sibling.name} if jobs need no more memory than it has`] }
          : {
              fix: {
                edits: [set(type.path, sibling.name)],
                safe: false,
                does: `write ${sibling.name}, if jobs need no more memory than it has`,
              },
            }),
      };
    }
  },
};

function memoryPerCore({ facts }: Pick<TypeView, "facts">): number {
  if (facts === undefined) return 0;
  return Math.round((facts.memoryMiB / 1024 / facts.vcpus) * facts.threadsPerCore);
}

export const MACHINE_TYPE_RULES: readonly Rule[] = [
  burstable,
  hyperthreads,
  gpusWithoutInterconnect,
  previousGeneration,
  generalPurpose,
];
