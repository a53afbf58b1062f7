import { SluiceError } from "@sluice/model";
import { errorFrom, HEAD_PROGRAM } from "../head-control.ts";
import { type ClusterOperation, requireHead, unsupported } from "../operation.ts";
import { type BackupRecord, backupFile, parseManifest } from "./manifest.ts";
import { type BackupStore, backupsIn, keepNewest } from "./store.ts";

export interface KeptBackups {
  /** Of the head, of this machine, or a place in a bucket. */
  readonly folder: string;
  /** Oldest first. */
  readonly backups: readonly BackupRecord[];
}

/**
 * The backups of a cluster where its head puts them.
 *
 * Errors: `CLUSTER_NOT_FOUND`, `CLUSTER_WRONG_STATE`, `BACKUP_TARGET_UNSUPPORTED`.
 */
export async function listBackups(operation: ClusterOperation): Promise<KeptBackups> {
  const { folder, backups } = JSON.parse(await ask(operation, "--list")) as KeptBackups;
  return { folder, backups: backups.map(revived) };
}

export interface MadeBackup {
  /** As `KeptBackups.folder`. */
  readonly folder: string;
  readonly backup: BackupRecord;
  /** Older ones that went for it. */
  readonly removed: readonly string[];
}

/**
 * Makes a backup where the cluster's file wants them, or at another place that its head reaches, where
 * older ones stay then.
 *
 * Errors: `CLUSTER_NOT_FOUND`, `CLUSTER_WRONG_STATE`, `BACKUP_BUSY`, `BACKUP_FAILED`.
 */
export async function backupCluster(
  operation: ClusterOperation & { readonly place?: string },
): Promise<MadeBackup> {
  const { place } = operation;
  const words = place === undefined ? [] : ["--to", place];
  const made = JSON.parse(await ask(operation, ...words)) as MadeBackup;
  return { ...made, backup: revived(made.backup) };
}

/** The cluster's own key for backups. A secret. Errors: also `BACKUP_KEY_ELSEWHERE`. */
export async function backupKey(operation: ClusterOperation): Promise<string> {
  return ask(operation, "--key");
}

/**
 * Makes a backup and writes it into a place of the caller's. It is encrypted on the head; nothing of it
 * is written there.
 *
 * @param operation.at when it is made, by the caller's clock: its name has it.
 * @param operation.keep how many of this cluster stay in the place; missing: all.
 *
 * Errors: those of `backupCluster`, `UNSUPPORTED_BY_PROVIDER`, and of the place.
 */
export async function fetchBackup(
  operation: ClusterOperation & {
    readonly store: BackupStore;
    readonly at: Date;
    readonly keep?: number;
  },
): Promise<MadeBackup> {
  const { cloud, name, store, at, keep } = operation;
  await requireHead(cloud, name);
  const { content, said } = fromHead(operation);
  const file = backupFile(name, at);
  const backup = await store.write<BackupRecord>({
    file,
    content,
    record: (written) => {
      const text = said().trim().split("\n").at(-1) ?? "";
      const about = JSON.parse(text) as Pick<BackupRecord, "recipients" | "contents">;
      const { recipients, contents } = about;
      return { ...parseManifest(text), recipients, contents, file, ...written };
    },
  });
  const removed = keep === undefined ? [] : await keepNewest(store, name, keep);
  return { folder: store.name, backup, removed };
}

/**
 * A backup as the head makes it, for as long as it is read. It ends well when the head's program did.
 *
 * @returns `said`: what that wrote on standard error, once `content` has ended.
 */
function fromHead({ cloud: { shell }, name, signal }: ClusterOperation): {
  readonly content: AsyncIterable<Uint8Array>;
  readonly said: () => string;
} {
  const { pipe } = shell;
  if (pipe === undefined) {
    throw unsupported("this cloud can't carry a backup from a head to here", "leave out --to");
  }
  const argv = [HEAD_PROGRAM, "backup", "--stdout"];
  let said = "";
  const content = async function* (): AsyncGenerator<Uint8Array> {
    const { readable, writable } = new TransformStream<Uint8Array, Uint8Array>();
    const writer = writable.getWriter();
    const piped = pipe
      .call(
        shell,
        name,
        { argv, user: "root" },
        {
          ...(signal === undefined ? {} : { signal }),
          output: async (pieces) => {
            for await (const piece of pieces) await writer.write(Uint8Array.from(piece));
          },
        },
      )
      .then(
        async ({ exitCode, stderr }) => {
          said = stderr;
          if (exitCode === 0) await writer.close();
          else await writer.abort(errorSaid(stderr, "BACKUP_FAILED"));
        },
        (error: unknown) => writer.abort(error),
      );
    piped.catch(() => {});
    yield* readable;
  };
  return { content: content(), said: () => said };
}

/** Those in a place of the caller's, of one cluster. */
export async function backupsAt(store: BackupStore, name: string): Promise<KeptBackups> {
  return { folder: store.name, backups: await backupsIn(store, name) };
}

/** As it went through JSON. Errors: `BACKUP_DAMAGED`. */
function revived(record: BackupRecord): BackupRecord {
  return { ...record, ...parseManifest(JSON.stringify(record)) };
}

async function ask(
  { cloud, name, signal }: ClusterOperation,
  ...words: readonly string[]
): Promise<string> {
  await requireHead(cloud, name);
  const { exitCode, stdout, stderr } = await cloud.shell.exec(
    name,
    { argv: [HEAD_PROGRAM, "backup", ...words], user: "root" },
    signal === undefined ? {} : { signal },
  );
  if (exitCode === 0) return stdout;
  throw errorSaid(stderr, "BACKUP_FAILED");
}

/** The error that the head's program wrote last on standard error. */
export function errorSaid(stderr: string, code: "BACKUP_FAILED" | "RESTORE_FAILED"): SluiceError {
  const lines = stderr.trim().split("\n");
  for (const line of lines.toReversed()) {
    try {
      const { error } = JSON.parse(line) as { readonly error?: unknown };
      if (error !== undefined) return errorFrom(error);
    } catch {
      // What other programs said.
    }
  }
  return new SluiceError(code, "system", lines.at(-1) || "the head gave no reason");
}
