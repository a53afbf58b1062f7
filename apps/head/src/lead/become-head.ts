import { HEAD_LAYOUT } from "@sluice/boot";
import { configOf } from "../cluster-state.ts";
import { fileInForce, fileOfUserData, type HeadContext, readContextWith } from "../context.ts";
import { run } from "../run.ts";
import { makeDirectory } from "../setup/files.ts";
import {
  beginUpdates,
  knowsAccounts,
  makeMachine,
  makeSlurmFiles,
  makeUsers,
  openVolume,
  runOwnScripts,
  startAccounting,
  startGateway,
  startNodeManager,
  startRotation,
  startSlurm,
} from "../setup/prepare.ts";
import { publishHead } from "../setup/publish.ts";
import { start } from "../setup/services.ts";
import type { Becoming } from "./leader.ts";
import { closeWayIfSilent, comeFromCommonAddress, openWay } from "./way-to-accounting.ts";

/**
 * The same head as `prepare` makes, in the order in which it is missed: slurmctld and the node manager
 * first. A volume that slurmctld has been on lets it start without accounting, which follows; a new
 * one does not.
 *
 * @throws what `over` was aborted with, between two steps, when the lease is over.
 */
export async function becomeHead({ step, over, ready }: Becoming): Promise<void> {
  const context = await step("context", readNewest);
  await using _ = context.cloud;
  const say = async (message: string): Promise<void> => {
    over.throwIfAborted();
    await context.cloud.signal.report("progress", message).catch(() => {});
  };
  const secrets = await step("volume", async () => {
    makeDirectory(HEAD_LAYOUT.volume, 0o755);
    await makeUsers(context);
    return openVolume(context);
  });
  await step("files", async () => {
    await makeMachine(context);
    await makeSlurmFiles(context, secrets);
    await comeFromCommonAddress(context);
  });
  await step("munge", () => start("munge"));
  const slurmFirst = knowsAccounts();
  const accounting = (): Promise<void> =>
    step("accounting", async () => {
      await startAccounting(context, secrets, say);
      await openWay(context);
    });
  if (slurmFirst) await step("way to accounting", () => closeWayIfSilent(context));
  else await accounting();
  await all([step("slurmctld", startSlurm), step("node manager", startNodeManager)]);
  if (!slurmFirst) await step("accounts", saveAccounts);
  const late = slurmFirst ? accounting() : Promise.resolve();
  await all([
    step("gateway", () => startGateway(context)).then(ready),
    // Awaited below, where its failure takes nothing back.
    late.catch(() => {}),
  ]);
  await late;
  await step("rest", async () => {
    await startRotation(context);
    await publishHead(context);
    await runOwnScripts(say, over);
    await beginUpdates();
  });
}

/**
 * slurmctld writes what it knows of accounts every five minutes, and when it ends. Until it did, a
 * take-over would have to wait for slurmdbd, which may be what is away.
 */
async function saveAccounts(): Promise<void> {
  await run(["systemctl", "stop", "slurmctld"]);
  await startSlurm();
}

async function readNewest(): Promise<HeadContext> {
  return readContextWith(configOf(fileInForce() ?? fileOfUserData()));
}

/** All of them have ended when this rejects. */
async function all(works: readonly Promise<unknown>[]): Promise<void> {
  for (const result of await Promise.allSettled(works)) {
    if (result.status === "rejected") throw result.reason;
  }
}
