import type { Path } from "../../cluster-file/problem.ts";
import type { Remark, Rule } from "../contract.ts";
import { set } from "../edits.ts";
import type { AdviceFile, QueueView, ResourceView, TypeView } from "../file.ts";
import { placedTogether, takenForMultiNode } from "../inference.ts";
import { candidateWords, perCore, typeNames } from "../words.ts";

const LATENCY = "and each exchange between nodes waits for the slowest";

/** Compute resources of a queue whose jobs run over several nodes, and whose machines are ours to place. */
function forManyNodes({ resources }: QueueView): ResourceView[] {
  return resources.filter(({ multiNode, isReserved }) => multiNode !== undefined && !isReserved);
}

function zonesOf({ queue }: QueueView): number {
  return new Set(queue.Networking?.SubnetIds ?? []).size;
}

function groupOf({ queue, resource }: ResourceView): boolean | undefined {
  return placedTogether(resource) ?? placedTogether(queue);
}

/** Whether all that is missing is the word for it: undefined when the file says that it is off. */
function couldHaveEfa({ types, resource }: ResourceView): boolean {
  return types.every(({ ec2 }) => ec2?.efa === true) && resource.Efa === undefined;
}

function placeTogether(queue: QueueView, resources: readonly ResourceView[]) {
  const isWhole = resources.length === queue.resources.length;
  const places = isWhole ? [queue.path] : resources.map(({ path }) => path);
  return places.map((path) => set([...path, "Networking", "PlacementGroup", "Enabled"], true));
}

const noEfa: Rule = {
  id: "network/no-efa",
  pitfall: 1,
  title: "no EFA",
  looksFor:
    "a compute resource for multi-node jobs whose machine types have EFA, with no `Efa` section",
  mends: "edit",
  providers: ["aws"],
  *find({ queues }) {
    for (const queue of queues) {
      const resources = forManyNodes(queue).filter(couldHaveEfa);
      const [first] = resources;
      if (first?.multiNode === undefined) continue;
      const isOneZone = zonesOf(queue) <= 1;
      const loose = resources.filter((resource) => groupOf(resource) === undefined);
      yield {
        subject: `queue ${queue.queue.Name}`,
        level: "high",
        evidence: [
          ...first.multiNode.evidence,
          ...resources.flatMap(({ path, types }) => [
            ...types.map((type) => type.path),
            [...path, "Efa"],
          ]),
        ],
        why: `${typeNames(first.types)} has EFA, which costs nothing, and the file leaves it off: messages go through the kernel's TCP, ${LATENCY}`,
        inferred: takenForMultiNode(first.multiNode),
        cost: { basis: "the jobs' time; EFA itself is free" },
        ...(isOneZone
          ? {
              fix: {
                edits: [
                  ...resources.map(({ path }) => set([...path, "Efa", "Enabled"], true)),
                  ...placeTogether(queue, loose),
                ],
                safe: false,
                does: "write Efa.Enabled: true, with a placement group, which EFA is at its best in; machines side by side can be had less often, so large jobs may wait longer",
              },
            }
          : {}),
        alternatives: [
          ...(isOneZone ? [] : ["keep one subnet: EFA does not reach from zone to zone"]),
          ...(queue.queue.Networking?.SecurityGroups === undefined
            ? []
            : [
                "let each of the SecurityGroups allow all traffic to and from itself, or EFA has no way",
              ]),
        ],
      };
    }
  },
};

const noPlacementGroup: Rule = {
  id: "network/no-placement-group",
  pitfall: 1,
  title: "no placement group",
  looksFor: "a compute resource for multi-node jobs that no `PlacementGroup` is written for",
  mends: "edit",
  providers: ["aws", "azure"],
  *find({ queues }) {
    for (const queue of queues) {
      const resources = forManyNodes(queue).filter(
        (resource) =>
          groupOf(resource) === undefined &&
          !couldHaveEfa(resource) &&
          resource.types.every(canBePlaced),
      );
      const [first] = resources;
      if (first?.multiNode === undefined || zonesOf(queue) > 1) continue;
      yield {
        subject: `queue ${queue.queue.Name}`,
        level: "medium",
        evidence: [
          ...first.multiNode.evidence,
          ...resources.map(({ path }): Path => [...path, "Networking", "PlacementGroup"]),
        ],
        why: `its ${queue.nodes} nodes may stand anywhere in the zone: the way between two of them is longer than it need be, ${LATENCY}`,
        inferred: takenForMultiNode(first.multiNode),
        cost: { basis: "the jobs' time; a placement group is free" },
        fix: {
          edits: placeTogether(queue, resources),
          safe: false,
          does: "write PlacementGroup.Enabled: true; machines side by side can be had less often, so large jobs may wait longer",
        },
      };
    }
  },
};

function canBePlaced({ ec2, azure }: TypeView): boolean {
  return azure !== undefined || ec2?.placement.includes("cluster") === true;
}

const noInterconnect: Rule = {
  id: "network/no-interconnect",
  pitfall: 1,
  title: "machine types without a fast network",
  looksFor:
    "a compute resource for multi-node jobs on machine types that have neither EFA nor InfiniBand",
  mends: "none",
  providers: ["aws", "azure"],
  *find(file) {
    for (const queue of file.queues) {
      for (const view of forManyNodes(queue)) {
        const slow = view.types.filter(({ facts }) => isSlow(facts));
        const [first] = slow;
        if (first === undefined || view.multiNode === undefined) continue;
        const better = file.forManyNodes(first.name, { spot: queue.isSpot });
        yield {
          subject: `compute resource ${view.name}`,
          level: "high",
          evidence: [...view.multiNode.evidence, ...slow.map(({ path }) => path)],
          why: `${typeNames(slow)} ${slow.length === 1 ? "has" : "have"} ${networkOf(first)} and no ${file.config.Provider === "aws" ? "EFA" : "InfiniBand"}: jobs over more than a few nodes stop getting faster`,
          inferred: takenForMultiNode(view.multiNode),
          cost: { basis: priceOfCores(first) },
          alternatives: better.map(
            (candidate) => `use ${candidateWords(candidate)}, and a MaxCount for its size`,
          ),
        };
      }
    }
  },
};

function isSlow(facts: TypeView["facts"]): boolean {
  return (
    facts !== undefined &&
    facts.interconnect === undefined &&
    facts.gpus === undefined &&
    facts.burstable !== true
  );
}

function networkOf({ ec2 }: TypeView): string {
  if (ec2 === undefined) return "Ethernet";
  const { network } = ec2;
  return network.includes("Gigabit")
    ? `${network.replace("Gigabit", "Gbit/s").replace("Up to", "up to")} of Ethernet`
    : "slow Ethernet";
}

function priceOfCores({ facts, price, name }: TypeView): string {
  if (facts === undefined || price === undefined) return "the jobs' time";
  const cores = facts.vcpus / facts.threadsPerCore;
  return `the jobs' time; ${name} costs ${perCore(price.usdPerHour / cores)}`;
}

const spreadOverZones: Rule = {
  id: "network/spread-over-zones",
  pitfall: 1,
  title: "one job over several zones",
  looksFor: "several `SubnetIds` in a queue for multi-node jobs",
  mends: "edit",
  providers: ["aws", "azure"],
  *find({ queues }) {
    for (const queue of queues) {
      const [first] = forManyNodes(queue);
      const subnets = [...(queue.queue.Networking?.SubnetIds ?? [])];
      if (first?.multiNode === undefined || zonesOf(queue) < 2) continue;
      const path: Path = [...queue.path, "Networking", "SubnetIds"];
      yield {
        subject: `queue ${queue.queue.Name}`,
        level: "medium",
        evidence: [...first.multiNode.evidence, path],
        why: `the nodes of one job may be in ${zonesOf(queue)} zones: messages between them take several times as long as inside one, and neither EFA nor a placement group reaches across`,
        inferred: takenForMultiNode(first.multiNode),
        cost: {
          basis:
            "the jobs' time, and traffic from zone to zone, which AWS bills at 0.01 USD for each GB out of a zone and again into the other",
        },
        fix: {
          edits: [set(path, subnets.slice(0, 1))],
          safe: false,
          does: `write ${subnets[0]} alone; what that zone does not have can't be had elsewhere then`,
        },
        alternatives: ["write a queue for each zone"],
      };
    }
  },
};

const noAcceleratedNetworking: Rule = {
  id: "network/no-accelerated-networking",
  pitfall: 1,
  title: "no accelerated networking",
  looksFor: "a compute resource of several nodes on sizes of Azure without accelerated networking",
  mends: "none",
  providers: ["azure"],
  *find(file: AdviceFile): Generator<Remark> {
    for (const view of file.resources) {
      const slow = view.types.filter(({ azure }) => azure?.acceleratedNetworking === false);
      const [first] = slow;
      if (first === undefined || view.resource.MaxCount < 2) continue;
      yield {
        subject: `compute resource ${view.name}`,
        level: "medium",
        evidence: slow.map(({ path }) => path),
        why: `${typeNames(slow)} can't have accelerated networking: each packet goes through the host's processor, and shared file systems feel it as well`,
        cost: { basis: "the jobs' time" },
        alternatives: [
          "use a size that can have it: nearly all with two processors or more",
          ...file
            .like(first.name, { spot: view.isSpot })
            .filter(({ type }) => file.type(type.name).azure?.acceleratedNetworking)
            .slice(0, 2)
            .map((candidate) => `use ${candidateWords(candidate)}`),
        ],
      };
    }
  },
};

export const NETWORK_RULES: readonly Rule[] = [
  noEfa,
  noPlacementGroup,
  noInterconnect,
  spreadOverZones,
  noAcceleratedNetworking,
];
