import { AssumeRoleCommand, GetCallerIdentityCommand } from "@aws-sdk/client-sts";
import { handle, type Service, ServiceError } from "../../contract.ts";
import { evaluate, type PolicyDocument } from "../../policy.ts";
import type { Region } from "../../region.ts";

export function stsService(region: Region): Service {
  return {
    name: "sts",
    protocol: "query",
    operations: {
      GetCallerIdentity: handle(GetCallerIdentityCommand, (_, { caller }) => ({
        Account: caller.account,
        Arn: caller.arn,
        UserId: userId(region, caller.arn),
      })),
      AssumeRole: handle(
        AssumeRoleCommand,
        ({ RoleArn = "", RoleSessionName = "", DurationSeconds = 3600 }, { caller }) => {
          const role = region.iam.roles.get(RoleArn.split("/").at(-1) ?? "");
          if (role === undefined || role.arn !== RoleArn || !trusts(role.trust, caller.arn)) {
            throw new ServiceError(
              "AccessDenied",
              `User: ${caller.arn} is not authorized to perform: sts:AssumeRole on resource: ${RoleArn}`,
              403,
            );
          }
          const arn = `arn:aws:sts::${region.account}:assumed-role/${role.name}/${RoleSessionName}`;
          const key = region.keys.issue(
            { account: region.account, arn, role: role.name },
            DurationSeconds,
          );
          return {
            Credentials: {
              AccessKeyId: key.accessKeyId,
              SecretAccessKey: key.secretAccessKey,
              SessionToken: key.sessionToken,
              Expiration: key.expiration,
            },
            AssumedRoleUser: { Arn: arn, AssumedRoleId: `${role.id}:${RoleSessionName}` },
          };
        },
      ),
    },
    // Anyone may ask who he is.
    authorise: (operation, input) => ({
      resources: operation === "AssumeRole" ? [String(Reflect.get(input, "RoleArn"))] : [],
      ...(operation === "AssumeRole" ? {} : { actions: [] }),
    }),
  };
}

function userId({ iam }: Region, arn: string): string {
  const [, name = "", session] = arn.split("/");
  const id = (session === undefined ? iam.users : iam.roles).get(name)?.id ?? "AROOT";
  return session === undefined ? id : `${id}:${session}`;
}

/** Whether a trust policy names the caller, or the account as a whole. */
function trusts(trust: string, arn: string): boolean {
  const { Statement } = JSON.parse(trust) as PolicyDocument;
  const principals = [Statement].flat().flatMap((statement) => {
    const { AWS = [] } = (Reflect.get(statement, "Principal") ?? {}) as {
      readonly AWS?: string | readonly string[];
    };
    return [AWS].flat();
  });
  const account = arn.split(":")[4] ?? "";
  return principals.some((one) => {
    if (one === account || one === `arn:aws:iam::${account}:root`) return true;
    const policy = { Statement: { Effect: "Allow", Resource: one } } as const;
    return evaluate([policy], { action: "", resource: arn, keys: {} }) === "allowed";
  });
}
