import type { SiteFacts } from "@sluice/model";
import type { HeadSignal, LogSink, Machine } from "./contract.ts";
import type {
  ApplyOptions,
  Cloud,
  ClusterStatus,
  ExecResult,
  PipeResult,
  PipeStreams,
  Progress,
} from "./infrastructure.ts";
import type { Leadership } from "./leadership.ts";
import type { Registers } from "./registers.ts";

/** What a machine of a site holds of its cloud. */
export interface SiteMachineCloud extends AsyncDisposable {
  /** Of the site's database; missing where the cloud has that itself. */
  readonly leadership?: Leadership;
  readonly signal: HeadSignal;
  /** Where logs of machines are kept beyond their lives; missing where nobody does. */
  readonly logs?: LogSink;
  /** For backups that a site makes of itself; missing: not on this cloud. */
  readonly backups?: SiteMachineBackups;
}

/** What a machine that backs its site up asks its cloud for. */
export interface SiteMachineBackups {
  /**
   * `Sites.secrets` as JSON under age, for those whom the site's backups are for: those of its file, or
   * its own key, which no machine has.
   */
  sealedSecrets(): Promise<{ readonly recipients: readonly string[]; readonly sealed: string }>;
  /** Among the events of the site. */
  tell(status: "info" | "failed", message: string): Promise<void>;
  /** The site and its clusters, as a server of it sees them. */
  openCloud(): Promise<Cloud>;
  readonly registers: Registers;
}

/** `up`: as it should be. `failed`: without power. `cut`: alive, and reached by nobody outside. */
export type ZoneState = "up" | "failed" | "cut";

export interface SiteZone {
  readonly name: string;
  readonly state: ZoneState;
}

export interface SiteMachine extends Machine {
  /** Whether it has said that all that it is for runs. */
  readonly isReady: boolean;
  /** What it booted, as `Servers.Os` has it; missing where that is not known. */
  readonly os?: string;
}

export interface SiteRecord {
  readonly name: string;
  /** Unique over time. */
  readonly id: string;
  readonly provider: string;
  readonly status: ClusterStatus;
  readonly statusReason: string | undefined;
  readonly createdAt: Date;
  readonly updatedAt: Date;
  /** The site file that is in force, with the files of its clusters, as they were given. */
  readonly text: string;
  readonly clusters: Readonly<Record<string, string>>;
  /** What it was given as `SiteRequest.serverText`. */
  readonly serverText?: string;
  readonly zones: readonly SiteZone[];
  /** Those that have the database and the servers. */
  readonly machines: readonly SiteMachine[];
  /** Where people reach the servers; undefined while there is none. */
  readonly url: string | undefined;
  /** What the files of its clusters need to know of it. */
  readonly facts: SiteFacts;
  /** Names of what the cloud holds for it, for people. */
  readonly resources: Readonly<Record<string, string>>;
}

/** Where the first administrator is made; it is gone once there is one. */
export interface FirstLink {
  readonly url: string;
}

export interface SiteRequest {
  readonly name: string;
  /** The site file, and those of its clusters by the clusters' names. */
  readonly text: string;
  readonly clusters: Readonly<Record<string, string>>;
  /** What `Servers.File` names, of the servers' own file. */
  readonly serverText?: string;
  /** What a site that is made anew has instead of secrets of its own; not looked at for others. */
  readonly secrets?: SiteSecrets;
}

/** What a cloud keeps for a site and shows nobody else: base64 by names of the cloud's own. */
export type SiteSecrets = Readonly<Record<string, string>>;

/**
 * What the clusters of a site have in common: network and zones, storage, secrets, machines with the
 * database and the servers, the balancer before those. The clusters themselves are `Infrastructure`'s,
 * which is given the site's name.
 */
export interface Sites {
  /** Throws what `apply` would before its first effect, and changes nothing. */
  plan(request: SiteRequest): Promise<{ readonly steps: readonly string[] }>;
  /**
   * Makes all of it, up to servers that take requests, or changes what is there to what the request
   * says. On failure or abort what was made is taken down again; what was there before stays.
   */
  apply(request: SiteRequest, options: ApplyOptions): Promise<SiteRecord>;
  /** What never existed is fine. Throws `SITE_HAS_CLUSTERS`. */
  destroy(
    name: string,
    options: ApplyOptions & { readonly retainStorage: boolean },
  ): Promise<{ readonly kept: readonly string[] }>;
  describe(name: string): Promise<SiteRecord | undefined>;
  list(): Promise<readonly SiteRecord[]>;
  /** Oldest first. */
  events(name: string): Promise<readonly Progress[]>;
  /**
   * Makes one of the site's machines anew, by its name, from the file in force, with the volume that
   * it had. Resolves when it is ready. What it led another one leads, if there is one that may.
   * Missing: the cloud can't.
   *
   * Errors: `SITE_NOT_FOUND`, `SITE_BUSY`, `SITE_MACHINE_FAILED`, `SITE_MACHINE_TIMEOUT`; the cloud goes
   * on trying to make it.
   */
  replaceMachine?(site: string, machine: string, options: ApplyOptions): Promise<void>;
  /** Undefined when there is an administrator, or no server yet. A secret. */
  firstLink(name: string): Promise<FirstLink | undefined>;
  /** Runs a command as root on one of the site's machines, by its name. */
  exec(
    site: string,
    machine: string,
    argv: readonly string[],
    options?: { readonly signal?: AbortSignal },
  ): Promise<ExecResult>;
  /** As `HeadShell.pipe`, as root on one of the site's machines. Missing: there is no way for that. */
  pipe?(
    site: string,
    machine: string,
    argv: readonly string[],
    streams: PipeStreams,
  ): Promise<PipeResult>;
  /** All that `SiteRequest.secrets` takes. Missing: the cloud gives none away. */
  secrets?(site: string): Promise<SiteSecrets>;
  /**
   * Keeps one more secret with the site's, unless there is one of that name.
   *
   * @returns the one that is there then.
   */
  keepSecret?(site: string, name: string, content: string): Promise<string>;
}
