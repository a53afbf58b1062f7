import type { ClusterStatus, FileState, Interruption, MachineRole, Market } from "@sluice/cloud";

/** A cluster as the local cloud remembers it. */
export interface ClusterRow {
  readonly name: string;
  readonly id: string;
  readonly status: ClusterStatus;
  readonly reason: string | null;
  readonly createdAt: string;
  readonly updatedAt: string;
  /** The cluster file in force, and its number. */
  readonly configText: string;
  readonly fileVersion: number;
  /** The same as `fileVersion` when no update is under way. */
  readonly wantedVersion: number;
  /** JSON of the stage that the head runs with on the way to the wanted file. */
  readonly stage: string | null;
  /** JSON of what the file in force was read as, for a service that reads it more strictly. */
  readonly config: string | null;
  readonly headUserData: string;
  /** Of its own, or its site's. */
  readonly network: string;
  readonly bridge: string;
  readonly imageRoot: string;
  readonly bundle: string;
  /** The site that it belongs to, and its part of that one's network; null: none, all of its own. */
  readonly site: string | null;
  readonly range: string | null;
  /** JSON of `NextHead` while heads are made anew from another file than the one in force. */
  readonly nextHead: string | null;
}

/** What head machines are made from that are made from now on. */
export interface NextHead {
  readonly configText: string;
  readonly headUserData: string;
  readonly imageRoot: string;
}

/**
 * A machine as the local cloud remembers it.
 *
 *     pending ──start──▶ running ──terminate──▶ stopping ──exit──▶ gone
 *      ▲ └────────────────────┼────────exit (died by itself)────────▲
 *      │                      └──stop──▶ halting ──exit──▶ stopped ─┘ terminate
 *      └──────────────────────────start──────────────────────┘
 *
 * `pending` is written before anything is done, so a service that died is asked for nothing twice:
 * its successor starts what is pending. `halting` is on its way to `stopped`, where only the disk is
 * left. `gone` rows stay for their tokens, which are never reused.
 */
export interface MachineRow {
  readonly id: string;
  readonly cluster: string;
  readonly token: string;
  readonly role: MachineRole;
  readonly node: string;
  readonly queue: string | null;
  readonly computeResource: string | null;
  readonly instanceType: string;
  readonly zone: string;
  readonly market: Market;
  readonly state: "pending" | "running" | "halting" | "stopped" | "stopping" | "gone";
  readonly address: string;
  readonly launchedAt: string;
  readonly tags: string;
  /** What the machine proves its identity with; known to root in the machine only. */
  readonly proof: string;
  readonly pid: number | null;
  readonly startTicks: number | null;
  readonly goneAt: string | null;
  /** Root of its image; null: an earlier service made it, from that of its cluster. */
  readonly image: string | null;
}

/** A cluster file that was given, with the user data of heads that begin with it. */
export interface FileRow {
  readonly cluster: string;
  readonly version: number;
  readonly givenAt: string;
  readonly state: FileState;
  readonly text: string;
  readonly headUserData: string;
}

/** A notice that is in force: one of a kind for a machine. */
export interface NoticeRow {
  readonly machineId: string;
  readonly cluster: string;
  readonly kind: Interruption["kind"];
  /** When the machine is taken away; null when that was not said. */
  readonly deadline: string | null;
}
