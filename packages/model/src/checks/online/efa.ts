import type { AccountFacts, Answers, SecurityRule } from "../../account/contract.ts";
import type { DraftFile } from "../../cluster-file/draft.ts";
import { type Path, problem } from "../../cluster-file/problem.ts";
import type { OnlineCheck } from "../check.ts";
import { awsGroupsOf } from "../compute-groups.ts";
import { texts } from "../nodes.ts";
import { factsOf } from "./facts.ts";

interface Own {
  readonly groups: readonly string[];
  readonly path: Path;
}

/** Queues with EFA whose security groups are the file's instead of those that Sluice makes. */
function* ownGroupsOf(file: DraftFile): Generator<Own> {
  const seen = new Set<object>();
  for (const { efa, queue, queuePath } of awsGroupsOf(file)) {
    if (!efa || seen.has(queue)) continue;
    seen.add(queue);
    const own = texts(queue.Networking?.SecurityGroups);
    if (own.length === 0) continue;
    const groups = [...own, ...texts(queue.Networking?.AdditionalSecurityGroups)];
    yield { groups, path: [...queuePath, "Networking", "SecurityGroups"] };
  }
}

/** EFA is not TCP or UDP: only a rule for all traffic lets it through. */
const efaSecurityGroups: OnlineCheck = {
  ids: ["EfaSecurityGroupValidator"],
  *questions(file) {
    for (const { groups } of ownGroupsOf(file)) {
      for (const id of groups) yield { kind: "securityGroup", id };
    }
  },
  *check(file, known) {
    for (const { groups, path } of ownGroupsOf(file)) {
      if (groups.some((id) => letsItselfIn(id, known) !== false)) continue;
      const message = `EFA is enabled, and none of ${groups.join(", ")} lets all traffic from and to itself through`;
      const suggestion =
        "add rules for all traffic to one of them, inbound and outbound, with the group itself at the other end";
      yield problem("EfaSecurityGroupValidator", path, message, suggestion, { at: "key" });
    }
  },
};

/** Undefined when the group is not known. */
function letsItselfIn(id: string, known: Answers): boolean | undefined {
  const facts: AccountFacts["securityGroup"] | undefined = factsOf(known, "securityGroup", id);
  if (facts === undefined) return undefined;
  const isOpen = ({ protocol, securityGroups }: SecurityRule): boolean =>
    protocol === "-1" && securityGroups.includes(id);
  return facts.inbound.some(isOpen) && facts.outbound.some(isOpen);
}

export const EFA_CHECKS: readonly OnlineCheck[] = [efaSecurityGroups];
