import type { Progress } from "@sluice/cloud";
import { ObjectStore } from "../../bucket.ts";
import type { DeployContext } from "../../infrastructure/deploy/context.ts";
import { allEvents } from "../../infrastructure/deploy/follow.ts";
import { siteMachines } from "./machines.ts";
import { siteProgressOf } from "./progress.ts";
import { machineReport } from "./reports.ts";
import type { SiteStack } from "./stack.ts";

const WORDS = {
  progress: "info",
  ready: "done",
  "standing-by": "done",
  failed: "failed",
} as const;

/** What happened to a site, oldest first: to its stack, and what its machines said last. */
export async function siteEvents(
  context: DeployContext,
  stack: SiteStack,
): Promise<readonly Progress[]> {
  const store = new ObjectStore(context.clients, stack.bucket.name);
  const [events, machines] = await Promise.all([
    allEvents(context, stack.id),
    siteMachines(context.clients, store, stack),
  ]);
  const said = await Promise.all(
    machines.map(async ({ node }): Promise<readonly Progress[]> => {
      const report = await machineReport(store, stack.bucket.prefix, node);
      if (report === undefined) return [];
      const status = WORDS[report.status];
      const message = `${node}: ${report.message}`;
      return [{ time: new Date(report.at), resource: "machines", status, message }];
    }),
  );
  return [...events.flatMap((event) => siteProgressOf(event) ?? []), ...said.flat()].toSorted(
    (a, b) => a.time.getTime() - b.time.getTime(),
  );
}
