/** Queues with events of buckets. */
export interface ObjectEvents {
  /** Names, as triggers use them. */
  readonly queues: readonly string[];
  /**
   * Messages of a queue, waiting for some up to 20 s; empty when there are none. A message that is
   * not acknowledged comes again.
   */
  receive(queue: string, signal: AbortSignal): Promise<readonly ObjectMessage[]>;
}

export interface ObjectMessage {
  /** Objects that are new; empty for a message about something else, which may be acknowledged. */
  readonly objects: readonly NewObject[];
  acknowledge(): Promise<void>;
}

export interface NewObject {
  readonly bucket: string;
  readonly key: string;
  /** What tells this content from the key's other ones. */
  readonly version: string;
  /** Bytes. */
  readonly size: number | undefined;
  readonly time: Date | undefined;
}
