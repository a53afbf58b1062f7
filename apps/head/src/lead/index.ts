import { HEAD_LAYOUT } from "@sluice/boot";
import { SluiceError } from "@sluice/model";
import { configOf } from "../cluster-state.ts";
import { fileInForce, fileOfUserData, readContextWith } from "../context.ts";
import { call } from "../ctl.ts";
import { install } from "../setup/files.ts";
import { becomeHead } from "./become-head.ts";
import { buildLeadControl, listen } from "./control.ts";
import { Leader } from "./leader.ts";
import { bootId, systemdServices } from "./services.ts";
import { writeLeadState } from "./state.ts";
import { uptimeClock } from "./uptime.ts";

/**
 * Leads, or stands by to, as a process on this machine, until it is told to stop. It may be killed: one
 * that is started again goes on leading, unless the dead man's switch was faster.
 *
 * @throws SluiceError `HEAD_NO_LEADERSHIP` on a machine that is its cluster's one head.
 */
export async function lead(): Promise<void> {
  const context = await readContextWith(configOf(fileInForce() ?? fileOfUserData()));
  await using cloud = context.cloud;
  const { leadership, signal } = cloud;
  if (leadership === undefined) {
    throw new SluiceError("HEAD_NO_LEADERSHIP", "system", "this cluster has no second head");
  }
  const stop = new AbortController();
  for (const name of ["SIGTERM", "SIGINT"] as const) process.once(name, () => stop.abort());
  const leader = new Leader({
    leadership,
    signal,
    boot: bootId(),
    release: context.slurmVersion,
    clock: uptimeClock,
    services: systemdServices,
    becomeHead,
    holdUntil: (until) =>
      install({ path: HEAD_LAYOUT.leadUntil, mode: 0o600, content: `${Math.floor(until)}\n` }),
    publish: (state) => writeLeadState(HEAD_LAYOUT.leadState, state),
    tell: async (kind, message) => {
      await call("POST", "/tell", { body: { kind, message } });
    },
    now: () => new Date(),
    log: (message) => void process.stdout.write(`${message}\n`),
  });
  const control = buildLeadControl(leader, leadership);
  await listen(control, HEAD_LAYOUT.leadSocket);
  await leader.run(stop.signal);
  await control.close();
}
