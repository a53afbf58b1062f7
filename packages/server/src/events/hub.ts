/** Something that changed, for whoever may see it. */
export interface SiteEvent {
  /** `cluster`, `job`, `node`, `run`, `trigger`, `file`, `operation`. */
  readonly topic: string;
  /** Short verb: `created`, `changed`, `deleted`, `progress`. */
  readonly kind: string;
  readonly cluster?: string;
  /** Only this Unix user and operators of the cluster see it; missing: everybody on the cluster. */
  readonly unixUser?: string;
  /** Slurm's account, for those whose role is held there. */
  readonly account?: string;
  /** Small; what a view of the thing would have. */
  readonly data: unknown;
  /** Of what every server sees for itself: told by several of them it is one event. */
  readonly sighting?: Sighting;
}

/** What was seen of something that changes. */
export interface Sighting {
  /** Of what, in the whole site. */
  readonly subject: string;
  /** How it is; the same text, and nothing changed. */
  readonly version: string;
  /** Never goes back for a subject: what is seen late with a lower one is not told. */
  readonly order: number;
}

export interface PublishedEvent extends SiteEvent {
  /** Where a stream goes on that is interrupted after it. */
  readonly id: string;
  readonly time: Date;
}

/** Who publishes is not told who listens, and is never held up. */
export interface EventHub {
  publish(event: SiteEvent): void;
  /** From now on, or from after `since` where that is still remembered; ends with the signal. */
  subscribe(options: {
    readonly since?: string;
    readonly wants: (event: PublishedEvent) => boolean;
    readonly listener: (event: PublishedEvent) => void;
    readonly signal: AbortSignal;
    /** Told at once when `since` is not remembered: what was seen before may be old. */
    readonly onLost?: () => void;
  }): void;
  /** Of the last event that was published, for whoever begins to listen after what it has read. */
  lastId(): string;
  /** How many subscriptions there are. */
  listeners(): number;
}
