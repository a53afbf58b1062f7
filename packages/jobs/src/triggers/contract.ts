import type { ObjectEvents } from "@sluice/cloud";
import type { Database, OccurrenceState, TriggerState } from "@sluice/database";
import type { UserWorker } from "@sluice/gateway";
import type { Clock } from "@sluice/model";
import type { TriggerSource } from "./source.ts";

/** JSON that an event brings: what `{{event.…}}` reads. */
export type EventData = Readonly<Record<string, unknown>>;

export interface Trigger {
  readonly id: string;
  readonly name: string;
  readonly ownerId: string;
  readonly cluster: string;
  readonly application: string;
  /** Undefined: the one that is published when it happens. */
  readonly applicationVersion: number | undefined;
  /** By field; texts may have places such as `{{event.path}}`. */
  readonly values: EventData;
  readonly source: TriggerSource;
  readonly state: TriggerState;
  readonly stateReason: string;
  /** Attempts after the first. */
  readonly retries: number;
  /** Most submissions in a minute; what is beyond waits. */
  readonly perMinute: number;
  /** Days for which its history is kept. */
  readonly keepDays: number;
  readonly secretGeneration: number;
  readonly createdAt: Date;
  readonly changedAt: Date;
}

/**
 * One event of a trigger. It is written down before whoever told of it is answered, and an event of
 * the same identity is the same occurrence, however often it is told.
 *
 *   received ─▶ submitting ─▶ submitted
 *                │      ▲
 *                ▼      │
 *              retrying ┘ ─▶ dead      ignored: there before the trigger was
 */
export interface Occurrence {
  readonly id: string;
  readonly triggerId: string;
  readonly identity: string;
  readonly event: EventData;
  readonly state: OccurrenceState;
  readonly attempts: number;
  readonly runId: string | undefined;
  readonly jobId: number | undefined;
  readonly error: OccurrenceError | undefined;
  readonly replayOf: string | undefined;
  readonly receivedAt: Date;
  readonly endedAt: Date | undefined;
}

export interface OccurrenceError {
  readonly code: string;
  readonly message: string;
  readonly hint?: string;
}

/** What happened, as a source tells it. */
export interface Happening {
  /** What makes it itself: the same text is the same event. */
  readonly identity: string;
  readonly event: EventData;
}

export interface TriggerParts {
  readonly database: Database;
  readonly clock: Clock;
  readonly random: { id(): string };
  /**
   * Makes a run of an application as the trigger's owner and submits it. The same key is the same
   * run, whoever asks again after a crash. Errors of source `user` are for good, others are tried
   * again.
   */
  readonly startRun: (request: RunRequest) => Promise<StartedRun>;
  /** Why the owner's triggers may not run now, for people; undefined: they may. */
  readonly hindrance: (trigger: Trigger) => Promise<string | undefined>;
  /** On a cluster, as the owner. */
  readonly worker: (trigger: Trigger) => Promise<UserWorker>;
  /** Missing: there are no queues with events of buckets. */
  readonly objectEvents?: ObjectEvents;
  /** Of the site, for secrets of web-hooks; 32 bytes. */
  readonly siteKey: Uint8Array;
  /** A trigger or an occurrence is another than it was. */
  readonly told?: (news: TriggerNews) => void;
  readonly log?: { warn(about: object, message: string): void };
}

export interface RunRequest {
  readonly ownerId: string;
  readonly cluster: string;
  readonly application: string;
  readonly version: number | undefined;
  readonly values: EventData;
  readonly name: string;
  readonly idempotencyKey: string;
}

export interface StartedRun {
  readonly runId: string;
  readonly jobId: number | undefined;
}

export interface TriggerNews {
  readonly triggerId: string;
  readonly ownerId: string;
  readonly cluster: string;
  readonly kind: "state" | "occurrence";
  readonly state: TriggerState | OccurrenceState;
  readonly occurrenceId?: string;
}
