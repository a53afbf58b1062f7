import type { Path } from "../../cluster-file/problem.ts";
import type { Rule } from "../contract.ts";
import { remove, set } from "../edits.ts";
import type { QueueView, ResourceView } from "../file.ts";
import { dynamicCost, fullCost, paidByTheHour } from "../fleet-cost.ts";
import { HOURS_PER_MONTH } from "../money.ts";
import { counted, listed, perCore } from "../words.ts";

const KEY = "ScaledownIdletime";

const neverScalesIn: Rule = {
  id: "cost/never-scales-in",
  pitfall: 5,
  title: "machines that never go",
  looksFor: "a `ScaledownIdletime` of -1",
  mends: "edit",
  providers: ["aws", "azure"],
  *find({ config, queues }) {
    const inherited = queues.filter(({ queue }) => queue[KEY] === undefined);
    const whole = config.Scheduling.SlurmSettings[KEY] === "never" ? [inherited] : [];
    const own = queues.filter(({ queue }) => queue[KEY] === "never").map((view) => [view]);
    for (const views of [...whole, ...own]) {
      const isWhole = views === inherited;
      const resources = paidByTheHour(views.flatMap((view) => view.resources)).filter(
        ({ dynamic }) => dynamic > 0,
      );
      const [first] = resources;
      if (first === undefined) continue;
      const cost = dynamicCost(resources);
      const path: Path = isWhole ? ["Scheduling", "SlurmSettings", KEY] : [...first.queuePath, KEY];
      yield {
        subject: isWhole ? "the cluster" : `queue ${first.queue.Name}`,
        level: "high",
        evidence: [path, [...first.path, "MaxCount"]],
        why: "a machine that a job once wanted is paid for until somebody switches it off: the fleet grows to its largest and stays there",
        cost: {
          ...(cost.usdPerHour === 0 ? {} : { savesUsdPerMonth: cost.usdPerHour * HOURS_PER_MONTH }),
          basis: `up to ${cost.for(HOURS_PER_MONTH)} a month for ${counted(cost.nodes, "idle node")}`,
        },
        fix: {
          edits: [set(path, 10)],
          safe: false,
          does: `write ${KEY}: 10; jobs that come later wait for a machine`,
        },
        alternatives: ["write WarmNodes for so many nodes as shall always be ready"],
      };
    }
  },
};

/** Nodes; a smaller queue is not worth a second one beside it. */
const LARGE_QUEUE = 8;

const noSpot: Rule = {
  id: "cost/no-spot",
  pitfall: 5,
  title: "nothing runs on spot machines",
  looksFor: `no queue with \`CapacityType: SPOT\`, and one of ${LARGE_QUEUE} nodes or more whose jobs are on one node each`,
  mends: "none",
  providers: ["aws", "azure"],
  *find({ queues }) {
    if (queues.some(({ isSpot, resources }) => isSpot || resources.some((one) => one.isReserved))) {
      return;
    }
    const [largest] = queues
      .filter((view) => view.nodes >= LARGE_QUEUE && canBeSpot(view))
      .toSorted((a, b) => perHour(b.resources) - perHour(a.resources));
    if (largest === undefined) return;
    yield {
      subject: `queue ${largest.queue.Name}`,
      level: "low",
      evidence: [
        [...largest.path, "CapacityType"],
        ...largest.resources.map(({ path }) => [...path, "MaxCount"]),
      ],
      why: "every machine is paid for at its full price; spot machines are the same ones, mostly at half of it or less, for jobs that may start again when a machine is taken back",
      cost: {
        basis: `${dynamicCost(largest.resources).for(1)} an hour with all its dynamic nodes up`,
      },
      alternatives: [
        `write a queue beside ${largest.queue.Name} with CapacityType: SPOT and FallbackCapacityType: ONDEMAND, and let jobs choose it`,
      ],
    };
  },
};

function perHour(resources: readonly ResourceView[]): number {
  return fullCost(resources).usdPerHour;
}

function canBeSpot({ resources, interactive }: QueueView): boolean {
  if (interactive !== undefined) return false;
  return resources.every(
    ({ types, multiNode }) =>
      multiNode === undefined &&
      types.every(({ ec2, azure }) => ec2?.usage.includes("spot") ?? azure?.spot ?? false),
  );
}

/** USD an hour with everything up, from which a forgotten loop of sbatch hurts. */
const DEAR = 50;
const COST_TAG = /project|cost|budget|billing|team|owner|department|group/i;

const noBudget: Rule = {
  id: "cost/no-budget",
  pitfall: 5,
  title: "nothing limits the bill",
  looksFor: `a fleet of more than ${DEAR} USD an hour, and no tag by which a budget could tell its cost`,
  mends: "none",
  providers: ["aws", "azure"],
  *find({ config, queues, resources }) {
    const cost = fullCost(resources);
    const tags = [config.Tags, ...queues.map(({ queue }) => queue.Tags)].flat();
    if (cost.usdPerHour < DEAR || tags.some(({ Key }) => COST_TAG.test(Key))) return;
    const [dearest] = resources.toSorted((a, b) => perHour([b]) - perHour([a]));
    if (dearest === undefined) return;
    yield {
      subject: "the cluster",
      level: "low",
      evidence: [["Tags"], [...dearest.path, "MaxCount"]],
      why: "one careless job array can fill the whole fleet and nobody hears of it before the invoice; the cluster file has no key for a budget, MaxCount is its only limit",
      cost: { basis: `${cost.for(24)} for each day with every node up` },
      alternatives: [
        `write Tags with one for whose money it is, and give that tag a budget with an alarm at ${config.Provider === "aws" ? "AWS Budgets" : "Azure's Cost Management"}`,
        `write a smaller MaxCount in ${dearest.name}`,
      ],
    };
  },
};

const dearFirst: Rule = {
  id: "cost/dear-first",
  pitfall: 5,
  title: "the dearer nodes are filled first",
  looksFor:
    "`DynamicNodePriority` that puts a compute resource before one of the same queue whose core costs a fifth less",
  mends: "edit",
  providers: ["aws", "azure"],
  *find({ queues }) {
    for (const { queue, resources } of queues) {
      const ranked = resources.flatMap(coreOf).toSorted((a, b) => a.priority - b.priority);
      const [dear] = ranked.filter((one, index) =>
        ranked.slice(index + 1).some((later) => isPutBehind(one, later)),
      );
      const cheap = ranked.find((later) => dear !== undefined && isPutBehind(dear, later));
      if (dear === undefined || cheap === undefined) continue;
      yield {
        subject: `queue ${queue.Name}`,
        level: "low",
        evidence: [dear, cheap].map(({ view }) => [...view.path, "DynamicNodePriority"]),
        why: `Slurm fills ${dear.view.name} first, at ${perCore(dear.usd)}, and ${cheap.view.name}, at ${perCore(cheap.usd)}, when that is full`,
        cost: {
          basis: `${perCore(dear.usd - cheap.usd)} of jobs that either could run`,
        },
        fix: {
          edits: ranked.map(({ view }) => remove([...view.path, "DynamicNodePriority"])),
          safe: false,
          does: `remove DynamicNodePriority from ${listed(ranked.map(({ view }) => view.resource.Name))}: without it the cheapest comes first`,
        },
      };
    }
  },
};

interface Core {
  readonly view: ResourceView;
  readonly priority: number;
  /** USD an hour. */
  readonly usd: number;
}

/** Of a compute resource that has a priority of its own, processors without GPUs alone. */
function coreOf(view: ResourceView): Core[] {
  const { DynamicNodePriority: priority } = view.resource;
  const { facts } = view.types[0] ?? {};
  if (priority === undefined || facts === undefined || facts.gpus !== undefined) return [];
  if (view.dearest === undefined) return [];
  const cores = facts.vcpus / facts.threadsPerCore;
  return [{ view, priority, usd: view.dearest.usdPerHour / cores }];
}

function isPutBehind(first: Core, later: Core): boolean {
  return first.priority < later.priority && later.usd < 0.8 * first.usd;
}

export const COST_RULES: readonly Rule[] = [neverScalesIn, noSpot, noBudget, dearFirst];
