import type { ApplyOptions } from "@sluice/cloud";
import { bootstrapTimeouts, parseStoredClusterFile, SluiceError } from "@sluice/model";
import { sayer } from "./apply.ts";
import { clusterNotFound, type DeployContext } from "./context.ts";
import { type HeadGroup, headGroup, launchFailure, setHeads } from "./head-group.ts";
import { clusterMachines } from "./machines.ts";
import { filesOf } from "./record.ts";
import { type ClusterStack, findStack } from "./stack.ts";

/** See `Infrastructure.stopHead`. */
export async function stopHead(
  context: DeployContext,
  name: string,
  options: ApplyOptions,
): Promise<void> {
  const { stack, group } = await withGroup(context, name);
  const say = sayer(context, options);
  say("head", "started", "switching the head off");
  await setHeads(context.clients, group.name, 0);
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
  const { clock, clients, lookEvery } = context;
  const { stack, group } = await withGroup(context, name);
  const say = sayer(context, options);
  const files = await filesOf(context, stack);
  const before = (await files.report())?.at;
  const until = clock.now().getTime() + (await timeout(context, stack)) * 1000;
  say("head", "started", "switching the head on");
  await setHeads(clients, group.name, 1);
  let told = "";
  for (;;) {
    const report = await files.report();
    const isNew = report !== undefined && report.at !== before;
    if (isNew && report.status === "ready") break;
    if (isNew && report.status === "failed") {
      throw new SluiceError(
        "HEAD_SETUP_FAILED",
        "system",
        `the head of ${name} could not be set up: ${report.message}`,
        { hint: `see: sluice logs -n ${name} head` },
      );
    }
    const failure = await launchFailure(clients, group.name);
    const message = isNew ? report.message : (failure ?? "");
    if (message !== "" && message !== told) say("head", "info", message);
    told = message;
    options.signal.throwIfAborted();
    if (clock.now().getTime() > until) throw late(name, told);
    await clock.sleep(lookEvery, options.signal);
  }
  say("head", "done", "the head is ready");
}

async function withGroup(
  context: DeployContext,
  name: string,
): Promise<{ readonly stack: ClusterStack; readonly group: HeadGroup }> {
  const stack = await findStack(context.clients, name);
  if (stack === undefined) throw clusterNotFound(name);
  const group = await headGroup(context.clients, stack);
  if (group !== undefined) return { stack, group };
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

function late(name: string, told: string): SluiceError {
  const last = told === "" ? "it said nothing" : `the last that was heard: ${told}`;
  return new SluiceError("HEAD_TIMEOUT", "system", `the head of ${name} is not ready; ${last}`, {
    hint: `it goes on; see: sluice logs -n ${name} head`,
  });
}
