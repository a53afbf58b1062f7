import type { Stack } from "@aws-sdk/client-cloudformation";
import type { Clients } from "../../clients.ts";
import { isAbsent } from "../../infrastructure/deploy/stack.ts";
import { OBJECTS, siteOfStack, siteStackName, TAGS } from "../../names.ts";
import { cloudFormation } from "../../sdk.ts";

/** A site's stack, as far as it is. */
export interface SiteStack {
  /** ARN. */
  readonly id: string;
  readonly name: string;
  readonly site: string;
  readonly unique: string;
  readonly bucket: { readonly name: string; readonly prefix: string };
  readonly status: string;
  readonly reason: string | undefined;
  readonly createdAt: Date;
  readonly updatedAt: Date;
  readonly parameters: Readonly<Record<string, string>>;
  readonly outputs: Readonly<Record<string, string>>;
  readonly tags: Readonly<Record<string, string>>;
}

/** The stack of a site; undefined when there is none, or none of ours. */
export function findSiteStack(clients: Clients, site: string): Promise<SiteStack | undefined> {
  return siteStackById(clients, siteStackName(site));
}

/** The stack as it is now, also when it is deleted. */
export async function siteStackById(
  clients: Clients,
  StackName: string,
): Promise<SiteStack | undefined> {
  const { sdk, client } = await cloudFormation(clients);
  try {
    const { Stacks = [] } = await client.send(new sdk.DescribeStacksCommand({ StackName }));
    return Stacks[0] === undefined ? undefined : siteStack(Stacks[0]);
  } catch (error) {
    if (isAbsent(error)) return undefined;
    throw error;
  }
}

/** Whether any stack, ours or not, has the name that a site's would have. */
export async function isSiteNameTaken(clients: Clients, site: string): Promise<boolean> {
  const { sdk, client } = await cloudFormation(clients);
  try {
    const input = { StackName: siteStackName(site) };
    const { Stacks = [] } = await client.send(new sdk.DescribeStacksCommand(input));
    return Stacks.some(({ StackStatus }) => StackStatus !== "REVIEW_IN_PROGRESS");
  } catch (error) {
    if (isAbsent(error)) return false;
    throw error;
  }
}

/** Every site's stack in the region. */
export async function listSiteStacks(clients: Clients): Promise<readonly SiteStack[]> {
  const { sdk, client } = await cloudFormation(clients);
  const found: SiteStack[] = [];
  for await (const { Stacks = [] } of sdk.paginateDescribeStacks({ client }, {})) {
    found.push(...Stacks.flatMap((stack) => siteStack(stack) ?? []));
  }
  return found.toSorted((a, b) => a.site.localeCompare(b.site));
}

function siteStack(stack: Stack): SiteStack | undefined {
  const { StackId: id = "", StackName: name = "", CreationTime = new Date(0) } = stack;
  const tags = Object.fromEntries(
    (stack.Tags ?? []).map(({ Key = "", Value = "" }) => [Key, Value]),
  );
  const site = siteOfStack(name);
  const unique = tags[TAGS.clusterId];
  if (site === undefined || unique === undefined || tags[TAGS.site] !== site) return undefined;
  return {
    ...{ id, name, site, unique, tags },
    bucket: { name: tags[TAGS.bucket] ?? "", prefix: OBJECTS.sitePrefix(site, unique) },
    status: stack.StackStatus ?? "",
    reason: stack.StackStatusReason,
    createdAt: CreationTime,
    updatedAt: stack.LastUpdatedTime ?? CreationTime,
    parameters: Object.fromEntries(
      (stack.Parameters ?? []).map(({ ParameterKey = "", ParameterValue = "" }) => [
        ParameterKey,
        ParameterValue,
      ]),
    ),
    outputs: Object.fromEntries(
      (stack.Outputs ?? []).map(({ OutputKey = "", OutputValue = "" }) => [OutputKey, OutputValue]),
    ),
  };
}
