import type { Progress } from "@sluice/cloud";
import { HEAD_RESOURCE } from "../../names.ts";
import type { FileIndex, HeadReport } from "../../objects.ts";
import { clusterNotFound, type DeployContext } from "./context.ts";
import { allEvents } from "./follow.ts";
import { progressOf } from "./plan/stack-events.ts";
import { filesOf } from "./record.ts";
import { findStack } from "./stack.ts";

/** What happened to a cluster, oldest first: to its stack, to its head, to its files. */
export async function clusterEvents(
  context: DeployContext,
  name: string,
): Promise<readonly Progress[]> {
  const stack = await findStack(context.clients, name);
  if (stack === undefined) throw clusterNotFound(name);
  const files = await filesOf(context, stack);
  const [events, report, index] = await Promise.all([
    allEvents(context, stack.id),
    files.report(),
    files.index(),
  ]);
  return [
    ...events.flatMap((event) => progressOf(event, HEAD_RESOURCE) ?? []),
    ...ofHead(report),
    ...ofFiles(index),
  ].toSorted((a, b) => a.time.getTime() - b.time.getTime());
}

function ofHead(report: HeadReport | undefined): readonly Progress[] {
  if (report === undefined) return [];
  const words = {
    progress: "info",
    ready: "done",
    "standing-by": "done",
    failed: "failed",
  } as const;
  const status = words[report.status];
  return [{ time: new Date(report.at), resource: "head", status, message: report.message }];
}

function ofFiles(index: FileIndex | undefined): readonly Progress[] {
  if (index === undefined) return [];
  const begun = index.versions.slice(1).map(
    ({ version, givenAt }): Progress => ({
      time: new Date(givenAt),
      resource: "update",
      status: "started",
      message: `version ${version}`,
    }),
  );
  if (index.update === undefined) return begun;
  const said = [...(index.update.former ?? []), index.update];
  return [
    ...begun,
    ...said.map(
      ({ status, message, at }): Progress => ({
        time: new Date(at),
        resource: "update",
        status: status === "progress" ? "info" : status,
        message,
      }),
    ),
  ];
}
