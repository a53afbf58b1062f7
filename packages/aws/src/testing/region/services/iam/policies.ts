import {
  CreatePolicyCommand,
  CreatePolicyVersionCommand,
  DeletePolicyCommand,
  DeletePolicyVersionCommand,
  GetPolicyCommand,
  GetPolicyVersionCommand,
  ListPolicyVersionsCommand,
} from "@aws-sdk/client-iam";
import { handle, type Service, ServiceError } from "../../contract.ts";
import { checkedDocument, checkNew, checkUnused, shownPolicy, tagMap } from "./shapes.ts";
import { type IamState, type ManagedPolicy, missing } from "./state.ts";

const MOST_VERSIONS = 5;
const MOST_CHARACTERS = 6144;

export function policyOperations(iam: IamState): Service["operations"] {
  const policy = (arn: string | undefined): ManagedPolicy =>
    iam.policies.get(arn ?? "") ?? missing(`Policy ${arn} was not found.`);
  return {
    CreatePolicy: handle(CreatePolicyCommand, (input) => {
      const { PolicyName = "", Path = "/", PolicyDocument, Tags } = input;
      const named = iam.named("policy", "ANPA", PolicyName, Path);
      checkNew(iam.policies.has(named.arn), `A policy called ${PolicyName}`);
      const created: ManagedPolicy = {
        ...named,
        versions: new Map([["v1", sized(checkedDocument(PolicyDocument))]]),
        defaultVersion: "v1",
        tags: tagMap(Tags),
      };
      iam.policies.set(created.arn, created);
      return { Policy: shownPolicy(created) };
    }),
    GetPolicy: handle(GetPolicyCommand, ({ PolicyArn = "" }) => {
      const isTheirs = !iam.policies.has(PolicyArn) && iam.document(PolicyArn) !== undefined;
      if (isTheirs) {
        return { Policy: { Arn: PolicyArn, PolicyName: PolicyArn.split("/").at(-1) } };
      }
      return { Policy: shownPolicy(policy(PolicyArn)) };
    }),
    DeletePolicy: handle(DeletePolicyCommand, ({ PolicyArn = "" }) => {
      const { versions } = policy(PolicyArn);
      const holders = [...iam.roles.values(), ...iam.users.values()];
      checkUnused(
        holders.some(({ attached, boundary }) => attached.has(PolicyArn) || boundary === PolicyArn),
        "detach policy from all entities",
      );
      checkUnused(versions.size > 1, "delete all but the default policy version");
      iam.policies.delete(PolicyArn);
      return {};
    }),
    CreatePolicyVersion: handle(
      CreatePolicyVersionCommand,
      ({ PolicyArn, PolicyDocument, SetAsDefault }) => {
        const one = policy(PolicyArn);
        if (one.versions.size >= MOST_VERSIONS) {
          const message = "A managed policy can have up to 5 versions.";
          throw new ServiceError("LimitExceeded", message, 409);
        }
        const numbers = [...one.versions.keys()].map((version) => Number(version.slice(1)));
        const VersionId = `v${Math.max(...numbers) + 1}`;
        one.versions.set(VersionId, sized(checkedDocument(PolicyDocument)));
        if (SetAsDefault === true) one.defaultVersion = VersionId;
        return { PolicyVersion: { VersionId, IsDefaultVersion: SetAsDefault === true } };
      },
    ),
    GetPolicyVersion: handle(GetPolicyVersionCommand, ({ PolicyArn, VersionId = "" }) => {
      const one = policy(PolicyArn);
      const document =
        one.versions.get(VersionId) ?? missing(`Policy version ${VersionId} does not exist.`);
      return {
        PolicyVersion: {
          VersionId,
          Document: encodeURIComponent(document),
          IsDefaultVersion: one.defaultVersion === VersionId,
        },
      };
    }),
    ListPolicyVersions: handle(ListPolicyVersionsCommand, ({ PolicyArn }) => {
      const { versions, defaultVersion } = policy(PolicyArn);
      return {
        Versions: [...versions.keys()].map((VersionId) => ({
          VersionId,
          IsDefaultVersion: VersionId === defaultVersion,
        })),
        IsTruncated: false,
      };
    }),
    DeletePolicyVersion: handle(DeletePolicyVersionCommand, ({ PolicyArn, VersionId = "" }) => {
      const one = policy(PolicyArn);
      checkUnused(one.defaultVersion === VersionId, "set another default version");
      one.versions.delete(VersionId);
      return {};
    }),
  };
}

function sized(document: string): string {
  if (document.replace(/\s/g, "").length <= MOST_CHARACTERS) return document;
  throw new ServiceError(
    "LimitExceeded",
    `Cannot exceed quota for PolicySize: ${MOST_CHARACTERS}`,
    409,
  );
}
