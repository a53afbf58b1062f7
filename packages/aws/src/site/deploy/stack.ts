import type { Stack } from "@aws-sdk/client-cloudformation";
import type { Clients } from "../../clients.ts";
import {
  describeStack,
  isStackNameTaken,
  type StackState,
  stackState,
} from "../../infrastructure/deploy/stack.ts";
import { OBJECTS, siteOfStack, siteStackName, TAGS } from "../../names.ts";
import { cloudFormation } from "../../sdk.ts";

/** A site's stack, as far as it is. */
export interface SiteStack extends StackState {
  readonly site: string;
  readonly unique: string;
  readonly bucket: { readonly name: string; readonly prefix: string };
}

/** The stack of a site; undefined when there is none, or none of ours. */
export function findSiteStack(clients: Clients, site: string): Promise<SiteStack | undefined> {
  return siteStackById(clients, siteStackName(site));
}

/** The stack as it is now, also when it is deleted. */
export async function siteStackById(clients: Clients, id: string): Promise<SiteStack | undefined> {
  const stack = await describeStack(clients, id);
  return stack === undefined ? undefined : siteStack(stack);
}

/** Whether any stack, ours or not, has the name that a site's would have. */
export function isSiteNameTaken(clients: Clients, site: string): Promise<boolean> {
  return isStackNameTaken(clients, siteStackName(site));
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
  const state = stackState(stack);
  const { name, tags } = state;
  const site = siteOfStack(name);
  const unique = tags[TAGS.clusterId];
  if (site === undefined || unique === undefined || tags[TAGS.site] !== site) return undefined;
  const bucket = { name: tags[TAGS.bucket] ?? "", prefix: OBJECTS.sitePrefix(site, unique) };
  return { ...state, site, unique, bucket };
}
