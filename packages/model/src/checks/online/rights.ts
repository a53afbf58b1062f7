import type { AccountFacts, FactKind } from "../../account/contract.ts";
import { type DraftFile, entriesOf } from "../../cluster-file/draft.ts";
import { showValue } from "../../cluster-file/finding.ts";
import { type Problem, problem } from "../../cluster-file/problem.ts";
import type { OnlineCheck } from "../check.ts";
import { keysOf } from "../kms.ts";
import { nodeKindsOf } from "../nodes.ts";
import { providerOf } from "../provider.ts";
import { checkOf, type NamedThing } from "./facts.ts";

function isAws(file: DraftFile): boolean {
  return providerOf(file) === "aws";
}

export interface Role extends NamedThing {
  readonly isOfMachines: boolean;
}

function* rolesOf(file: DraftFile): Generator<Role> {
  if (!isAws(file)) return;
  for (const { iam, path } of nodeKindsOf(file)) {
    if (typeof iam?.InstanceRole !== "string") continue;
    yield { id: iam.InstanceRole, path: [...path, "Iam", "InstanceRole"], isOfMachines: true };
  }
  const id = file.Iam?.Roles?.LambdaFunctionsRole;
  const path = ["Iam", "Roles", "LambdaFunctionsRole"];
  if (typeof id === "string") yield { id, path, isOfMachines: false };
}

function* profilesOf(file: DraftFile): Generator<NamedThing> {
  if (!isAws(file)) return;
  for (const { iam, path } of nodeKindsOf(file)) {
    if (typeof iam?.InstanceProfile !== "string") continue;
    yield { id: iam.InstanceProfile, path: [...path, "Iam", "InstanceProfile"] };
  }
}

function* boundaryOf(file: DraftFile): Generator<NamedThing> {
  const id = file.Iam?.PermissionsBoundary;
  if (typeof id === "string" && isAws(file)) yield { id, path: ["Iam", "PermissionsBoundary"] };
}

function* policiesOf(file: DraftFile): Generator<NamedThing> {
  if (!isAws(file)) return;
  for (const { iam, path } of nodeKindsOf(file)) {
    for (const { index, item } of entriesOf(iam?.AdditionalIamPolicies)) {
      if (typeof item.Policy !== "string") continue;
      const place = [...path, "Iam", "AdditionalIamPolicies", index, "Policy"];
      yield { id: item.Policy, path: place };
    }
  }
}

/** There is none of this name. */
export function missing(id: string, thing: NamedThing, what: string): Problem {
  const message = `there is no ${what} ${showValue(thing.id)} in the account, or it may not be seen`;
  return problem(id, thing.path, message, "write one that there is");
}

const ROLE = "RoleValidator";
const PROFILE = "InstanceProfileValidator";
const KEY = "KmsKeyValidator";

type Found<K extends FactKind> = AccountFacts[K] | "absent";

export function* role(thing: Role, facts: Found<"role">): Generator<Problem> {
  if (facts === "absent") yield missing(ROLE, thing, "role");
  else if (thing.isOfMachines && !facts.trustsEc2) {
    const message = "machines can't have this role, because it does not trust EC2";
    const suggestion = "let ec2.amazonaws.com assume it, in its trust policy";
    yield problem(ROLE, thing.path, message, suggestion);
  }
}

export function* profile(thing: NamedThing, facts: Found<"instanceProfile">): Generator<Problem> {
  if (facts === "absent") yield missing(PROFILE, thing, "instance profile");
  else if (facts.roles.length === 0) {
    const message = "the instance profile has no role, so machines could do nothing with it";
    yield problem(PROFILE, thing.path, message, "put a role into it");
  }
}

export function* boundary(thing: NamedThing, facts: Found<"policy">): Generator<Problem> {
  if (facts === "absent") yield missing("IamPolicyValidator", thing, "policy");
}

export function* additionalPolicy(thing: NamedThing, facts: Found<"policy">): Generator<Problem> {
  if (facts === "absent") yield missing("AdditionalIamPolicyValidator", thing, "policy");
}

export function* encryptionKey(thing: NamedThing, facts: Found<"kmsKey">): Generator<Problem> {
  if (facts === "absent") yield missing(KEY, thing, "key");
  else if (!facts.enabled) {
    const message = "the key is disabled, and nothing can be encrypted with it";
    yield problem(KEY, thing.path, message, "enable it, or write another");
  }
}

function* keyThingsOf(file: DraftFile): Generator<NamedThing> {
  for (const { key, path } of keysOf(file)) yield { id: key, path };
}

export const RIGHTS_CHECKS: readonly OnlineCheck[] = [
  checkOf([ROLE], "role", rolesOf, role),
  checkOf([PROFILE], "instanceProfile", profilesOf, profile),
  checkOf(["IamPolicyValidator"], "policy", boundaryOf, boundary),
  checkOf(["AdditionalIamPolicyValidator"], "policy", policiesOf, additionalPolicy),
  checkOf([KEY], "kmsKey", keyThingsOf, encryptionKey),
];
