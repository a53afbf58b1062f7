import type { ApplyOptions } from "@sluice/cloud";
import { bootstrapTimeouts, parseStoredClusterFile, SluiceError } from "@sluice/model";
import { sayer } from "./apply.ts";
import { untilReady } from "./await-head.ts";
import { clusterNotFound, type DeployContext } from "./context.ts";
import { type HeadGroup, headGroups, launchFailure, setHeads } from "./head-group.ts";
import { clusterMachines } from "./machines.ts";
import { filesOf } from "./record.ts";
import { type ClusterStack, findStack } from "./stack.ts";

/** See `Infrastructure.stopHead`. */
export async function stopHead(
  context: DeployContext,
  name: string,
  options: ApplyOptions,
): Promise<void> {
  const { stack, groups } = await withGroups(context, name);
  const say = sayer(context, options);
  say("head", "started", "switching the head off");
  await setHeads(context.clients, groups, 0);
  for (;;) {
    const machines = await clusterMachines(context.clients, stack.unique);
    const isOn = machines.some(({ role, state }) => role === "head" && state !== "gone");
    if (!isOn) break;
    options.signal.throwIfAborted();
    await context.clock.sleep(context.lookEvery, options.signal);
  }
  say("head", "done", "the head is off");
}

/** See `Infrastructure.startHead`. Errors: `HEAD_SETUP_FAILED`, `HEAD_TIMEOUT`. */
export async function startHead(
  context: DeployContext,
  name: string,
  options: ApplyOptions,
): Promise<void> {
  const { clients } = context;
  const { stack, groups } = await withGroups(context, name);
  const say = sayer(context, options);
  const files = await filesOf(context, stack);
  const hasTwo = groups.length > 1;
  const before = (await files.report())?.at;
  const seconds = await timeout(context, stack);
  say("head", "started", hasTwo ? "switching both heads on" : "switching the head on");
  await setHeads(clients, groups, 1);
  await untilReady(context, {
    ...{ name, files, hasTwo, before, seconds, say, signal: options.signal },
    failure: () => launchFailure(clients, groups),
  });
  say("head", "done", "the head is ready");
}

async function withGroups(
  context: DeployContext,
  name: string,
): Promise<{ readonly stack: ClusterStack; readonly groups: readonly HeadGroup[] }> {
  const stack = await findStack(context.clients, name);
  if (stack === undefined) throw clusterNotFound(name);
  const groups = await headGroups(context.clients, stack);
  if (groups.length > 0) return { stack, groups };
  throw new SluiceError(
    "CLUSTER_WRONG_STATE",
    "user",
    `the stack of ${name} is ${stack.status} and has no head`,
    { hint: `delete it with: sluice delete-cluster -n ${name}` },
  );
}

/** Seconds. */
async function timeout(context: DeployContext, stack: ClusterStack): Promise<number> {
  const files = await filesOf(context, stack);
  const index = await files.index();
  const version = index?.versions.findLast(({ state }) => state === "in-force")?.version ?? 1;
  const parsed = parseStoredClusterFile(await files.text(version), `the file of ${stack.cluster}`);
  return parsed.ok ? bootstrapTimeouts(parsed.config).head : 1800;
}
