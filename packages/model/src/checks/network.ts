import type { DraftFile } from "../cluster-file/draft.ts";
import { showValue } from "../cluster-file/finding.ts";
import { type Problem, problem } from "../cluster-file/problem.ts";
import { repeated } from "./check.ts";
import { awsGroupsOf, type ComputeGroup } from "./compute-groups.ts";
import { providerOf } from "./provider.ts";
import { queuesOf } from "./resources.ts";

/** Each subnet of a queue is another zone's. */
export function* repeatedSubnets(file: DraftFile): Generator<Problem> {
  if (providerOf(file) === "local") return;
  for (const { queue, path } of queuesOf(file)) {
    const subnets = (queue.Networking?.SubnetIds ?? []).map((name, index) => ({
      name,
      path: [...path, "Networking", "SubnetIds", index],
    }));
    for (const { again } of repeated(subnets)) {
      const message = `${showValue(again.name)} is in the list twice`;
      yield problem("QueueSubnetsValidator", again.path, message, "remove one of them");
    }
  }
}

/** A compute resource all of whose machine types have several network cards, first in its queue. */
export function multiCardQueues(file: DraftFile): readonly (ComputeGroup & { cards: number })[] {
  const seen = new Set<ComputeGroup["queue"]>();
  return awsGroupsOf(file).flatMap((group) => {
    const counts = group.types.map(({ facts }) => facts?.networkCards ?? 1);
    const cards = counts.length === 0 ? 1 : Math.min(...counts);
    if (cards < 2 || seen.has(group.queue)) return [];
    seen.add(group.queue);
    return [{ ...group, cards }];
  });
}

/** EC2 gives no public address to a machine that is launched with several network cards. */
export function* publicAddresses(file: DraftFile): Generator<Problem> {
  for (const { queue, queuePath, label, cards } of multiCardQueues(file)) {
    if (queue.Networking?.AssignPublicIp !== true) continue;
    const message = `machines of ${label} have ${cards} network cards, and EC2 gives public addresses to machines with one card only`;
    yield problem(
      "MultiNetworkInterfacesInstancesValidator",
      [...queuePath, "Networking", "AssignPublicIp"],
      message,
      "write false, and a subnet with a NAT gateway",
    );
  }
}
