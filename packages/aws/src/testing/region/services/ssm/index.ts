import { DescribeTagsCommand } from "@aws-sdk/client-ec2";
import type { ConditionKeys, Scope, Service } from "../../contract.ts";
import type { Region } from "../../region.ts";
import { commandOperations } from "./commands.ts";
import { parameterArn, parameterOperations } from "./parameters.ts";

export function ssmService(region: Region): Service {
  return {
    name: "ssm",
    protocol: "json",
    operations: { ...parameterOperations(region), ...commandOperations(region) },
    authorise: (operation, input) => scopeOf(region, operation, input as SsmInput),
  };
}

interface SsmInput {
  readonly Name?: string;
  readonly Names?: readonly string[];
  readonly Path?: string;
  readonly ResourceId?: string;
  readonly DocumentName?: string;
  readonly InstanceIds?: readonly string[];
}

async function scopeOf(region: Region, operation: string, input: SsmInput): Promise<Scope> {
  const { name, account } = region;
  const single = input.Name ?? input.Path ?? input.ResourceId;
  if (operation === "SendCommand") {
    const machines = await Promise.all(
      (input.InstanceIds ?? []).map(async (id) => ({
        arn: `arn:aws:ec2:${name}:${account}:instance/${id}`,
        conditions: await tagConditions(region, id),
      })),
    );
    return { resources: [`arn:aws:ssm:${name}::document/${input.DocumentName}`, ...machines] };
  }
  if (single !== undefined) return { resources: [parameterArn(region, single)] };
  if (input.Names !== undefined) {
    return { resources: input.Names.map((one) => parameterArn(region, one)) };
  }
  return { resources: ["*"] };
}

/** Systems Manager has a name of its own for the tags of machines. */
async function tagConditions(region: Region, instanceId: string): Promise<ConditionKeys> {
  const { Tags = [] } = await region.call(DescribeTagsCommand, {
    Filters: [{ Name: "resource-id", Values: [instanceId] }],
  });
  return Object.fromEntries(
    Tags.flatMap(({ Key, Value = "" }) => [
      [`ssm:resourceTag/${Key}`, Value],
      [`aws:ResourceTag/${Key}`, Value],
    ]),
  );
}
