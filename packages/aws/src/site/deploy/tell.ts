import { SluiceError } from "@sluice/model";
import type { ObjectStore } from "../../bucket.ts";
import type { Say } from "../../infrastructure/deploy/apply.ts";
import type { DeployContext } from "../../infrastructure/deploy/context.ts";
import { launchFailure } from "../../infrastructure/deploy/head-group.ts";
import { stackResources } from "../../infrastructure/deploy/stack.ts";
import type { SiteIdentityOfStack } from "./prepare.ts";
import { machineReport } from "./reports.ts";
import { findSiteStack } from "./stack.ts";

interface Telling {
  readonly identity: SiteIdentityOfStack;
  readonly store: ObjectStore;
  /** By their names. */
  readonly machines: readonly string[];
  /** When each spoke last before. */
  readonly before: ReadonlyMap<string, string>;
  readonly say: Say;
  /** Ends it; aborted here when a machine can't be launched at all. */
  readonly over: AbortController;
}

/** When each machine of a site spoke last. */
export async function lastWords(
  store: ObjectStore,
  { bucket }: SiteIdentityOfStack,
  machines: readonly string[],
): Promise<ReadonlyMap<string, string>> {
  const all = await Promise.all(
    machines.map(async (machine) => {
      const report = await machineReport(store, bucket.prefix, machine);
      return report === undefined ? [] : [[machine, report.at] as const];
    }),
  );
  return new Map(all.flat());
}

/** What another try won't mend. */
const HOPELESS = /does not exist|not authorized|not supported|not valid|invalid|malformed/i;

/**
 * What the stack does not say while it waits: how far machines are, and why there are none. Never
 * rejects; a look that fails is followed by another.
 */
export async function tellOfMachines(context: DeployContext, telling: Telling): Promise<void> {
  const { clock, lookEvery } = context;
  const { identity, store, machines, say, over } = telling;
  const told = new Map(telling.before);
  while (!over.signal.aborted) {
    for (const machine of machines) {
      const report = await machineReport(store, identity.bucket.prefix, machine).catch(
        () => undefined,
      );
      if (report === undefined || told.get(machine) === report.at) continue;
      told.set(machine, report.at);
      if (!over.signal.aborted) say("machines", "info", `${machine}: ${report.message}`);
    }
    const message = await unlaunched(context, identity).catch(() => undefined);
    if (message !== undefined && HOPELESS.test(message)) over.abort(notLaunched(identity, message));
    else if (message !== undefined && told.get("") !== message) say("machines", "info", message);
    told.set("", message ?? "");
    await clock.sleep(5 * lookEvery, over.signal);
  }
}

async function unlaunched(
  { clients }: DeployContext,
  { name }: SiteIdentityOfStack,
): Promise<string | undefined> {
  const stack = await findSiteStack(clients, name);
  if (stack === undefined) return undefined;
  const groups = (await stackResources(clients, stack.id)).filter(
    ({ type, physicalId }) => type === "AWS::AutoScaling::AutoScalingGroup" && physicalId !== "",
  );
  return launchFailure(
    clients,
    groups.map(({ physicalId }) => ({ name: physicalId, wanted: 1, machines: [] })),
  );
}

function notLaunched({ name }: SiteIdentityOfStack, message: string): SluiceError {
  const why = message.replace(/ *Launching EC2 instance failed\.?$/, "");
  return new SluiceError(
    "STACK_FAILED",
    "cloud",
    `a machine of site ${name} can't be launched: ${why.charAt(0).toLowerCase()}${why.slice(1)}`,
    { hint: "correct what it names, then create the site again" },
  );
}
