import { existsSync, mkdirSync } from "node:fs";
import {
  addUsersScript,
  GATEWAY_PORT,
  HEAD_LAYOUT,
  headHooks,
  headUnits,
  proxyEnvironment,
  ROTATION_TIMER,
  rotationFiles,
  UPDATE_UNIT,
} from "@sluice/boot";
import { isSluiceError, messageOf } from "@sluice/model";
import { type ClusterState, clusterStateFile, configOf } from "../cluster-state.ts";
import { fileOfUserData, type HeadContext, readContextWith } from "../context.ts";
import { nodeNamesOf } from "../daemon/node-names.ts";
import { run } from "../run.ts";
import { ensureAccounting } from "./accounting-services.ts";
import { ensureAccounts } from "./accounts.ts";
import { useDirectory } from "./directory.ts";
import { install, makeDirectory } from "./files.ts";
import { ensureHostKeys } from "./host-keys.ts";
import { publishHead } from "./publish.ts";
import { ensureSecrets } from "./secrets.ts";
import { isListening, start, until } from "./services.ts";
import { slurmFiles } from "./slurm-files.ts";
import { attachDisks, shareStorage } from "./storage.ts";

/** Exit code of a set-up that failed and has told the cloud why. */
const FAILED_AND_REPORTED = 3;

/**
 * Makes a head out of a fresh machine and the volume: run at every boot of a head machine, the first
 * of a cluster or a later one. Every step finds what is there already, so it may be killed and run
 * again. Tells the cloud how it ended. Returns the exit code.
 */
export async function setup(): Promise<number> {
  // The volume says which file is in force, and only a file says which cloud has the volume.
  const first = await readContextWith(configOf(fileInForce() ?? fileOfUserData()));
  const report = first.cloud.signal.report.bind(first.cloud.signal);
  const say = (message: string) => report("progress", message).catch(() => {});
  try {
    await attachDisks(first.cloud, first.config, HEAD_LAYOUT.volume);
    const inForce = fileInForce();
    const context =
      first.cloud.disks === undefined || inForce === undefined
        ? first
        : await readContextWith(configOf(inForce));
    try {
      await prepare(context, say);
    } finally {
      if (context !== first) await context.cloud[Symbol.asyncDispose]();
    }
    await report("ready", "the head is ready");
    return 0;
  } catch (error) {
    const hint = isSluiceError(error) && error.hint !== undefined ? ` (${error.hint})` : "";
    await report("failed", `${messageOf(error)}${hint}`);
    process.stderr.write(`sluice-head: ${messageOf(error)}\n`);
    return FAILED_AND_REPORTED;
  } finally {
    await first.cloud[Symbol.asyncDispose]();
  }
}

/** What was being loaded when the head before this one ended may be refused: not by this one. */
function fileInForce(): ClusterState["inForce"] | undefined {
  const state = clusterStateFile(HEAD_LAYOUT.clusterState).read();
  return state?.update?.loading?.before ?? state?.inForce;
}

async function prepare(
  context: HeadContext,
  say: (message: string) => Promise<void>,
): Promise<void> {
  const { config } = context;
  await run(["sh", "-c", SYSTEM_USERS]);
  makeDirectory(HEAD_LAYOUT.volume, 0o755);
  keepFirstFile();
  await shareStorage(context);
  await run(["sh", "-c", addUsersScript(config.Users)]);
  for (const user of config.Users) makeDirectory(`/home/${user.Name}`, 0o750, user.Name);
  makeFolders();
  const { databasePassword } = await ensureSecrets(context);
  await ensureHostKeys(config);
  await useDirectory(context);
  const isLogRotated = config.Monitoring.Logs.Rotation.Enabled;
  const rotation = isLogRotated ? rotationFiles("head") : [];
  for (const file of [...headUnits(), ...headHooks(), ...rotation]) install(file);
  const proxy = proxyEnvironment(config.HeadNode.Networking?.Proxy?.HttpProxyAddress);
  install({ path: HEAD_LAYOUT.proxy, mode: 0o600, content: proxy });
  for (const file of await slurmFiles(context, databasePassword)) install(file);
  await run(["systemctl", "daemon-reload"]);
  if (isLogRotated) await run(["systemctl", "start", ROTATION_TIMER]);

  nodeNamesOf(context, HEAD_LAYOUT)?.begin();
  await start("munge");
  await ensureAccounting(context, databasePassword, say);
  await ensureAccounts(context);
  await say("starting slurmctld");
  await start("slurmctld", "slurmrestd");
  await until("slurmctld", () => run(["scontrol", "ping"]).then((text) => / UP/.test(text)));
  if (existsSync(HEAD_LAYOUT.configured)) {
    await say("running OnNodeConfigured");
    await run([HEAD_LAYOUT.configured], "", OWN_SCRIPTS);
  }
  await say("starting the node manager");
  await start("sluice-head");
  await until("sluice-head", () => run([HEAD_LAYOUT.program, "ctl", "fleet"]).then(() => true));
  await say("starting the gateway");
  await start("sluice-gateway");
  await until("sluice-gateway", () => isListening(context.address, GATEWAY_PORT));
  await publishHead(context);
  // Whatever was to be changed when the head before this one ended.
  await run(["systemctl", "start", "--no-block", UPDATE_UNIT]);
}

const OWN_SCRIPTS = { timeoutSeconds: 1800 };

/** From here on the volume says which cluster file is in force, and user data no longer. */
function keepFirstFile(): void {
  const file = clusterStateFile(HEAD_LAYOUT.clusterState);
  if (file.read() === undefined) file.write({ inForce: fileOfUserData() });
}

const SYSTEM_USERS = `grep -q '^slurmrestd:' /etc/passwd || {
  echo 'slurmrestd:x:64031:64031::/nonexistent:/usr/sbin/nologin' >> /etc/passwd
  echo 'slurmrestd:x:64031:' >> /etc/group
}`;

function makeFolders(): void {
  makeDirectory(HEAD_LAYOUT.stateSave, 0o700, "slurm");
  makeDirectory(HEAD_LAYOUT.logs, 0o755, "slurm");
  makeDirectory("/run/munge", 0o755, "munge");
  mkdirSync(HEAD_LAYOUT.slurmEtc, { recursive: true });
  makeDirectory(HEAD_LAYOUT.run, 0o750);
}
