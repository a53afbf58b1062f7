import type { Clients } from "../../clients.ts";
import { TAGS } from "../../names.ts";
import { ec2 } from "../../sdk.ts";
import type { DeployContext } from "./context.ts";
import { instances, tagsOf } from "./machines.ts";
import { type ClusterStack, stackResources } from "./stack.ts";

/** Most ids that one call of EC2 takes. */
const BATCH = 1000;

const GONE = new Set(["terminated"]);

/**
 * Terminates the cluster's machines and waits until they are gone, because what they use (networks,
 * roles) can't go before. Those that the stack keeps, by groups, are the stack's.
 */
export async function terminateMachines(
  { clients, clock, lookEvery }: DeployContext,
  unique: string,
  options: { readonly onCount: (left: number) => void; readonly signal?: AbortSignal },
): Promise<void> {
  const { sdk, client } = await ec2(clients);
  const asked = new Set<string>();
  for (;;) {
    const left = (await instances(clients, unique)).filter(
      (instance) =>
        !GONE.has(instance.State?.Name ?? "") && tagsOf(instance)[TAGS.role] === "compute",
    );
    if (left.length === 0) return;
    const ids = left.flatMap(({ InstanceId }) => InstanceId ?? []).filter((id) => !asked.has(id));
    for (let at = 0; at < ids.length; at += BATCH) {
      const InstanceIds = ids.slice(at, at + BATCH);
      await client.send(new sdk.TerminateInstancesCommand({ InstanceIds }));
      for (const id of InstanceIds) asked.add(id);
    }
    options.onCount(left.length);
    options.signal?.throwIfAborted();
    await clock.sleep(lookEvery, options.signal);
    options.signal?.throwIfAborted();
  }
}

/** Launch templates and placement groups that the head made; those of the stack are the stack's. */
export async function removeHeadsOwn(
  clients: Clients,
  unique: string,
  stack: ClusterStack | undefined,
): Promise<void> {
  const ofStack = new Set(
    stack === undefined
      ? []
      : (await stackResources(clients, stack.id)).map(({ physicalId }) => physicalId),
  );
  const { sdk, client } = await ec2(clients);
  const Filters = [{ Name: `tag:${TAGS.clusterId}`, Values: [unique] }];
  const pages = sdk.paginateDescribeLaunchTemplates({ client }, { Filters });
  for await (const { LaunchTemplates = [] } of pages) {
    for (const { LaunchTemplateId = "" } of LaunchTemplates) {
      if (ofStack.has(LaunchTemplateId)) continue;
      await client
        .send(new sdk.DeleteLaunchTemplateCommand({ LaunchTemplateId }))
        .catch(unlessGone);
    }
  }
  const { PlacementGroups = [] } = await client.send(
    new sdk.DescribePlacementGroupsCommand({ Filters }),
  );
  for (const { GroupName = "" } of PlacementGroups) {
    if (ofStack.has(GroupName)) continue;
    await client.send(new sdk.DeletePlacementGroupCommand({ GroupName })).catch(unlessGone);
  }
}

function unlessGone(error: unknown): void {
  if (!(error instanceof Error) || !/NotFound|Unknown/.test(error.name)) throw error;
}
