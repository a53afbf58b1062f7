import { existsSync, mkdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import {
  addUsersScript,
  GATEWAY_PORT,
  HEAD_LAYOUT,
  headHooks,
  headUnits,
  leadingUnits,
  type MachineFile,
  proxyEnvironment,
  ROTATION_TIMER,
  rotationFiles,
  UPDATE_UNIT,
} from "@sluice/boot";
import { messageOf } from "@sluice/model";
import { accountingOf } from "../accounting.ts";
import { clusterStateFile } from "../cluster-state.ts";
import { fileOfUserData, type HeadContext } from "../context.ts";
import { call } from "../ctl.ts";
import { nodeNamesOf } from "../daemon/node-names.ts";
import { closeWayIfSilent, openWay } from "../lead/way-to-accounting.ts";
import { run } from "../run.ts";
import { ensureAccounting } from "./accounting-services.ts";
import { ensureAccounts } from "./accounts.ts";
import { useDirectory } from "./directory.ts";
import { install, makeDirectory } from "./files.ts";
import { ensureHostKeys } from "./host-keys.ts";
import { publishHead } from "./publish.ts";
import { ensureSecrets, type HeadSecrets } from "./secrets.ts";
import { isListening, start, until } from "./services.ts";
import { slurmFiles } from "./slurm-files.ts";
import { shareStorage } from "./storage.ts";

type Say = (message: string) => Promise<void>;

/** Makes this machine the one head of its cluster. Each step finds what is there already. */
export async function prepare(context: HeadContext, say: Say): Promise<void> {
  makeDirectory(HEAD_LAYOUT.volume, 0o755);
  await makeUsers(context);
  const secrets = await openVolume(context);
  await makeMachine(context);
  await makeSlurmFiles(context, secrets);
  await startRotation(context);
  await start("munge");
  // Where accounting is elsewhere it may be away for long, and jobs are not to wait for it.
  const slurmFirst = accountingOf(context) === "slurmdbd" && knowsAccounts();
  if (slurmFirst) await closeWayIfSilent(context);
  else await startAccounting(context, secrets, say);
  await say("starting slurmctld");
  await startSlurm();
  if (slurmFirst) {
    await startAccounting(context, secrets, say).catch((error) => say(messageOf(error)));
    await openWay(context);
  }
  await runOwnScripts(say);
  await say("starting the node manager");
  await startNodeManager();
  await say("starting the gateway");
  await startGateway(context);
  await publishHead(context);
  await beginUpdates();
}

/** slurmctld has been up on this volume, and starts without slurmdbd from what it has saved of accounts. */
export function knowsAccounts(): boolean {
  return existsSync(join(HEAD_LAYOUT.stateSave, "assoc_mgr_state"));
}

/** Storage and accounts of this machine, with nothing written on the volume. */
export async function makeUsers(context: HeadContext): Promise<void> {
  await run(["sh", "-c", SYSTEM_USERS]);
  await shareStorage(context);
  await run(["sh", "-c", addUsersScript(context.config.Users)]);
}

/** What of the head is on the volume, and what this machine has of its secrets. */
export async function openVolume(context: HeadContext): Promise<HeadSecrets> {
  const { config } = context;
  keepFirstFile();
  for (const user of config.Users) makeDirectory(`/home/${user.Name}`, 0o750, user.Name);
  makeDirectory(HEAD_LAYOUT.stateSave, 0o700, "slurm");
  makeDirectory(HEAD_LAYOUT.logs, 0o755, "slurm");
  makeDirectory("/run/munge", 0o755, "munge");
  const secrets = await ensureSecrets(context);
  await ensureHostKeys(config);
  await useDirectory(context);
  return secrets;
}

/** Folders, units, hooks of this machine, with nothing written on the volume. */
export async function makeMachine({ cloud, config }: HeadContext): Promise<void> {
  mkdirSync(HEAD_LAYOUT.slurmEtc, { recursive: true });
  makeDirectory(HEAD_LAYOUT.run, 0o750);
  const files = [
    ...headUnits(),
    ...headHooks(),
    ...(cloud.leadership === undefined ? [] : leadingUnits()),
    ...(config.Monitoring.Logs.Rotation.Enabled ? rotationFiles("head") : []),
    {
      path: HEAD_LAYOUT.proxy,
      mode: 0o600,
      content: proxyEnvironment(config.HeadNode.Networking?.Proxy?.HttpProxyAddress),
    },
  ];
  const changed = files.filter((file) => !isThere(file));
  for (const file of changed) install(file);
  if (changed.length > 0) await run(["systemctl", "daemon-reload"]);
}

export async function makeSlurmFiles(
  context: HeadContext,
  { databasePassword }: HeadSecrets,
): Promise<void> {
  for (const file of await slurmFiles(context, databasePassword)) install(file);
  nodeNamesOf(context, HEAD_LAYOUT)?.begin();
}

export async function startRotation({ config }: HeadContext): Promise<void> {
  if (config.Monitoring.Logs.Rotation.Enabled) await run(["systemctl", "start", ROTATION_TIMER]);
}

export async function startAccounting(
  context: HeadContext,
  { databasePassword }: HeadSecrets,
  say: Say,
): Promise<void> {
  await ensureAccounting(context, databasePassword, say);
  await ensureAccounts(context);
}

export async function startSlurm(): Promise<void> {
  await start("slurmctld", "slurmrestd");
  await until("slurmctld", () => run(["scontrol", "ping"]).then((text) => / UP/.test(text)));
}

export async function runOwnScripts(say: Say, signal?: AbortSignal): Promise<void> {
  if (!existsSync(HEAD_LAYOUT.configured)) return;
  await say("running OnNodeConfigured");
  await run([HEAD_LAYOUT.configured], "", {
    ...OWN_SCRIPTS,
    ...(signal === undefined ? {} : { signal }),
  });
}

export async function startNodeManager(): Promise<void> {
  await start("sluice-head");
  await until("sluice-head", async () => (await call("GET", "/fleet")).ok);
}

export async function startGateway({ address }: HeadContext): Promise<void> {
  await start("sluice-gateway");
  await until("sluice-gateway", () => isListening(address, GATEWAY_PORT));
}

/** Whatever was to be changed when the head before this one ended. */
export async function beginUpdates(): Promise<void> {
  await run(["systemctl", "start", "--no-block", UPDATE_UNIT]);
}

const OWN_SCRIPTS = { timeoutSeconds: 1800 };

/** From here on the volume says which cluster file is in force, and user data no longer. */
function keepFirstFile(): void {
  const file = clusterStateFile(HEAD_LAYOUT.clusterState);
  if (file.read() === undefined) file.write({ inForce: fileOfUserData() });
}

function isThere({ path, content }: MachineFile): boolean {
  try {
    return readFileSync(path, "utf8") === String(content);
  } catch {
    return false;
  }
}

const SYSTEM_USERS = `grep -q '^slurmrestd:' /etc/passwd || {
  echo 'slurmrestd:x:64031:64031::/nonexistent:/usr/sbin/nologin' >> /etc/passwd
  echo 'slurmrestd:x:64031:' >> /etc/group
}`;
