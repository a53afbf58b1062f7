import type { Instance } from "@aws-sdk/client-ec2";
import type { SiteMachine } from "@sluice/cloud";
import type { ObjectStore } from "../../bucket.ts";
import type { Clients } from "../../clients.ts";
import { clusterMachines, instances, tagsOf } from "../../infrastructure/deploy/machines.ts";
import { TAGS } from "../../names.ts";
import { machineReport } from "./reports.ts";
import type { SiteStack } from "./stack.ts";

/** Machines of a site that are there, by their names. */
export async function siteMachines(
  clients: Clients,
  store: ObjectStore,
  { unique, bucket }: SiteStack,
): Promise<readonly SiteMachine[]> {
  const all = (await clusterMachines(clients, unique)).filter(({ state }) => state !== "gone");
  const views = await Promise.all(
    all.map(async (machine) => {
      const node = machine.tags[TAGS.siteMachine] ?? machine.id;
      const report = await machineReport(store, bucket.prefix, node);
      const isReady =
        machine.state === "running" &&
        report?.status === "ready" &&
        report.instanceId === machine.id;
      return { ...machine, node, isReady };
    }),
  );
  return views.toSorted((a, b) => a.node.localeCompare(b.node));
}

/** Of machines that run, by name: which one it is, and what it was made of. */
export async function runningMachines(
  clients: Clients,
  unique: string,
): Promise<ReadonlyMap<string, { readonly id: string; readonly revision: string | undefined }>> {
  const isOn = ({ State }: Instance): boolean => /^(pending|running)$/.test(State?.Name ?? "");
  const on = (await instances(clients, unique)).filter(isOn);
  return new Map(
    on.map((instance) => {
      const tags = tagsOf(instance);
      const id = instance.InstanceId ?? "";
      return [tags[TAGS.siteMachine] ?? id, { id, revision: tags[TAGS.revision] }];
    }),
  );
}
