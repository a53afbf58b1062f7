import type { Readable } from "node:stream";
import type { Dispatcher } from "undici";

/**
 * A process on the head that is one user and nobody else, so that the kernel keeps the rules. Paths
 * are absolute, of the head. They must lie below one of `roots` also after links are followed:
 * `FILE_OUTSIDE` otherwise. Further errors: `FILE_NOT_FOUND`, `FILE_EXISTS`, `FILE_DENIED` (the kernel
 * said no), `FILE_NOT_SUITABLE` (a folder where a file is wanted, too large to edit, …),
 * `FILE_CHANGED` (another etag), `DISK_FULL`.
 */
export interface UserWorker {
  /** HTTP to the worker as it is, to pass a stream through; its paths are in docs/gateway.md. */
  readonly dispatcher: Dispatcher;

  /** The user's home first, then shared folders. */
  roots(): Promise<readonly { readonly path: string; readonly name: string }[]>;
  /** A page of a folder; a million entries cost time, and no memory. */
  list(path: string, options: ListOptions): Promise<FolderPage>;
  stat(path: string): Promise<FileEntry>;
  /** Bytes from `start` up to, not including, `end`; the whole file when they are missing. */
  read(
    path: string,
    range?: { readonly start?: number; readonly end?: number },
  ): Promise<{ readonly entry: FileEntry; readonly content: Readable }>;
  /** Whole, or not at all: written beside and renamed. */
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
  copy(from: string, to: string, options?: { readonly overwrite?: boolean }): Promise<FileEntry>;
  /** A folder only with `recursive`. */
  remove(path: string, options?: { readonly recursive?: boolean }): Promise<void>;
  archive(paths: readonly string[], format: "tar.gz" | "zip"): Promise<Readable>;
  /** Names below `path` that have `text` in them, at most `limit`. */
  search(
    path: string,
    text: string,
    options: { readonly limit: number },
  ): Promise<readonly FileEntry[]>;
  /**
   * What is in the file from `offset` on and then what is written to it, as it is written; ends with
   * the signal. Waits for a file that is not there yet.
   */
  follow(
    path: string,
    options: { readonly offset?: number; readonly signal: AbortSignal },
  ): AsyncIterable<Uint8Array>;

  /** By sbatch, exactly as given; a refusal is `SLURM_REFUSED` with its words. */
  sbatch(job: SbatchRequest): Promise<{ readonly jobId: number; readonly cluster?: string }>;
  /**
   * One of Slurm's own commands for users: scancel, scontrol, squeue, sacct, sinfo, sstat, seff. No
   * shell is in between; at most 16 MiB of output.
   */
  command(
    argv: readonly string[],
    options?: { readonly input?: string; readonly signal?: AbortSignal },
  ): Promise<{ readonly exitCode: number; readonly stdout: string; readonly stderr: string }>;
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
  /** Of a link: what it leads to, and the kind of that when it is below a root. */
  readonly leadsTo?: string;
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
