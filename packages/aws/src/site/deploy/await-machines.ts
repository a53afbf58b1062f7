import { SluiceError } from "@sluice/model";
import type { ObjectStore } from "../../bucket.ts";
import type { Say } from "../../infrastructure/deploy/apply.ts";
import type { DeployContext } from "../../infrastructure/deploy/context.ts";
import { autoScaling } from "../../sdk.ts";
import { runningMachines } from "./machines.ts";
import type { SiteIdentityOfStack } from "./prepare.ts";
import { machineReport } from "./reports.ts";

interface Awaiting {
  readonly store: ObjectStore;
  readonly say: Say;
  readonly signal: AbortSignal;
}

/** Seconds in which a machine that was made anew says that it is ready. */
const READY_WITHIN = 1800;

/** Looks that the balancer takes to find a new machine well: it asks twice, every five seconds. */
const SETTLING_LOOKS = 15;

/**
 * Makes machines anew that were made of something else than is wanted now, or that failed, one after
 * the other, so that the others answer meanwhile. Repeatable: it goes by the machines' own tags.
 *
 * @param revisions by machine.
 * @throws SluiceError `SITE_MACHINE_FAILED`, `SITE_MACHINE_TIMEOUT`; machines after that one are as they were.
 */
export async function renewMachines(
  context: DeployContext,
  site: SiteIdentityOfStack,
  revisions: Readonly<Record<string, string>>,
  awaiting: Awaiting,
): Promise<void> {
  const { clients, clock, lookEvery } = context;
  const { signal, say, store } = awaiting;
  let isFirst = true;
  for (const [machine, revision] of Object.entries(revisions)) {
    signal.throwIfAborted();
    const here = (await runningMachines(clients, site.unique)).get(machine);
    const report = await machineReport(store, site.bucket.prefix, machine);
    const said = report?.instanceId === here?.id ? report?.status : undefined;
    if (here?.revision === revision && said === "ready") continue;
    if (!isFirst) await clock.sleep(SETTLING_LOOKS * lookEvery, signal);
    isFirst = false;
    say("machines", "started", `${machine} is made anew`);
    const isBooting = here?.revision === revision && said !== "failed";
    if (here !== undefined && !isBooting) await endMachine(context, here.id);
    await untilReady(context, site, { machine, revision, former: here?.id }, awaiting);
    say("machines", "done", `${machine} is ready`);
  }
}

/** By its group, which first has the balancer send it nothing more. */
async function endMachine({ clients }: DeployContext, InstanceId: string): Promise<void> {
  const { sdk, client } = await autoScaling(clients);
  const input = { InstanceId, ShouldDecrementDesiredCapacity: false };
  await client
    .send(new sdk.TerminateInstanceInAutoScalingGroupCommand(input))
    .catch((error: unknown) => {
      // It left its group meanwhile, which makes another one.
      if (!(error instanceof Error) || error.name !== "ValidationError") throw error;
    });
}

async function untilReady(
  context: DeployContext,
  site: SiteIdentityOfStack,
  wanted: {
    readonly machine: string;
    readonly revision: string;
    /** Whose failure is no news. */
    readonly former: string | undefined;
  },
  { store, say, signal }: Awaiting,
): Promise<void> {
  const { clients, clock, lookEvery } = context;
  const { machine, revision, former } = wanted;
  const until = clock.now().getTime() + READY_WITHIN * 1000;
  let told = "";
  for (;;) {
    const here = (await runningMachines(clients, site.unique)).get(machine);
    const report = await machineReport(store, site.bucket.prefix, machine);
    if (here?.revision === revision && report?.instanceId === here.id) {
      if (report.status === "ready") return;
      const isNew = report.status === "failed" && here.id !== former;
      if (isNew) throw machineFailed(site.name, machine, report.message);
      if (report.message !== told && here.id !== former)
        say("machines", "info", `${machine}: ${report.message}`);
      told = report.message;
    }
    if (clock.now().getTime() > until) throw machineLate(site.name, machine, told);
    signal.throwIfAborted();
    await clock.sleep(lookEvery, signal);
    signal.throwIfAborted();
  }
}

export function machineFailed(site: string, machine: string, why: string): SluiceError {
  return new SluiceError(
    "SITE_MACHINE_FAILED",
    "system",
    `the machine ${machine} of site ${site} could not be set up: ${why}`,
    { hint: "correct what it names, then give the site its file again" },
  );
}

export function machineLate(site: string, machine: string, told: string): SluiceError {
  const last = told === "" ? "it never spoke" : `it last said: ${told}`;
  return new SluiceError(
    "SITE_MACHINE_TIMEOUT",
    "system",
    `the machine ${machine} of site ${site} was not ready in time; ${last}`,
    { hint: "look at its console, and give the site its file again" },
  );
}
