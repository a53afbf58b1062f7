import type { Readable } from "node:stream";
import type { Dispatcher } from "undici";

export { createUserWorker } from "./worker/client.ts";

/**
 * A process on the head that is one user and nobody else, so that the kernel keeps the rules. Paths
 * are absolute, of the head. They must lie below one of `roots` also after links are followed:
 * `FILE_OUTSIDE` otherwise. Further errors: `FILE_NOT_FOUND`, `FILE_EXISTS`, `FILE_DENIED` (the kernel
 * said no), `FILE_NOT_SUITABLE` (a folder where a file is wanted, a name that is too long, …),
 * `FILE_CHANGED` (another etag), `FILE_NAME_INVALID`, `DISK_FULL`. `GATEWAY_UNREACHABLE` when the
 * worker breaks off: of a change, nobody then knows whether it was made.
 *
 * Names are bytes. What is not UTF-8 in one stands as the characters U+10FE80 to U+10FEFF, which are
 * the bytes 0x80 to 0xFF; it comes back as those bytes.
 */
export interface UserWorker {
  /** HTTP to the worker as it is, to pass a stream through; its paths are in docs/files.md. */
  readonly dispatcher: Dispatcher;

  /** The user's home first, then shared folders. */
  roots(): Promise<readonly { readonly path: string; readonly name: string }[]>;
  /** A page of a folder; a million entries cost time, and no memory. */
  list(path: string, options: ListOptions): Promise<FolderPage>;
  /** Of a link itself, unless it is to be followed. */
  stat(path: string, options?: { readonly followLinks?: boolean }): Promise<FileEntry>;
  /**
   * Bytes from `start` up to, not including, `end`; the whole file when they are missing. The content
   * has to be read or destroyed.
   */
  read(
    path: string,
    range?: { readonly start?: number; readonly end?: number },
  ): Promise<{ readonly entry: FileEntry; readonly content: Readable }>;
  /**
   * Whole, or not at all: written beside and renamed. What is there is written over only with
   * `overwrite` or `ifMatch`; a link stays, and what it leads to is written.
   */
  write(
    path: string,
    content: Readable | string | Uint8Array,
    options?: WriteOptions,
  ): Promise<FileEntry>;
  makeFolder(
    path: string,
    options?: { readonly parents?: boolean; readonly mode?: number },
  ): Promise<FileEntry>;
  rename(from: string, to: string, options?: { readonly overwrite?: boolean }): Promise<FileEntry>;
  /** A folder with all that is in it, links as links; over nothing but a file. */
  copy(from: string, to: string, options?: { readonly overwrite?: boolean }): Promise<FileEntry>;
  /** A folder only with `recursive`. */
  remove(path: string, options?: { readonly recursive?: boolean }): Promise<void>;
  /** What the user may not read is left out; a zip file has at most 50,000 entries. */
  archive(
    paths: readonly string[],
    format: "tar.gz" | "zip",
    options?: { readonly signal?: AbortSignal },
  ): Promise<Readable>;
  /** What is below `path` with `text` in its name, whatever the case; near folders first. */
  search(
    path: string,
    text: string,
    options: { readonly limit: number; readonly signal?: AbortSignal },
  ): Promise<FoundFiles>;
  /**
   * What is in the file from `offset` on (below 0: so many bytes before its end) and then what is
   * written to it, as it is written; ends with the signal. Waits for a file that is not there yet.
   * `onRestart` tells that what follows is another content from its beginning: the file was cut,
   * replaced or removed.
   */
  follow(
    path: string,
    options: {
      readonly offset?: number;
      readonly signal: AbortSignal;
      readonly onRestart?: () => void;
    },
  ): AsyncIterable<Uint8Array>;

  /** A file that comes in pieces. Errors of all that follow: `UPLOAD_NOT_FOUND`. */
  createUpload(path: string, options: UploadOptions): Promise<Upload>;
  upload(address: UploadAddress): Promise<Upload>;
  /**
   * What came before the content broke off stays. With the last byte the file is in its place.
   * `UPLOAD_OFFSET_WRONG`, `UPLOAD_TOO_LONG`, `UPLOAD_INTERRUPTED` by another request for it.
   */
  writeUpload(address: UploadAddress, offset: number, content: Readable): Promise<Upload>;
  removeUpload(address: UploadAddress): Promise<void>;
  /** Those of this user that are not done. */
  uploads(): Promise<readonly Upload[]>;

  /**
   * By sbatch, exactly as given; a refusal is `SLURM_REFUSED` with its words, `SLURM_UNREACHABLE` and
   * `COMMAND_TIMEOUT` when nobody knows. `SBATCH_OPTION_REFUSED` for what is no long option, and for
   * those that are not about the job: --uid, --wrap, --wait, ….
   */
  sbatch(job: SbatchRequest): Promise<{ readonly jobId: number; readonly cluster?: string }>;
  /**
   * What `sbatch --test-only` says of it, times in UTC: nothing is submitted. A refusal of Slurm's is
   * an exit code; other errors are as of `sbatch`, and `BAD_REQUEST` of a head that has no such thing.
   */
  trySbatch(
    job: SbatchRequest,
    options?: { readonly signal?: AbortSignal },
  ): Promise<CommandResult>;
  /**
   * One of Slurm's own commands for users: sacct, scancel, scontrol, seff, sinfo, sprio, squeue,
   * sshare, sstat; times in UTC. No shell is in between; at most 16 MiB of output and a minute. Bytes
   * that are not UTF-8 as in names, in and out. Eight of these and of programs run at a time; others
   * wait.
   */
  command(
    argv: readonly string[],
    options?: { readonly input?: string; readonly signal?: AbortSignal },
  ): Promise<CommandResult>;
  /**
   * Any program, by its absolute path, without a shell and with nothing to read. Also throws
   * `COMMAND_NOT_ALLOWED`, `COMMAND_NOT_FOUND`, `COMMAND_TIMEOUT`, `COMMAND_OUTPUT_TOO_LARGE`.
   */
  program(argv: readonly string[], limits: ProgramLimits): Promise<CommandResult>;
}

export interface CommandResult {
  /** -1 when a signal ended it. */
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;
}

export interface ProgramLimits {
  /** A minute at most. */
  readonly timeoutMs: number;
  /** Bytes of standard output and of standard error, each; 16 MiB at most. */
  readonly mostOutput: number;
  readonly signal?: AbortSignal;
}

export interface SbatchRequest {
  readonly script: string;
  /** Each one word with its value: `--partition=burst`. */
  readonly options: readonly string[];
  readonly arguments?: readonly string[];
  readonly workingDirectory: string;
  /** Added to what a login of the user would have. */
  readonly environment?: Readonly<Record<string, string>>;
}

export interface ListOptions {
  /** 1 to 1000. */
  readonly limit: number;
  /** `next` of the page before. */
  readonly cursor?: string;
  /** By name when missing; other orders only where the folder has at most 20,000 entries. */
  readonly sort?: "name" | "size" | "modified";
  readonly descending?: boolean;
  /** Only names that have this in them. */
  readonly contains?: string;
  readonly hidden?: boolean;
}

export interface FolderPage {
  readonly path: string;
  readonly entries: readonly FileEntry[];
  readonly next?: string;
  readonly total: number;
}

export interface FileEntry {
  readonly path: string;
  readonly name: string;
  readonly kind: "file" | "folder" | "link" | "other";
  /** Of a link: what it says, and the kind of what it leads to when that is below a root. */
  readonly leadsTo?: string;
  readonly leadsToKind?: FileEntry["kind"];
  readonly size: number;
  readonly modified: Date;
  /** 0o644 */
  readonly mode: number;
  readonly owner: string;
  readonly group: string;
  /** Another one when the content is another. */
  readonly etag: string;
}

export interface WriteOptions {
  readonly mode?: number;
  readonly overwrite?: boolean;
  /** Only over this content. */
  readonly ifMatch?: string;
}

export interface FoundFiles {
  readonly entries: readonly FileEntry[];
  /** False when there are more than the limit, or too many folders to look into in 20 s. */
  readonly complete: boolean;
}

export interface UploadAddress {
  readonly id: string;
  /** Of the target. */
  readonly folder: string;
}

export interface UploadOptions {
  /** In bytes. */
  readonly length: number;
  readonly overwrite?: boolean;
  readonly mode?: number;
}

export interface Upload extends UploadAddress {
  /** Of the file that it will be. */
  readonly path: string;
  readonly length: number;
  /** How many bytes are there. With all of them, the file is in its place. */
  readonly offset: number;
  /** When it is removed if nothing more comes. */
  readonly expires: Date;
}
