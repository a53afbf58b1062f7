import { X509Certificate } from "node:crypto";
import {
  createReadStream,
  existsSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
} from "node:fs";
import { basename, join } from "node:path";
import { HEAD_LAYOUT, SECRET_FILES } from "@sluice/boot";
import { openCapacityStore } from "@sluice/capacity";
import type { BackupManifest } from "@sluice/lifecycle/backup";
import { messageOf, SluiceError } from "@sluice/model";
import { accountingOf } from "../accounting.ts";
import { type HeadContext, readContext } from "../context.ts";
import { run } from "../run.ts";
import { install, makeDirectory } from "../setup/files.ts";
import { prepare } from "../setup/prepare.ts";
import { start, until } from "../setup/services.ts";
import { ACCOUNTING, loadAccounting } from "./accounting.ts";
import { adoptServiceEnvironment } from "./environment.ts";
import { documentOf, writeBackup } from "./index.ts";
import { bothKeys, recipientsOf } from "./key.ts";
import { backupLock } from "./lock.ts";
import { makeBackup } from "./make-backup.ts";
import { BACKUP_KEY, BACKUP_LOCK, backupStoreOf, CAPACITY, MEMORIES, RESTORED } from "./places.ts";
import { removeFolder } from "./slurm-state.ts";
import { unpack } from "./unpack.ts";

/** A head that is new may be at its first backup. */
const LOCK_WAIT_SECONDS = 120;

/** In the order in which they are stopped; set-up starts them again. */
const SERVICES = [
  ...["sluice-update", "sluice-gateway", "sluice-head", "slurmrestd", "slurmctld", "slurmdbd"],
  "munge",
];

/**
 * `sluice-head restore [--replace]`: a backup that is decrypted and still compressed, on standard
 * input, becomes what this head knows. All of it is looked at before anything is changed. With
 * `--replace` the cluster is one that was at work: what it knows is backed up first, and the node
 * manager keeps its memory, which is of the machines that are there.
 *
 * What the result says is JSON on standard output. Returns the exit code.
 */
export async function restore(argv: readonly string[]): Promise<number> {
  try {
    using _lock = await backupLock(BACKUP_LOCK, LOCK_WAIT_SECONDS);
    await adoptServiceEnvironment(HEAD_LAYOUT.proxy);
    const context = await readContext();
    try {
      const isReplacing = argv.includes("--replace");
      const manifest = await unpack(process.stdin, RESTORED, context);
      const before = await lookedAt(manifest, context, isReplacing);
      // From here on it is dearer to end in the middle than to go on.
      for (const name of ["SIGTERM", "SIGINT", "SIGHUP"] as const) process.on(name, () => {});
      await putInPlace(context, { isReplacing });
      const jobs = await jobsByState();
      process.stdout.write(`${JSON.stringify({ manifest, jobs, before })}\n`);
      return 0;
    } finally {
      await context.cloud[Symbol.asyncDispose]();
    }
  } catch (error) {
    process.stderr.write(`${JSON.stringify({ error: documentOf(error) })}\n`);
    return 1;
  }
}

/** The last that may fail and change nothing. */
async function lookedAt(
  manifest: BackupManifest,
  context: HeadContext,
  isReplacing: boolean,
): Promise<string | undefined> {
  try {
    requireSameAccounting(manifest, context);
    return isReplacing ? await backUpFirst(context) : undefined;
  } catch (error) {
    await removeFolder(RESTORED);
    throw error;
  }
}

/** Errors: `RESTORE_ACCOUNTING_ELSEWHERE`. */
function requireSameAccounting(manifest: BackupManifest, context: HeadContext): void {
  const here = accountingOf(context);
  if ((manifest.accounting === "own") === (here === "own")) return;
  throw new SluiceError(
    "RESTORE_ACCOUNTING_ELSEWHERE",
    "user",
    here === "own"
      ? "the backup has no accounting in it: its cluster had that elsewhere"
      : "the backup has accounting in it, which this cluster has elsewhere",
    { hint: "give a cluster file with the same Database or ExternalSlurmdbd as it had" },
  );
}

/** What is there now, should somebody want it back. */
async function backUpFirst(context: HeadContext): Promise<string> {
  const recipients = await recipientsOf(context.config, BACKUP_KEY);
  const store = backupStoreOf(context);
  const made = makeBackup(context, { createdAt: new Date(), recipients });
  const { file } = await writeBackup(store, made, recipients);
  return `${store.name}/${file}`;
}

async function putInPlace(
  context: HeadContext,
  { isReplacing }: { readonly isReplacing: boolean },
): Promise<void> {
  await run(["systemctl", "stop", ...SERVICES], "", { timeoutSeconds: 120 });
  if (accountingOf(context) === "own") {
    await start("mariadb");
    await loadAccounting(context.config.Image.Os, restoredSql());
  }
  restoreSecrets(context.address);
  replaceMemories(isReplacing);
  await replaceSlurmState();
  await begin(context);
  await removeFolder(RESTORED);
  if (accountingOf(context) === "own") await mendAccounting();
}

/** Errors: `RESTORE_FAILED`. */
async function begin(context: HeadContext): Promise<void> {
  try {
    await prepare(context, async () => {});
  } catch (error) {
    throw new SluiceError(
      "RESTORE_FAILED",
      "system",
      `the head did not come up with what was restored: ${messageOf(error)}`,
      { hint: "see why (sluice logs head); the backup itself is whole", cause: error },
    );
  }
}

async function* restoredSql(): AsyncGenerator<Uint8Array> {
  const folder = join(RESTORED, ACCOUNTING);
  for (const name of existsSync(folder) ? readdirSync(folder).sort() : []) {
    yield* createReadStream(join(folder, name), { highWaterMark: 1 << 18 });
  }
}

function restoreSecrets(address: string): void {
  const folder = join(RESTORED, "secrets");
  const visit = (below: string): void => {
    for (const entry of readdirSync(join(folder, below), { withFileTypes: true })) {
      const path = join(below, entry.name);
      if (entry.isDirectory()) {
        makeDirectory(join(HEAD_LAYOUT.secrets, path), 0o700);
        visit(path);
      } else {
        const content = readFileSync(join(folder, path));
        install({ path: join(HEAD_LAYOUT.secrets, path), content, mode: 0o600 });
      }
    }
  };
  const [restoredKey, presentKey] = [join(folder, basename(BACKUP_KEY)), BACKUP_KEY].map((path) =>
    existsSync(path) ? readFileSync(path, "utf8") : undefined,
  );
  if (existsSync(folder)) visit("");
  const keys = bothKeys(restoredKey, presentKey);
  if (keys !== "") install({ path: BACKUP_KEY, content: keys, mode: 0o600 });
  // A certificate is for an address; set-up makes one for the head's own when there is none.
  const certificate = join(HEAD_LAYOUT.secrets, SECRET_FILES.tlsCertificate);
  const isForHere = (): boolean =>
    new X509Certificate(readFileSync(certificate)).checkIP(address) !== undefined;
  if (existsSync(certificate) && !isForHere()) rmSync(certificate);
}

/** The node manager's memory of machines is of those of the backup, which are not there. */
function replaceMemories(isReplacing: boolean): void {
  for (const name of MEMORIES) {
    if (isReplacing && name === CAPACITY) continue;
    const path = join(HEAD_LAYOUT.volume, name);
    for (const left of [path, `${path}-wal`, `${path}-shm`]) rmSync(left, { force: true });
    if (existsSync(join(RESTORED, name))) renameSync(join(RESTORED, name), path);
  }
  using store = openCapacityStore(join(HEAD_LAYOUT.volume, CAPACITY));
  const machines = store.notices().map(({ machineId }) => machineId);
  store.saveNotices([], machines);
  if (isReplacing) return;
  const tokens = store.intents().map(({ token }) => token);
  store.saveIntents([], tokens);
}

async function replaceSlurmState(): Promise<void> {
  const restored = join(RESTORED, "slurmctld");
  if (!existsSync(restored)) makeDirectory(restored, 0o700);
  await run(["chown", "-R", "slurm:slurm", restored], "", { timeoutSeconds: 600 });
  if (existsSync(HEAD_LAYOUT.stateSave)) {
    renameSync(HEAD_LAYOUT.stateSave, join(RESTORED, "slurmctld.before"));
  }
  renameSync(restored, HEAD_LAYOUT.stateSave);
}

/**
 * Jobs that accounting has as running, and that the Slurm of the backup does not know, ended in the
 * second between the two: Slurm's own repair ends them there, too.
 */
async function mendAccounting(): Promise<void> {
  const words = ["sacctmgr", "--immediate", "show", "runawayjobs"];
  await run(words, "", { timeoutSeconds: 120 }).catch((error: unknown) => {
    process.stderr.write(`sluice-head: runaway jobs can't be mended: ${messageOf(error)}\n`);
  });
}

/** Jobs of the queue by Slurm's word for their state. */
async function jobsByState(): Promise<Readonly<Record<string, number>>> {
  let text = "";
  await until("slurmctld", async () => {
    text = await run(["squeue", "--all", "--noheader", "--states=all", "--format=%T"]);
    return true;
  });
  const count: Record<string, number> = {};
  for (const state of text.split("\n").filter(Boolean)) count[state] = (count[state] ?? 0) + 1;
  return count;
}
