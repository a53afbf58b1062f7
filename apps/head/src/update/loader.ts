import { readFileSync, statSync } from "node:fs";
import { setTimeout as delay } from "node:timers/promises";
import { isDeepStrictEqual } from "node:util";
import { addUsersScript, HEAD_LAYOUT, type MachineFile } from "@sluice/boot";
import { type NodePhase, phaseOf } from "@sluice/capacity";
import type { Machines } from "@sluice/cloud";
import { type Clock, type ClusterConfig, messageOf } from "@sluice/model";
import { isAtLeast, REASON_PREFIX, type SlurmControl, type SlurmVersion } from "@sluice/slurm";
import type { HeadContext } from "../context.ts";
import { call } from "../ctl.ts";
import { nodeNamesOf } from "../daemon/node-names.ts";
import { run } from "../run.ts";
import { ensureAccounting } from "../setup/accounting-services.ts";
import { ensureAccounts } from "../setup/accounts.ts";
import { useDirectory } from "../setup/directory.ts";
import { install, makeDirectory } from "../setup/files.ts";
import { ensureSecrets } from "../setup/secrets.ts";
import { slurmFiles } from "../setup/slurm-files.ts";
import { followStorage } from "./storage.ts";
import { tryConfiguration } from "./trial.ts";
import { type Loader, refusal } from "./updater.ts";
import { hearFromYoungNodes } from "./young-nodes.ts";

export interface LoaderDeps {
  /** The head with that cluster file, and with what its cloud has for it by now. */
  readonly context: (config: ClusterConfig) => Promise<HeadContext>;
  readonly slurm: SlurmControl;
  readonly machines: Pick<Machines, "list" | "terminate">;
  readonly clock: Clock;
  readonly log: (message: string) => void;
}

const SLURMDBD_CONF = `${HEAD_LAYOUT.slurmEtc}/slurmdbd.conf`;
const SLURMCTLD_LOG = `${HEAD_LAYOUT.logs}/slurmctld.log`;
const LOOK_MILLISECONDS = 100;
/** slurmctld of many thousand nodes and jobs takes its time to come up. */
const SLURMCTLD_SECONDS = 60;
const DAEMON_SECONDS = 60;
/** systemd's one start of a slurmctld that did not like what it had before. */
const ONCE = 1;

/** Slurm and the node manager on this machine. */
export function headLoader(deps: LoaderDeps): Loader {
  const filesOf = async (context: HeadContext): Promise<readonly MachineFile[]> => {
    const { databasePassword } = await ensureSecrets(context);
    return slurmFiles(context, databasePassword);
  };
  /** For what a call needs of the cloud, and no longer. */
  const within = async (
    config: ClusterConfig,
    act: (context: HeadContext) => Promise<void>,
  ): Promise<void> => {
    const context = await deps.context(config);
    await using _ = context.cloud;
    await act(context);
  };
  return {
    check: (config) =>
      within(config, async (context) => {
        const result = await tryConfiguration(await filesOf(context), context.address);
        if (result.kind === "refused") throw refusal(`slurmctld refuses it: ${result.reason}`);
        if (result.kind === "impossible") deps.log(`not tried before: ${result.reason}`);
      }),

    load: (config, before) =>
      within(config, async (context) => {
        await followStorage(context);
        await run(["sh", "-c", addUsersScript(config.Users)]);
        for (const { Name } of config.Users) makeDirectory(`/home/${Name}`, 0o750, Name);
        await useDirectory(context);
        const { databasePassword } = await ensureSecrets(context);
        const files = await slurmFiles(context, databasePassword);
        const isOtherDatabase =
          !isSameAccounting(config, before) ||
          files.some((file) => file.path === SLURMDBD_CONF && !isThere(file));
        // One that ended by the configuration that is taken back can't be asked, and has saved its state.
        if (config !== before && (await isUp())) await hearFromYoungNodes(deps.slurm, deps.clock);
        nodeNamesOf(context, HEAD_LAYOUT)?.begin();
        for (const file of files) install(file);
        if (isOtherDatabase) {
          await run(["systemctl", "stop", "slurmdbd"]);
          await ensureAccounting(context, databasePassword, deps.log);
        }
        await loadSlurm(context.slurmVersion);
        await freeNodes(deps.slurm);
        await ensureAccounts(context);
        await restartDaemon();
        if (hasNewUsers(config, before)) await renewMachines(deps);
      }),
  };
}

/** Also where it runs with these files already: whoever was killed before does not know. */
async function loadSlurm(version: SlurmVersion): Promise<void> {
  const from = logLength();
  if (!isAtLeast(version, 23, 11)) {
    // These releases end when they are told to take nodes that were added or removed.
    await run(["systemctl", "restart", "slurmctld"]);
    await untilLoaded(from);
    // For the slurmd that run.
    await run(["scontrol", "reconfigure"]).catch(() => {});
    return;
  }
  try {
    await run(["scontrol", "reconfigure"]);
  } catch (error) {
    if (isUnreadable(error)) throw refusal(`slurmctld refuses it: ${firstError(error)}`, error);
    // It may have ended by what it was given before this.
    await run(["systemctl", "restart", "slurmctld"]);
  }
  await untilLoaded(from);
}

/**
 * A node that was released while it was off counts as not responding, as there is nobody to respond.
 * It can be given to jobs all the same, but no longer once slurmctld has read its state anew, until
 * it is released again.
 */
async function freeNodes(slurm: SlurmControl): Promise<void> {
  const shut = (await slurm.nodes()).filter(
    (node) =>
      phaseOf(node) === "off" &&
      node.base !== "DOWN" &&
      node.flags.has("NOT_RESPONDING") &&
      !node.flags.has("DRAIN"),
  );
  const names = shut.map(({ name }) => name);
  if (names.length > 0) await slurm.updateNodes(names, { state: "UNDRAIN" });
}

/** The command itself can't read the files, and has told slurmctld nothing. */
function isUnreadable(error: unknown): boolean {
  return /Unable to process configuration file/.test(messageOf(error));
}

function isThere({ path, content }: MachineFile): boolean {
  try {
    return readFileSync(path, "utf8") === String(content);
  } catch {
    return false;
  }
}

function firstError(error: unknown): string {
  const line = messageOf(error instanceof Error ? error.cause : error)
    .split("\n")
    .find((text) => /error: /.test(text));
  return line?.replace(/^.*?error: /, "") ?? "its configuration can't be read";
}

/** Until slurmctld answers, and says that it runs with slurm.conf as it is now. */
async function untilLoaded(from: number): Promise<void> {
  const began = Date.now();
  const startsBefore = await starts();
  for (;;) {
    if ((await isUp()) && (await hasThisConfiguration())) return;
    const isEnding = (await starts()) - startsBefore > ONCE;
    if (isEnding || Date.now() > began + SLURMCTLD_SECONDS * 1000) {
      throw refusal(`slurmctld refuses it: ${lastWords(from)}`);
    }
    await delay(LOOK_MILLISECONDS);
  }
}

async function isUp(): Promise<boolean> {
  return / UP/.test(await run(["scontrol", "ping"]).catch(() => ""));
}

async function hasThisConfiguration(): Promise<boolean> {
  const config = await run(["scontrol", "show", "config"]).catch(() => "");
  return /^HASH_VAL\s*= Match/m.test(config);
}

/** How often systemd has started it again because it had ended. */
async function starts(): Promise<number> {
  const text = await run(["systemctl", "show", "--value", "--property=NRestarts", "slurmctld"]);
  return Number(text.trim());
}

/** Why slurmctld ended, from what it wrote since its log had that length. */
function lastWords(from: number): string {
  const lines = readFileSync(SLURMCTLD_LOG).subarray(from).toString("utf8").split("\n");
  const fatal = lines.findLast((line) => line.includes("fatal: "));
  return fatal?.replace(/^.*?fatal: /, "") ?? "it does not answer, and gives no reason";
}

function logLength(): number {
  return statSync(SLURMCTLD_LOG, { throwIfNoEntry: false })?.size ?? 0;
}

/** Its pools, hooks and user data follow the file that is in force when it starts. */
async function restartDaemon(): Promise<void> {
  await run(["systemctl", "restart", "sluice-head"]);
  const deadline = Date.now() + DAEMON_SECONDS * 1000;
  while (!(await isDaemonUp())) {
    if (Date.now() > deadline) throw new Error("the node manager does not answer");
    await delay(LOOK_MILLISECONDS);
  }
}

async function isDaemonUp(): Promise<boolean> {
  return call("GET", "/fleet").then(
    ({ ok }) => ok,
    () => false,
  );
}

/** Told by the files, because it is asked again of whoever was killed before it was done. */
function isSameAccounting(config: ClusterConfig, before: ClusterConfig): boolean {
  const [one, other] = [config, before].map(({ Scheduling: { SlurmSettings } }) => [
    SlurmSettings.Database,
    SlurmSettings.ExternalSlurmdbd,
  ]);
  return isDeepStrictEqual(one, other);
}

function hasNewUsers(config: ClusterConfig, before: ClusterConfig): boolean {
  const known = new Set(before.Users.map(({ Name }) => Name));
  return config.Users.some(({ Name }) => !known.has(Name));
}

/**
 * Machines learn the users when they are made. Those that are up finish their jobs and go; nodes
 * get others that know everybody.
 */
async function renewMachines({ slurm, machines }: LoaderDeps): Promise<void> {
  const [nodes, listed] = [await slurm.nodes(), await machines.list()];
  const parked = listed.filter(({ role, state }) => role === "compute" && state === "stopped");
  if (parked.length > 0) await machines.terminate(parked.map(({ id }) => id));
  const old = nodes.filter((node) => IN_USE.has(phaseOf(node)) && !node.flags.has("POWER_DOWN"));
  if (old.length === 0) return;
  await slurm.updateNodes(
    old.map(({ name }) => name),
    { state: "POWER_DOWN_ASAP", reason: `${REASON_PREFIX}its machine does not know the new users` },
  );
}

const IN_USE: ReadonlySet<NodePhase> = new Set(["starting", "up", "silent"]);
