import { SluiceError } from "@sluice/model";
import { damaged } from "./tar.ts";

/** Of what `archive.ts` writes. A reader refuses what is newer than itself. */
export const BACKUP_FORMAT = 1;

/** Where accounting is; only what is the head's own is in a backup of its cluster. */
export type AccountingPlace = "own" | "database" | "slurmdbd";

/** What a backup says of itself, at its beginning. Has no secrets: it lies beside it, too. */
export interface BackupManifest {
  readonly format: number;
  readonly clusterName: string;
  readonly createdAt: Date;
  readonly sluiceVersion: string;
  /** Such as `24.11`: who reads Slurm's state may be newer, by what Slurm allows, and never older. */
  readonly slurmVersion: string;
  readonly os: string;
  /** Number of the cluster file that is in it. */
  readonly fileVersion: number;
  readonly accounting: AccountingPlace;
  /** An update was under way: the file in it is the one from before. */
  readonly isUpdating: boolean;
}

/** Beside each backup in its folder. */
export interface BackupRecord extends BackupManifest {
  /** Of the file with the backup. */
  readonly file: string;
  readonly bytes: number;
  /** Of that file, in hexadecimal. */
  readonly sha256: string;
  /** Whose keys can read it. */
  readonly recipients: readonly string[];
  readonly contents: BackupContents;
}

export interface BackupContents {
  readonly files: number;
  /** Before compression. */
  readonly bytes: number;
  /** Jobs whose script it has. */
  readonly jobs: number;
}

export const BACKUP_SUFFIX = ".tar.zst.age";

/** Name of a backup's file: its cluster and its second, in UTC. */
export function backupFile(clusterName: string, at: Date): string {
  return `${clusterName}-${stampOf(at)}${BACKUP_SUFFIX}`;
}

/** Such as `20261122T010336Z`. */
export function stampOf(at: Date): string {
  return `${at.toISOString().slice(0, 19).replaceAll(/[-:]/g, "")}Z`;
}

/** Errors: `BACKUP_DAMAGED`, `BACKUP_FOREIGN`, `BACKUP_TOO_NEW`. */
export function parseManifest(text: string): BackupManifest {
  const fields = fieldsOf(text);
  const { format } = fields;
  if (typeof format !== "number") {
    throw new SluiceError("BACKUP_FOREIGN", "user", "the file is no backup of a cluster");
  }
  if (format > BACKUP_FORMAT) {
    throw new SluiceError(
      "BACKUP_TOO_NEW",
      "user",
      `the backup was made by Sluice ${String(fields.sluiceVersion)}, in a form that this one can't read`,
      { hint: "restore it with that version, or a later one" },
    );
  }
  const word = (name: string, pattern: RegExp): string => {
    const value = fields[name];
    if (typeof value === "string" && pattern.test(value)) return value;
    throw damaged(`its manifest has no ${name}`);
  };
  const createdAt = new Date(word("createdAt", /^\d{4}-\d\d-\d\dT[\d:.]+Z$/));
  if (Number.isNaN(createdAt.getTime())) throw damaged("its manifest has no createdAt");
  return {
    format,
    createdAt,
    clusterName: word("clusterName", /^[A-Za-z][\w-]{0,62}$/),
    sluiceVersion: word("sluiceVersion", /^[\w.+-]{1,40}$/),
    slurmVersion: word("slurmVersion", /^\d{2}\.\d{2}$/),
    os: word("os", /^\w{1,40}$/),
    accounting: word("accounting", /^(own|database|slurmdbd)$/) as AccountingPlace,
    fileVersion: typeof fields.fileVersion === "number" ? fields.fileVersion : 1,
    isUpdating: fields.isUpdating === true,
  };
}

/** What lies beside a backup; undefined for a file that is something else. */
export function parseRecord(text: string): BackupRecord | undefined {
  try {
    const { file, bytes, sha256, recipients, contents } = fieldsOf(text) as Partial<BackupRecord>;
    if (typeof file !== "string" || typeof bytes !== "number") return undefined;
    const { files = 0, bytes: plain = 0, jobs = 0 } = contents ?? {};
    return {
      ...parseManifest(text),
      file,
      bytes,
      sha256: String(sha256),
      recipients: recipients ?? [],
      contents: { files, bytes: plain, jobs },
    };
  } catch {
    return undefined;
  }
}

/** Errors: `BACKUP_DAMAGED`. */
export function fieldsOf(text: string): Readonly<Record<string, unknown>> {
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value === "object" && value !== null) return value as Record<string, unknown>;
  } catch (error) {
    throw damaged("its manifest can't be read", error);
  }
  throw damaged("its manifest can't be read");
}
