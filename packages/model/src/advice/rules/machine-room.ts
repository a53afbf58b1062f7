import type { Rule } from "../contract.ts";
import { remove, set } from "../edits.ts";
import type { AdviceFile, QueueView } from "../file.ts";
import { isAllStatic, paidByTheHour, staticCost } from "../fleet-cost.ts";
import { HOURS_PER_MONTH } from "../money.ts";
import { counted, listed } from "../words.ts";

/** A smaller fleet can nearly always be had. */
const LARGE = 32;

const allStatic: Rule = {
  id: "machine-room/all-static",
  pitfall: 10,
  title: "every node is always on",
  looksFor: "`MinCount` equal to `MaxCount` in every compute resource",
  mends: "edit",
  providers: ["aws", "azure"],
  *find(file) {
    if (!isAllStatic(file)) return;
    const resources = paidByTheHour(file.resources);
    const cost = staticCost(resources);
    const month = cost.usdPerHour * HOURS_PER_MONTH;
    yield {
      subject: "the cluster",
      level: "high",
      evidence: resources.map(({ path }) => [...path, "MinCount"]),
      why: `${counted(cost.nodes, "node")} ${cost.nodes === 1 ? "is" : "are"} paid for day and night as if bought: a cluster that is busy for half of the time costs twice what its jobs do`,
      cost: {
        ...(month === 0 ? {} : { savesUsdPerMonth: month }),
        basis: `${cost.for(HOURS_PER_MONTH)} a month; how much of it is saved is how much of the time the nodes are idle`,
      },
      fix: {
        edits: resources.map(({ path }) => set([...path, "MinCount"], 0)),
        safe: false,
        does: "write MinCount: 0; nodes come with jobs then, and are named dy instead of st",
      },
      alternatives: ["write WarmNodes for as many as shall be ready without a wait"],
    };
  },
};

/** Queues whose jobs could run in any zone. */
function freeToRoam(queues: readonly QueueView[]): QueueView[] {
  return queues.filter(({ resources }) =>
    resources.every(({ multiNode, isReserved }) => multiNode === undefined && !isReserved),
  );
}

const oneZone: Rule = {
  id: "machine-room/one-zone",
  pitfall: 10,
  title: "everything in one zone",
  looksFor: `the same single subnet in every queue, and ${LARGE} nodes or more whose jobs are on one node each`,
  mends: "none",
  providers: ["aws", "azure"],
  *find({ queues }) {
    const subnets = new Set(queues.flatMap(({ queue }) => queue.Networking?.SubnetIds ?? []));
    const roaming = freeToRoam(queues);
    const nodes = roaming.reduce((sum, view) => sum + view.nodes, 0);
    if (subnets.size !== 1 || nodes < LARGE) return;
    yield {
      subject: "the cluster",
      level: "low",
      evidence: roaming.map(({ path }) => [...path, "Networking", "SubnetIds"]),
      why: `up to ${counted(nodes, "node")} of ${listed(roaming.map(({ queue }) => queue.Name))} can come out of one zone only: when that has no more machines of a type jobs wait, and when it fails everything does`,
      cost: {
        basis: "the jobs' time while a zone is sold out; traffic between zones is billed by the GB",
      },
      alternatives: [
        "add subnets of other zones to SubnetIds in queues whose jobs are on one node each",
      ],
    };
  },
};

const oneType: Rule = {
  id: "machine-room/one-type",
  pitfall: 10,
  title: "one machine type for everything",
  looksFor: `one machine type in the whole file, and ${LARGE} nodes or more whose jobs are on one node each`,
  mends: "edit",
  providers: ["aws", "azure"],
  *find(file) {
    const types = new Set(file.resources.flatMap((view) => view.types.map(({ name }) => name)));
    const roaming = freeToRoam(file.queues);
    const nodes = roaming.reduce((sum, view) => sum + view.nodes, 0);
    const [name] = types;
    if (types.size !== 1 || name === undefined || nodes < LARGE) return;
    if (roaming.some(({ isSpot }) => isSpot)) return;
    const others = alike(file, name);
    const names = [name, ...others];
    const resources = roaming.flatMap(({ resources: own }) => own);
    const isRich = others.length > 0 && resources.every((one) => one.resource.InstanceType);
    yield {
      subject: "the cluster",
      level: "low",
      evidence: resources.flatMap((one) => one.types.map(({ path }) => path)),
      why: `all ${counted(nodes, "node")} are ${name}: a machine room is bought in one kind, a cloud is sold out in one kind at a time`,
      cost: { basis: "the jobs' time while the type is sold out" },
      ...(isRich
        ? {
            fix: {
              edits: resources.flatMap(({ path }) => [
                set(
                  [...path, "Instances"],
                  names.map((InstanceType) => ({ InstanceType })),
                  {
                    after: "Name",
                  },
                ),
                remove([...path, "InstanceType"]),
              ]),
              safe: false,
              does: `write Instances with ${listed(names)}, which have the same processors; the cheapest is asked for first`,
            },
          }
        : {}),
    };
  },
};

/** At most a tenth dearer. */
function alike(file: AdviceFile, name: string): string[] {
  const { price } = file.type(name);
  if (price === undefined) return [];
  return file
    .like(name, { spot: false })
    .filter((other) => (other.price?.usdPerHour ?? Infinity) <= 1.1 * price.usdPerHour)
    .slice(0, 2)
    .map(({ type }) => type.name);
}

export const MACHINE_ROOM_RULES: readonly Rule[] = [allStatic, oneZone, oneType];
