import { mkdirSync } from "node:fs";
import {
  addUsersScript,
  HEAD_LAYOUT,
  headHooks,
  headUnits,
  mariadbConf,
  UPDATE_UNIT,
} from "@sluice/boot";
import { isSluiceError, messageOf } from "@sluice/model";
import { clusterStateFile, configOf } from "../cluster-state.ts";
import { fileOfUserData, type HeadContext, readContextWith } from "../context.ts";
import { run } from "../run.ts";
import { ensureAccounts } from "./accounts.ts";
import { ensureAccountingDatabase, ensureDataDirectory } from "./database.ts";
import { install, makeDirectory } from "./files.ts";
import { ensureSecrets } from "./secrets.ts";
import { start, until } from "./services.ts";
import { slurmFiles } from "./slurm-files.ts";

/**
 * Makes a head out of a fresh machine and the volume: run by cloud-init at every boot of a head
 * machine, the first of a cluster or a later one. Every step finds what is there already, so it may
 * be killed and run again. Tells the cloud how it ended.
 */
export async function setup(): Promise<void> {
  const state = clusterStateFile(HEAD_LAYOUT.clusterState).read();
  // What was being loaded when the head before this one ended may be refused: not by this one.
  const inForce = state?.update?.loading?.before ?? state?.inForce ?? fileOfUserData();
  const context = await readContextWith(configOf(inForce));
  const report = context.cloud.signal.report.bind(context.cloud.signal);
  try {
    await prepare(context, (message) => report("progress", message).catch(() => {}));
    await report("ready", "the head is ready");
  } catch (error) {
    const hint = isSluiceError(error) && error.hint !== undefined ? ` (${error.hint})` : "";
    await report("failed", `${messageOf(error)}${hint}`);
    throw error;
  }
}

async function prepare(
  context: HeadContext,
  say: (message: string) => Promise<void>,
): Promise<void> {
  await run(["sh", "-c", SYSTEM_USERS]);
  makeDirectory(HEAD_LAYOUT.volume, 0o755);
  keepFirstFile();
  await run(["sh", "-c", addUsersScript(context.config.Users)]);
  for (const user of context.config.Users) makeDirectory(`/home/${user.Name}`, 0o750, user.Name);
  makeFolders();
  const { databasePassword } = await ensureSecrets(context.address);
  for (const file of [...headUnits(), ...headHooks(), mariadbConf()]) install(file);
  for (const file of await slurmFiles(context, databasePassword)) install(file);
  ensureDataDirectory();
  await run(["chown", "-R", "mysql:mysql", HEAD_LAYOUT.mysql]);
  await run(["systemctl", "daemon-reload"]);

  await say("starting MariaDB");
  await start("munge", "mariadb");
  await ensureAccountingDatabase(databasePassword);
  await say("starting slurmdbd");
  await start("slurmdbd");
  await ensureAccounts(context);
  await say("starting slurmctld");
  await start("slurmctld", "slurmrestd");
  await until("slurmctld", () => run(["scontrol", "ping"]).then((text) => / UP/.test(text)));
  await say("starting the node manager");
  await start("sluice-head");
  await until("sluice-head", () => run([HEAD_LAYOUT.program, "ctl", "fleet"]).then(() => true));
  // Whatever was to be changed when the head before this one ended.
  await run(["systemctl", "start", "--no-block", UPDATE_UNIT]);
}

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
