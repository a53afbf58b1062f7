import type { ClusterConfig } from "@sluice/model";

/** A cluster file as it was given. Each file that a cluster is given has the next number, from 1. */
export interface FileVersion {
  readonly version: number;
  readonly text: string;
}

/**
 * What became of a version.
 *
 * ```
 *   wanted ── the head put it in force ──▶ in-force ── the next one ──▶ former
 *     │ └──── another was given meanwhile ──▶ replaced
 *     └────── it can't be put in force ─────▶ failed
 * ```
 */
export type FileState = "wanted" | "in-force" | "former" | "replaced" | "failed";

/** A version as it is kept with the cluster, for as long as that exists. */
export interface KeptFile extends FileVersion {
  readonly givenAt: Date;
  readonly state: FileState;
}

/** How far a head is with putting a version in force. */
export interface UpdateReport {
  readonly version: number;
  /** `done`: it is in force. `failed`: it won't be, and what was in force is again. */
  readonly status: "progress" | "done" | "failed";
  /** For people: what it waits for, what it did, why it failed. */
  readonly message: string;
}

/**
 * The files of its own cluster, as a head reaches them. A head asks what its cluster shall be and
 * makes it so: whoever gave the file may be gone by then.
 */
export interface ClusterFiles {
  /** The newest version that did not fail; the one in force when nothing is to be done. */
  wanted(options?: { readonly signal?: AbortSignal }): Promise<FileVersion>;

  /**
   * Slurm is about to be given `config`, which is a version's or a stage on the way to it. What the
   * cloud derives from the file for machines to come (their types, names, templates) follows from
   * here on; what runs is not touched. Asked again it does nothing new.
   */
  prepare(config: ClusterConfig, options?: { readonly signal?: AbortSignal }): Promise<void>;

  /**
   * Changes the cluster's status. A report is repeated until it resolves, and may come late: of a
   * version that is not wanted any more `failed` changes nothing, and after `done` the wanted one
   * is still to come.
   */
  report(update: UpdateReport, options?: { readonly signal?: AbortSignal }): Promise<void>;
}
