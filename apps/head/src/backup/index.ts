import { once } from "node:events";
import { setPriority } from "node:os";
import { HEAD_LAYOUT } from "@sluice/boot";
import {
  type BackupRecord,
  type BackupStore,
  backupFile,
  backupsIn,
  keepNewest,
} from "@sluice/lifecycle/backup";
import { isSluiceError, messageOf, SluiceError } from "@sluice/model";
import { type HeadContext, readContext, readFacts } from "../context.ts";
import { run } from "../run.ts";
import { adoptServiceEnvironment } from "./environment.ts";
import { ownKey, recipientsOf } from "./key.ts";
import { backupLock } from "./lock.ts";
import { type MadeBackup, makeBackup } from "./make-backup.ts";
import { BACKUP_KEY, BACKUP_LOCK, backupStoreAt, backupStoreOf } from "./places.ts";

/** How many are kept where the cluster file says nothing of backups. */
const KEEP = 10;

/**
 * `sluice-head backup [--stdout | --to PLACE | --list | --key]`: makes one where the cluster's backups go, or on
 * standard output; lists them; prints the cluster's own key. Results are JSON, `--stdout` has its
 * manifest on standard error. Returns the exit code.
 */
export async function backup(argv: readonly string[]): Promise<number> {
  try {
    if (argv.includes("--key")) return await printKey();
    await adoptServiceEnvironment(HEAD_LAYOUT.proxy);
    if (argv.includes("--list")) return await list();
    const at = argv.indexOf("--to");
    return await make(argv.includes("--stdout"), at < 0 ? undefined : argv[at + 1]);
  } catch (error) {
    process.stderr.write(`${JSON.stringify({ error: documentOf(error) })}\n`);
    return 1;
  }
}

async function list(): Promise<number> {
  const context = await readContext();
  try {
    const store = backupStoreOf(context);
    const backups = await backupsIn(store, context.clusterName);
    process.stdout.write(`${JSON.stringify({ folder: store.name, backups })}\n`);
    return 0;
  } finally {
    await context.cloud[Symbol.asyncDispose]();
  }
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

async function make(isForStdout: boolean, place: string | undefined): Promise<number> {
  using _lock = await backupLock(BACKUP_LOCK);
  await yieldToOthers();
  const context = await readContext();
  try {
    const recipients = await recipientsOf(context.config, BACKUP_KEY);
    const made = makeBackup(context, { createdAt: new Date(), recipients });
    if (!isForStdout) {
      process.stdout.write(`${JSON.stringify(await keep(context, made, { recipients, place }))}\n`);
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
  wanted: { readonly recipients: readonly string[]; readonly place: string | undefined },
): Promise<object> {
  const { clusterName, config, cloud } = context;
  const { recipients, place } = wanted;
  if (place !== undefined) {
    const there = backupStoreAt(place, cloud.objects);
    const backup = await writeBackup(there, made, recipients);
    return { folder: there.name, backup, removed: [] };
  }
  const store = backupStoreOf(context);
  const backup = await writeBackup(store, made, recipients);
  const removed = await keepNewest(store, clusterName, config.Backup?.Keep ?? KEEP);
  return { folder: store.name, backup, removed };
}

/** Makes it, and puts it there. */
export function writeBackup(
  store: BackupStore,
  { manifest, content, contents }: MadeBackup,
  recipients: readonly string[],
): Promise<BackupRecord> {
  const file = backupFile(manifest.clusterName, manifest.createdAt);
  return store.write<BackupRecord>({
    ...{ file, content },
    record: (written) => ({ ...manifest, recipients, contents: contents(), file, ...written }),
  });
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
