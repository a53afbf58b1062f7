import { setTimeout as delay } from "node:timers/promises";
import { HEAD_LAYOUT } from "@sluice/boot";
import type { Clock, ComputeFleet } from "@sluice/model";
import { createSlurmCommands, execRunner, SLURM_COMMAND_ENV } from "@sluice/slurm";
import { clusterStateFile, configOf } from "../cluster-state.ts";
import { fileOfUserData, readContext, readContextWith } from "../context.ts";
import { call } from "../ctl.ts";
import { headLoader } from "./loader.ts";
import { onNodeUpdated } from "./on-node-updated.ts";
import { type FleetControl, update as putInForce } from "./updater.ts";

/** Puts the newest cluster file in force, on this machine, and ends. May be killed at any time. */
export async function update(): Promise<void> {
  const context = await readContext();
  const { machines, files, guest } = context.cloud;
  const slurm = createSlurmCommands({ run: execRunner({ env: SLURM_COMMAND_ENV }) });
  const log = (message: string): void => void process.stdout.write(`${message}\n`);
  const clock: Clock = {
    now: () => new Date(),
    sleep: (milliseconds, signal) =>
      delay(milliseconds, undefined, signal === undefined ? {} : { signal }).catch(() => {}),
  };
  const stop = new AbortController();
  for (const name of ["SIGTERM", "SIGINT"] as const) process.once(name, () => stop.abort());
  await putInForce(
    {
      state: clusterStateFile(HEAD_LAYOUT.clusterState),
      files,
      slurm,
      machines,
      fleet: daemonsFleet,
      loader: headLoader({
        context: (config) => readContextWith(config, { isFresh: true }),
        slurm,
        machines,
        clock,
        log,
      }),
      madeWith: configOf(fileOfUserData()),
      onUpdated: onNodeUpdated(HEAD_LAYOUT.updated, guest.fetchUrlCommand),
      clock,
      log,
    },
    stop.signal,
  );
}

const ask = async (method: string, path: string): Promise<ComputeFleet> => {
  const { ok, text } = await call(method, path);
  if (!ok) throw new Error(`the node manager answers ${text.trim()}`);
  return JSON.parse(text) as ComputeFleet;
};

const daemonsFleet: FleetControl = {
  status: async () => (await ask("GET", "/fleet")).status,
  stop: async () => void (await ask("POST", "/fleet-stop")),
  start: async () => void (await ask("POST", "/fleet-start")),
};
