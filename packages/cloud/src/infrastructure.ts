import type { ClusterConfig } from "@sluice/model";
import type { Machine } from "./contract.ts";
import type { FileVersion, KeptFile } from "./files.ts";
import type { GatewayAccess } from "./gateway-access.ts";
import type { Images } from "./images.ts";
import type { JobApis } from "./job-apis.ts";
import type { LogStreams } from "./log-streams.ts";
import type { Registers } from "./registers.ts";
import type { Sites } from "./sites.ts";

/** ParallelCluster's words for the state of a cluster. */
export type ClusterStatus =
  | "CREATE_IN_PROGRESS"
  | "CREATE_COMPLETE"
  | "CREATE_FAILED"
  | "DELETE_IN_PROGRESS"
  | "DELETE_FAILED"
  | "UPDATE_IN_PROGRESS"
  | "UPDATE_COMPLETE"
  | "UPDATE_FAILED"
  | "STOPPED";

const IN_SERVICE: ReadonlySet<ClusterStatus> = new Set([
  "CREATE_COMPLETE",
  "UPDATE_IN_PROGRESS",
  "UPDATE_COMPLETE",
  "UPDATE_FAILED",
]);

/** The cluster is there and takes jobs, whatever became of its last update. */
export function isInService(status: ClusterStatus): boolean {
  return IN_SERVICE.has(status);
}

/** One step of long work, as it happens. `resource` is a noun: network, storage, image, head. */
export interface Progress {
  readonly time: Date;
  readonly resource: string;
  readonly status: "started" | "done" | "failed" | "info";
  readonly message: string;
}

export type OnProgress = (progress: Progress) => void;

/** What a head machine is to its cluster at the moment. */
export type HeadRole = "leading" | "standing-by" | "starting";

export interface HeadView {
  readonly machine: Machine;
  /** Empty where the cloud has none. */
  readonly zone: string;
  readonly role: HeadRole;
  /** As `Image.Os` has it; missing where it is not known, as of an image that somebody built. */
  readonly os?: string;
}

export interface ClusterRecord {
  readonly name: string;
  /** Unique over time: a deleted cluster's name may be used again, its id never. */
  readonly id: string;
  readonly provider: string;
  readonly status: ClusterStatus;
  readonly statusReason: string | undefined;
  readonly createdAt: Date;
  readonly updatedAt: Date;
  /** The cluster file that is in force, as it was given, and its number among all that were. */
  readonly configText: string;
  readonly fileVersion: number;
  /** The one that leads, where there are two; undefined also while a new one is being made. */
  readonly head: Machine | undefined;
  /** Every head machine there is; missing where the cloud does not tell. */
  readonly heads?: readonly HeadView[];
  /** Names of what the cloud holds for it, for people: bridge, folders, stack. */
  readonly resources: Readonly<Record<string, string>>;
}

export interface ApplyRequest {
  readonly name: string;
  readonly config: ClusterConfig;
  readonly configText: string;
  /** The site that it belongs to, whose network, keys and folders it has. */
  readonly site?: string;
}

export interface UpdateRequest extends ApplyRequest {
  /** The version in force that the update was planned for. */
  readonly replaces: number;
}

/** Gives a head another machine, of the request's file. */
export interface ReplaceHeadRequest extends UpdateRequest {
  /** Id of the machine that goes; one that is gone is no error. */
  readonly machine: string;
  /** When the new one does not come up, one like the former takes its place. */
  readonly isReversible: boolean;
}

export interface ApplyOptions {
  readonly onProgress: OnProgress;
  readonly signal: AbortSignal;
}

/** A document that a cloud would be given to make a cluster. */
export interface SynthesisedFile {
  /** Relative, such as `cluster.template.json`. */
  readonly path: string;
  readonly text: string;
}

/** What a cluster costs while it is as it is, in USD per hour by the price list. */
export interface CostItem {
  /** Such as `head node m7i.large`, `volume state 40 GB gp3`. */
  readonly what: string;
  /** Undefined: no price is known. */
  readonly usdPerHour: number | undefined;
}

/** The long-lived things of clusters: network, storage, the head. */
export interface Infrastructure {
  /**
   * What `apply` would make and whether it could, looked at and not touched. Throws what apply
   * would throw before its first effect: the name is taken, the network is in use, no rights.
   */
  plan(request: ApplyRequest): Promise<{ readonly steps: readonly string[] }>;

  /**
   * Makes everything up to a head that reported itself ready. On failure or abort what was made is
   * taken down again; when even that fails the record stays, in CREATE_FAILED, for `destroy`. With
   * `keepOnFailure` a failure, but no abort, leaves it so.
   */
  apply(
    request: ApplyRequest,
    options: ApplyOptions & { readonly keepOnFailure?: boolean },
  ): Promise<ClusterRecord>;

  /** What `apply` would give the cloud, made without asking it; missing where there is no such thing. */
  synthesise?(request: ApplyRequest): Promise<readonly SynthesisedFile[]>;

  /**
   * Keeps the file as the cluster's next version, and makes what the cloud itself has to have for
   * it. The head finds it there and puts it in force, whether or not anybody waits for that: the
   * cluster is UPDATE_IN_PROGRESS until the head reports. Resolves when the version is durable.
   *
   * A second one is refused with `CLUSTER_BUSY`, unless its file is the one in force: that calls
   * the first one off. `UPDATE_VERSION_CONFLICT`: another version than `replaces` is in force.
   */
  update(request: UpdateRequest, options: ApplyOptions): Promise<FileVersion>;

  /** Every version that the cluster was given, oldest first. */
  files(name: string): Promise<readonly KeptFile[]>;

  /**
   * Removes everything; what never existed is fine. `retainAccounting` keeps the accounting
   * database, `retainStorage` also every file system and volume that the cluster's file made;
   * what the file itself says is to be retained is, in any case.
   */
  destroy(
    name: string,
    options: ApplyOptions & {
      readonly retainAccounting: boolean;
      readonly retainStorage?: boolean;
    },
  ): Promise<{ readonly kept: readonly string[] }>;

  /** Head machine off; storage stays. The compute fleet must be stopped first. */
  stopHead(name: string, options: ApplyOptions): Promise<void>;
  /** Head machine on again, from the state that outlived it; resolves when it is ready. */
  startHead(name: string, options: ApplyOptions): Promise<void>;

  /**
   * Everything of the cluster off at once, head and machines, and nothing made anew before
   * `startHead`: it is STOPPED then. Storage stays. Repeatable. Missing: the cloud has no such.
   *
   * @returns `unsure` when something of it may still run, such as in a zone that does not answer.
   */
  fence?(name: string): Promise<"off" | "unsure">;
  /** The cluster's own, as `HeadCloud.registers` has them; missing: the cloud keeps none. */
  registers?(name: string): Registers;

  /**
   * Makes a head machine anew, from the state that outlives it, by another file than the one in force:
   * type, zone and system of the machine may be others. Which file is in force stays as it is; heads
   * that are made until another one is are made the same way. Resolves when each head is up.
   * Missing: the cloud can't.
   *
   * Errors: `CLUSTER_WRONG_STATE`, `CLUSTER_BUSY`, `UPDATE_VERSION_CONFLICT`, with nothing changed;
   * `HEAD_REPLACE_FAILED`, with a machine as before; else those of `startHead`.
   */
  replaceHead?(request: ReplaceHeadRequest, options: ApplyOptions): Promise<void>;

  /** Undefined when there is no such cluster. */
  describe(name: string): Promise<ClusterRecord | undefined>;
  list(): Promise<readonly ClusterRecord[]>;
  /** Oldest first. */
  events(name: string): Promise<readonly Progress[]>;
  /**
   * Every machine of the cluster, the head included. A compute machine of which the cloud can't tell
   * what node it is has its id as `node`.
   */
  machines(name: string): Promise<readonly Machine[]>;
  /** What the long-lived things and the machines of the cluster cost now; missing: nothing does. */
  cost?(name: string): Promise<readonly CostItem[]>;
}

export interface ExecRequest {
  readonly argv: readonly string[];
  /** Unix user on the head; the command runs with that user's groups and home. */
  readonly user: string;
  readonly cwd?: string;
  readonly env?: Readonly<Record<string, string>>;
}

export interface ExecResult {
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;
}

export interface PipeStreams {
  /** What the command reads; nothing when it is missing. */
  readonly input?: AsyncIterable<Uint8Array>;
  /** Gets what the command writes; the command waits for it. */
  readonly output: (content: AsyncIterable<Uint8Array>) => Promise<void>;
  /** Ends the command. */
  readonly signal?: AbortSignal;
}

export interface PipeResult {
  readonly exitCode: number;
  /** The end of what it said on standard error. */
  readonly stderr: string;
}

/** Running commands on a cluster's head, by whatever way the cloud has. */
export interface HeadShell {
  /** Collects output; resolves also for a non-zero exit. */
  exec(
    cluster: string,
    request: ExecRequest,
    options?: { readonly signal?: AbortSignal },
  ): Promise<ExecResult>;
  /** Lends the caller's own terminal or pipes to the command; resolves to its exit code. */
  attach(cluster: string, request: ExecRequest): Promise<number>;
  /**
   * Runs a command with bytes that the caller gives and takes, of any number; the caller's terminal
   * has no part in it. Missing: the cloud has no way for that.
   */
  pipe?(cluster: string, request: ExecRequest, streams: PipeStreams): Promise<PipeResult>;
  /**
   * Set where `attach` may need a program that not everybody has, or shows what a command prints only
   * when it has ended: what has no end is then looked at again and again.
   */
  readonly isOneShot?: boolean;
}

/** One cloud, as the host side (command line, server) sees it. */
export interface Cloud extends AsyncDisposable {
  readonly provider: string;
  readonly infrastructure: Infrastructure;
  readonly shell: HeadShell;
  /** Console output of a machine since it was switched on, newest `lines` lines. */
  consoleOutput(cluster: string, machineId: string, lines: number): Promise<string>;
  /**
   * How a server comes in by the head's gateway; undefined when the cluster has no head that runs
   * one. Missing: this cloud has no way for servers.
   */
  gateway?(cluster: string): Promise<GatewayAccess | undefined>;
  readonly images?: Images;
  /** Slurm's REST API as a service of the cloud; missing: the cloud has no such. */
  readonly jobApis?: JobApis;
  /** Missing: the cloud has no sites. */
  readonly sites?: Sites;
  /** What `LogSink` kept, of clusters that are there and that are gone; missing: nothing is. */
  readonly logs?: LogStreams;
}
