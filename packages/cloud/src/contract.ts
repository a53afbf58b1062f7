import type { MachineType } from "@sluice/model";
import type { CloudError } from "./errors.ts";
import type { ClusterFiles } from "./files.ts";
import type { GuestAccess } from "./guest-access.ts";
import type { Leadership } from "./leadership.ts";
import type { HeadObjects } from "./object-folder.ts";
import type { Registers } from "./registers.ts";
import type { SignSink } from "./signs.ts";

/**
 * How a machine is paid for. `reserved`: out of a capacity reservation that the pool names, paid for
 * whether it is used or not. `block`: reserved for a time that begins and ends.
 */
export type Market = "on-demand" | "spot" | "reserved" | "block";

/** What is asked of a cloud: a kind of machine, in a zone, in a market. */
export interface OfferingKey {
  readonly instanceType: string;
  readonly zone: string;
  readonly market: Market;
}

/**
 * One row of a cloud's menu for a pool. Every row is always there: what cannot be had at the
 * moment is data on the row, never a missing row.
 */
export interface Offering extends OfferingKey {
  readonly machineType: MachineType;
  /** USD per hour; undefined when unknown. */
  readonly price: number | undefined;
  readonly unavailable?: { readonly until: Date; readonly reason: string };
  /** Machines can be launched in this time only: `from` inclusive, `until` exclusive. */
  readonly window?: { readonly from: Date; readonly until: Date };
  /**
   * Name of the account's limit that these machines count against, as people will find it in the
   * cloud's own console. When the cloud says `QuotaExceeded`, every offering of the same quota is
   * left alone. Missing: the offering has a limit of its own, or none that is known.
   */
  readonly quota?: string;
}

/** The compute resource a machine is for; names are unique in a cluster as a pair. */
export interface PoolKey {
  readonly queue: string;
  readonly computeResource: string;
}

export interface Pool extends PoolKey {
  /** In the order of the cluster file. */
  readonly instanceTypes: readonly string[];
  /** The one to ask first, then what to fall back on. */
  readonly markets: readonly Market[];
  /** Within a market: by price, cheapest first, or in the order of `instanceTypes`. */
  readonly order: "price" | "file";
  /** All the machines of a job close together: one offering, one call, one placement group. */
  readonly placement: boolean;
  /**
   * `cloud`: any offering of the market that is asked is as good, and the cloud, which knows what it
   * has most of, chooses. Missing: the first of the order that can be had.
   */
  readonly choice?: "cloud";
  /** The most to pay for a spot machine, in USD per hour; missing: the cloud's own limit. */
  readonly maxSpotPrice?: number;
  /** What `reserved` machines come out of: a reservation's id, or a group of reservations. */
  readonly reservation?: { readonly id?: string; readonly group?: string };
}

/** `site`: of a site, not of a cluster; it runs what all its clusters share. */
export type MachineRole = "head" | "login" | "compute" | "site";

export interface LaunchRequest {
  /**
   * The idempotency token. Asking again with a token that was accepted returns the same machine,
   * also after the asker or the cloud's service died in between; a token is never reused for
   * another machine.
   */
  readonly token: string;
  /** Host name of the machine, which is also its Slurm node name. */
  readonly node: string;
  readonly pool: PoolKey;
  readonly offering: OfferingKey;
  /**
   * Others of the pool, in the same market, that are wanted as much. A cloud that knows what it has
   * most of may give one of them instead; `Machine.offering` says which it became.
   */
  readonly alternatives?: readonly OfferingKey[];
  /** cloud-init user data, exactly as the machine will get it. */
  readonly userData: string;
  readonly tags: Readonly<Record<string, string>>;
}

/**
 * ```
 *   pending ──▶ running ──▶ stopping ──▶ gone
 *      ▲           │ Standby.stop
 *      └─ stopped ◀┘
 * ```
 *
 * `pending`: accepted, may not run yet. `running`: switched on (says nothing about Slurm).
 * `stopping`: going away for ever. `stopped`: switched off with its disk kept, see `Standby`.
 * `gone`: a fact, which a cloud goes on listing for some minutes at least. A machine that is not
 * listed at all may be gone, or the list may be older than the machine, or lie.
 */
export type MachineState = "pending" | "running" | "stopping" | "stopped" | "gone";

export interface Machine {
  readonly id: string;
  readonly token: string;
  readonly role: MachineRole;
  readonly node: string;
  /** Undefined for heads and login nodes. */
  readonly pool: PoolKey | undefined;
  readonly offering: OfferingKey;
  readonly state: MachineState;
  /** IPv4 on the cluster's network, once known. */
  readonly address: string | undefined;
  /** IPv4 by which the world reaches it; missing where it does not. */
  readonly publicAddress?: string;
  readonly launchedAt: Date;
  readonly tags: Readonly<Record<string, string>>;
}

export type LaunchOutcome =
  | { readonly ok: true; readonly machine: Machine }
  | {
      readonly ok: false;
      readonly error: CloudError;
      /** All offerings that the error is about, where it is not the one of the request alone. */
      readonly refused?: readonly OfferingKey[];
    };

export type TerminateOutcome =
  | { readonly ok: true }
  | { readonly ok: false; readonly error: CloudError };

export interface LaunchOptions {
  /** All of them or none: when one cannot be had, none is kept and every outcome is an error. */
  readonly atomic: boolean;
  readonly signal?: AbortSignal;
}

/** A notice that a machine will be taken away. */
export interface Interruption {
  readonly machineId: string;
  readonly kind: "spot" | "maintenance";
  /** When the machine goes, if the cloud said. */
  readonly deadline: Date | undefined;
}

/** The compute machines of one cluster. */
export interface Machines {
  /**
   * Asks for machines. One outcome per request, in order; it rejects only when the cloud could not
   * be reached or `signal` fired, and then any of the requests may have been accepted: ask again
   * with the same tokens, or find out by `list`.
   */
  launch(
    requests: readonly LaunchRequest[],
    options: LaunchOptions,
  ): Promise<readonly LaunchOutcome[]>;

  /**
   * Asks for machines to be taken away. Resolves when that was accepted, in order; `NotFound` means
   * that the machine is gone already. Callers repeat until the machine is no longer listed.
   */
  terminate(
    ids: readonly string[],
    options?: { readonly signal?: AbortSignal },
  ): Promise<readonly TerminateOutcome[]>;

  /**
   * Every compute machine with this cluster's tag, whoever asked for it: the truth for repair. May
   * lag behind, as the lists of real clouds do; only a machine that is listed as `gone` surely is.
   */
  list(options?: { readonly signal?: AbortSignal }): Promise<readonly Machine[]>;

  /**
   * Begins with the notices that are in force already; a notice may come more than once. Ends when
   * `signal` fires, with an iterator that returns, not throws. A cloud without notices gives a
   * stream that stays silent.
   */
  interruptions(signal: AbortSignal): AsyncIterable<Interruption>;

  /**
   * Something about this cluster's machines may have changed (one appeared, died or went away).
   * A hint to look, never the news itself; silent in clouds that cannot say.
   */
  changes(signal: AbortSignal): AsyncIterable<void>;
}

/**
 * Machines that are switched off and on again instead of being made anew: they cost their disks
 * and are back in a fraction of a boot. A stopped machine keeps its id, token, node and address.
 */
export interface Standby {
  /** Only of machines that are `running`. Resolves on acceptance, in order; NotFound: gone. */
  stop(
    ids: readonly string[],
    options?: { readonly signal?: AbortSignal },
  ): Promise<readonly TerminateOutcome[]>;
  /**
   * Only of machines that are `stopped`. Resolves on acceptance, in order; errors are those of a
   * launch: there may be no capacity to start a machine that was stopped.
   */
  start(
    ids: readonly string[],
    options?: { readonly signal?: AbortSignal },
  ): Promise<readonly TerminateOutcome[]>;
}

/** What machines say while they boot. */
export interface Consoles {
  /**
   * The end of a machine's console, at most 64 KiB; empty when there is none yet. Works until the
   * machine is gone.
   *
   * @throws CloudError `NotFound`
   */
  read(machineId: string, options?: { readonly signal?: AbortSignal }): Promise<string>;
}

export interface Catalogue {
  /**
   * Every (type, zone, market) that the pool may use, in the order of its instance types. A type
   * that is not to be had in a market, ever, has no row for it.
   */
  offerings(pool: Pool, options?: { readonly signal?: AbortSignal }): Promise<readonly Offering[]>;
}

/** Proves to the head which machine is calling. */
export interface Identity {
  /**
   * @param proof what the machine sent, straight from `GuestAccess.identityCommand`.
   * @param from the other end of the connection that it came by.
   * @returns the machine, or undefined when the proof is not one of this cluster's machines.
   */
  verify(
    proof: string,
    from: { readonly address: string; readonly port: number },
    options?: { readonly signal?: AbortSignal },
  ): Promise<Machine | undefined>;
}

/** How a head tells whoever made it that it is ready, or why it will not be. */
export interface HeadSignal {
  /** `ready` ends a creation, `failed` makes it fail; `standing-by`: a second head could take over. */
  report(status: "progress" | "ready" | "standing-by" | "failed", message: string): Promise<void>;
}

/** What a cluster's services share a key or a password for. */
export type SecretName = "munge" | "jwt" | "database" | "directory" | "gateway";

/** Secrets that the cloud keeps for the cluster, where it has a place for them. */
export interface Secrets {
  /**
   * Undefined when the cloud has none of that name: then the head makes one and keeps it. That of
   * `directory`, the password for asking the directory service, can't be made.
   */
  read(
    name: SecretName,
    options?: { readonly signal?: AbortSignal },
  ): Promise<Uint8Array | undefined>;
}

/** A disk of the cluster that is on this head machine now. */
export interface HeadDisk {
  readonly id: string;
  /** Path of the block device. */
  readonly device: string;
  /** Where it belongs; `HEAD_LAYOUT.volume` for the one that holds the head's state. */
  readonly mountPoint: string;
}

/** The disks that outlive head machines, where those do not simply have them. */
export interface HeadDisks {
  /**
   * Takes every disk of the cluster over for this machine, from a former head if need be, and waits
   * for their devices. Repeatable. What is on them is the caller's business: they may be empty.
   *
   * @param options.only those with this mount point.
   */
  attach(options?: {
    readonly only?: string;
    readonly signal?: AbortSignal;
  }): Promise<readonly HeadDisk[]>;
  /** Disks that this machine still has, and the cluster's file no more. */
  leaving(options?: { readonly signal?: AbortSignal }): Promise<readonly HeadDisk[]>;
  /** Gives back such a disk, which nothing uses any more. That it is gone already is no error. */
  detach(id: string, options?: { readonly signal?: AbortSignal }): Promise<void>;
}

/** Lines of one source, as `LogSink` keeps them. */
export interface LogLine {
  readonly time: Date;
  readonly text: string;
}

/** What machines heard of their own end and told the head, for clouds where they hear it first. */
export interface NoticeDesk {
  /** `Machines.interruptions` tells it from here on; that it was told before is no matter. */
  tell(notice: Interruption): void;
}

/** Where a head's logs, and what machines told it, are kept beyond its own life. */
export interface LogSink {
  /** @param stream such as `head/slurmctld`, or `q-dy-c-1/boot`. Rejects when nothing was kept. */
  append(
    stream: string,
    lines: readonly LogLine[],
    options?: { readonly signal?: AbortSignal },
  ): Promise<void>;
}

/** What the head daemon holds of a cloud: it reaches the machines of its own cluster only. */
export interface HeadCloud extends AsyncDisposable {
  readonly machines: Machines;
  readonly catalogue: Catalogue;
  readonly consoles: Consoles;
  /** Missing where machines can't be stopped and started. */
  readonly standby?: Standby;
  readonly identity: Identity;
  readonly signal: HeadSignal;
  readonly files: ClusterFiles;
  readonly secrets?: Secrets;
  /** Missing where the cluster has one head only. */
  readonly leadership?: Leadership;
  /** Of the cluster, also of one head. */
  readonly registers?: Registers;
  /** Missing where the head reaches no buckets. */
  readonly objects?: HeadObjects;
  readonly disks?: HeadDisks;
  readonly logs?: LogSink;
  /** Missing where nobody watches. */
  readonly signs?: SignSink;
  /** Missing where machines hear nothing that the head does not. */
  readonly notices?: NoticeDesk;
  /** The server that the cloud made for accounting; its password is the secret `database`. */
  readonly database?: {
    readonly host: string;
    readonly port: number;
    readonly user: string;
    readonly name: string;
  };
  readonly guest: GuestAccess;
  readonly slurm: SlurmTraits;
}

/** slurm.conf, cgroup.conf and timing facts that depend on the machines and not on the file. */
export interface SlurmTraits {
  readonly slurmConf: Readonly<Record<string, string>>;
  readonly cgroupConf: Readonly<Record<string, string>>;
  /** Seconds that a machine needs at most to be gone after it was asked to. */
  readonly suspendTimeout: number;
}
