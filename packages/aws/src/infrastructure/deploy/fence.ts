import { isSluiceError } from "@sluice/model";
import { TAGS } from "../../names.ts";
import { ec2 } from "../../sdk.ts";
import { clusterNotFound, type DeployContext } from "./context.ts";
import { headGroups, setHeads } from "./head-group.ts";
import { instances, tagsOf } from "./machines.ts";
import { findStack } from "./stack.ts";

/** Looks at most; a machine that is switched off hard is gone within one or two of them. */
const LOOKS = 5;
/** EC2 may not show yet what was launched a moment ago: so many looks that find nothing, in a row. */
const QUIET_LOOKS = 2;
/** Ids that one call of EC2 takes. */
const BATCH = 1000;

const OFF = new Set(["terminated", "stopped"]);
/** What may start jobs, or run them. Of login machines neither is so, and they stay. */
const AT_WORK = new Set(["head", "compute"]);

/**
 * See `Infrastructure.fence`. No group of heads wants a machine any more, which the account itself
 * remembers, and every head and every node is switched off without being asked to end; a head that is
 * gone launches nothing. Login machines stay: without a head they can start nothing.
 *
 * @returns `unsure` while AWS does not answer, shows one that may run, or is at work on the stack.
 */
export async function fenceCluster(
  context: DeployContext,
  name: string,
): Promise<"off" | "unsure"> {
  try {
    return await fence(context, name);
  } catch (error) {
    if (isAway(error)) return "unsure";
    throw error;
  }
}

async function fence(context: DeployContext, name: string): Promise<"off" | "unsure"> {
  const { clients, clock, lookEvery } = context;
  const stack = await findStack(clients, name);
  if (stack === undefined) throw clusterNotFound(name);
  // Whoever makes or removes it sees to its machines.
  if (/^(CREATE|REVIEW|DELETE|ROLLBACK)_/.test(stack.status) && isAtWork(stack.status)) {
    return "unsure";
  }
  const groups = await headGroups(clients, stack);
  const wanted = groups.filter((group) => group.wanted > 0);
  if (wanted.length > 0) await setHeads(clients, wanted, 0);
  let quiet = 0;
  for (let look = 0; look < LOOKS; look++) {
    if (look > 0) await clock.sleep(lookEvery);
    const left = await atWork(context, stack.unique);
    await switchOff(context, left);
    const filled = await headGroups(clients, stack);
    const isQuiet = left.length === 0 && filled.every((one) => one.machines.length === 0);
    quiet = isQuiet ? quiet + 1 : 0;
    // An update may have a group make a head anew before it is what it is to be.
    if (quiet === QUIET_LOOKS) return isAtWork(stack.status) ? "unsure" : "off";
  }
  return "unsure";
}

/** Ids of machines that run, or may. */
async function atWork({ clients }: DeployContext, unique: string): Promise<readonly string[]> {
  return (await instances(clients, unique)).flatMap((instance) => {
    const isOn = !OFF.has(instance.State?.Name ?? "");
    return isOn && AT_WORK.has(tagsOf(instance)[TAGS.role] ?? "compute")
      ? (instance.InstanceId ?? [])
      : [];
  });
}

async function switchOff({ clients }: DeployContext, ids: readonly string[]): Promise<void> {
  const { sdk, client } = await ec2(clients);
  for (let at = 0; at < ids.length; at += BATCH) {
    const InstanceIds = ids.slice(at, at + BATCH);
    // One that is gone meanwhile would have the call refused for all; the next look has the rest.
    await client
      .send(new sdk.TerminateInstancesCommand({ InstanceIds, SkipOsShutdown: true }))
      .catch(unlessGone);
  }
}

function unlessGone(error: unknown): void {
  if (!(error instanceof Error) || error.name !== "InvalidInstanceID.NotFound") throw error;
}

function isAtWork(stackStatus: string): boolean {
  return stackStatus.endsWith("_IN_PROGRESS");
}

/** AWS did not answer, or not in time; what was asked may have been done. */
function isAway(error: unknown): boolean {
  if (isSluiceError(error)) return error.code === "AWS_UNREACHABLE";
  if (!(error instanceof Error)) return false;
  const { $metadata, $fault } = error as {
    $metadata?: { httpStatusCode?: number };
    $fault?: string;
  };
  const isThrottled = /Throttl|RequestLimitExceeded|SlowDown|TooManyRequests/.test(error.name);
  return isThrottled || ($fault === "server" && ($metadata?.httpStatusCode ?? 500) >= 500);
}
