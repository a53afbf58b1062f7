/** Objects of a bucket whose keys begin alike, by what follows that. */
export interface ObjectFolder {
  /** For people, without credentials: `s3://bucket/prefix`. */
  readonly place: string;

  /** Bytes by name, of those whose names begin so. Objects that are being written are not among them. */
  list(begin: string): Promise<ReadonlyMap<string, number>>;

  /** Rejects when there is none of that name, and when it becomes another one meanwhile. */
  read(name: string): AsyncIterable<Uint8Array>;

  /**
   * Writes one that is not there, in pieces as they come: memory holds one or two. It is there as a
   * whole when this resolves; when it rejects, also with what `content` throws, nothing is.
   *
   * Errors: `OBJECT_EXISTS`, and what the cloud says.
   */
  write(name: string, content: AsyncIterable<Uint8Array>): Promise<void>;

  /** Those that are gone are fine. */
  remove(names: readonly string[]): Promise<void>;
}

/** Places in buckets that a head reaches by its own rights. */
export interface HeadObjects {
  /** Where backups of its cluster go when its file does not say: it outlives cluster and volume. */
  readonly backups: string;
  /** @param place `s3://bucket/prefix`. */
  open(place: string): ObjectFolder;
}
