import { SluiceError } from "@sluice/model";
import type { Say } from "./apply.ts";
import type { ClusterFilesStore } from "./cluster-files.ts";
import type { DeployContext } from "./context.ts";
import { headGroups, launchFailure } from "./head-group.ts";
import type { ClusterStack } from "./stack.ts";

/** Where a head is made anew, and who waits for it. */
export interface Place {
  readonly name: string;
  readonly stack: ClusterStack;
  readonly files: Pick<ClusterFilesStore, "ready" | "report">;
  /** For the new machine. */
  readonly seconds: number;
  readonly say: Say;
  readonly signal: AbortSignal;
  /** Heads that are not replaced: they were up before. */
  readonly kept: readonly string[];
}

/**
 * Waits until every place of a head has a machine that is up: another one than those that go. One of two
 * that stands by is up.
 *
 * Errors: `HEAD_SETUP_FAILED`, `HEAD_TIMEOUT`.
 */
export async function untilReplaced(
  { clients, clock, lookEvery }: DeployContext,
  { name, stack, files, seconds, say, signal, kept }: Place,
  going: readonly string[],
): Promise<void> {
  const until = clock.now().getTime() + seconds * 1000;
  /** The other head may say something after a new one has said that it is up. */
  const up = new Set(kept);
  let told = "";
  for (;;) {
    const [groups, report, ready] = await Promise.all([
      headGroups(clients, stack),
      files.report(),
      files.ready(),
    ]);
    if (ready?.status === "ready") up.add(ready.instanceId);
    const isNew = report !== undefined && ![...going, ...kept].includes(report.instanceId);
    if (isNew && (report.status === "ready" || report.status === "standing-by")) {
      up.add(report.instanceId);
    }
    for (const id of going) up.delete(id);
    if (groups.every(({ machines }) => machines.some((id) => up.has(id)))) return;
    if (isNew && report.status === "failed") {
      throw new SluiceError(
        "HEAD_SETUP_FAILED",
        "system",
        `the new head of ${name} could not be set up: ${report.message}`,
        { hint: `see: sluice logs -n ${name} head` },
      );
    }
    const message = isNew ? report.message : ((await launchFailure(clients, groups)) ?? "");
    if (message !== "" && message !== told) say("head", "info", message);
    told = message;
    signal.throwIfAborted();
    if (clock.now().getTime() > until) {
      const last = told === "" ? "it said nothing" : `the last that was heard: ${told}`;
      const hint = `see: sluice logs -n ${name} head`;
      const late = `the new head of ${name} is not up; ${last}`;
      throw new SluiceError("HEAD_TIMEOUT", "system", late, { hint });
    }
    await clock.sleep(lookEvery, signal);
  }
}
