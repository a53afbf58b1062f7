import { once } from "node:events";
import { setPriority } from "node:os";
import {
  type BackupRecord,
  backupsIn,
  keepNewest,
  nameBackup,
  writeUnnamed,
} from "@sluice/lifecycle/backup";
import { isSluiceError, messageOf, SluiceError } from "@sluice/model";
import { type HeadContext, readContext, readFacts } from "../context.ts";
import { run } from "../run.ts";
import { ownKey, recipientsOf } from "./key.ts";
import { backupLock } from "./lock.ts";
import { type MadeBackup, makeBackup } from "./make-backup.ts";
import { BACKUP_KEY, BACKUP_LOCK, backupFolderOf } from "./places.ts";

/** How many are kept where the cluster file says nothing of backups. */
const KEEP = 10;

/**
 * `sluice-head backup [--stdout | --list | --key]`: makes one in the cluster's folder of backups, or
 * on standard output; lists them; prints the cluster's own key. Results are JSON, `--stdout` has its
 * manifest on standard error. Returns the exit code.
 */
export async function backup(argv: readonly string[]): Promise<number> {
  try {
    if (argv.includes("--list")) return await list();
    if (argv.includes("--key")) return await printKey();
    return await make(argv.includes("--stdout"));
  } catch (error) {
    process.stderr.write(`${JSON.stringify({ error: documentOf(error) })}\n`);
    return 1;
  }
}

async function list(): Promise<number> {
  const { clusterName, config } = await readFacts();
  const folder = backupFolderOf(config);
  process.stdout.write(`${JSON.stringify({ folder, backups: backupsIn(folder, clusterName) })}\n`);
  return 0;
}

async function printKey(): Promise<number> {
  const { config } = await readFacts();
  if (config.Backup?.Recipients !== undefined) {
    throw new SluiceError(
      "BACKUP_KEY_ELSEWHERE",
      "user",
      "the cluster's backups are for the recipients of its file, whose keys it does not have",
      { hint: "each holder of a key of Backup.Recipients has it already" },
    );
  }
  process.stdout.write(await ownKey(BACKUP_KEY));
  return 0;
}

async function make(isForStdout: boolean): Promise<number> {
  using _lock = await backupLock(BACKUP_LOCK);
  await yieldToOthers();
  const context = await readContext();
  try {
    const recipients = await recipientsOf(context.config, BACKUP_KEY);
    const made = makeBackup(context, { createdAt: new Date(), recipients });
    if (!isForStdout) {
      process.stdout.write(`${JSON.stringify(await keep(context, made, recipients))}\n`);
      return 0;
    }
    process.stdout.on("error", () => process.exit(1));
    for await (const chunk of made.content) {
      if (!process.stdout.write(chunk)) await once(process.stdout, "drain");
    }
    const record = { ...made.manifest, recipients, contents: made.contents() };
    process.stderr.write(`${JSON.stringify(record)}\n`);
    return 0;
  } finally {
    await context.cloud[Symbol.asyncDispose]();
  }
}

async function keep(
  context: HeadContext,
  made: MadeBackup,
  recipients: readonly string[],
): Promise<object> {
  const { clusterName, config } = context;
  const folder = backupFolderOf(config);
  const backup = await writeBackup(folder, made, recipients);
  const removed = keepNewest(folder, clusterName, config.Backup?.Keep ?? KEEP);
  return { folder, backup, removed };
}

/** Makes it, in a folder of this head. */
export async function writeBackup(
  folder: string,
  { manifest, content, contents }: MadeBackup,
  recipients: readonly string[],
): Promise<BackupRecord> {
  const written = await writeUnnamed(folder, manifest.clusterName, content);
  return nameBackup(folder, written, { ...manifest, recipients, contents: contents() });
}

/** Jobs and users come first; but on a head that is always busy one has to end, too. */
async function yieldToOthers(): Promise<void> {
  setPriority(NICE);
  await run(["ionice", "-c", "2", "-n", "7", "-p", `${process.pid}`]).catch(() => {});
}

/** About a tenth of what another process gets. */
const NICE = 10;

export function documentOf(error: unknown): object {
  if (isSluiceError(error)) return error.toJSON();
  return { code: "BACKUP_FAILED", source: "system", message: messageOf(error) };
}
