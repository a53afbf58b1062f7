/** The last transaction of one server in one domain: MariaDB's `domain-server-sequence`. */
export interface Gtid {
  readonly domain: number;
  readonly server: number;
  readonly sequence: bigint;
}

/** Of `@@gtid_binlog_state` and its like: a list with commas, or nothing. Throws for other texts. */
export function parseGtids(text: string): readonly Gtid[] {
  const words = text.split(",").filter((word) => word.trim() !== "");
  return words.map((word) => {
    const [, domain, server, sequence] = /^\s*(\d+)-(\d+)-(\d+)\s*$/.exec(word) ?? [];
    if (sequence === undefined) throw new Error(`no position of MariaDB's: ${word}`);
    return { domain: Number(domain), server: Number(server), sequence: BigInt(sequence) };
  });
}

/**
 * Whether all that stands at `position` is in the history that `state` ends, which has the last
 * transaction of each server. False also when that history does not reach back far enough to tell.
 */
export function isContained(position: string, state: string): boolean {
  const known = parseGtids(state);
  return parseGtids(position).every(({ domain, server, sequence }) =>
    known.some(
      (other) => other.domain === domain && other.server === server && other.sequence >= sequence,
    ),
  );
}

/** Whether `position` is at or behind what `least` says, in each domain of it. */
export function hasReached(position: string, least: string): boolean {
  const here = parseGtids(position);
  return parseGtids(least).every(({ domain, sequence }) =>
    here.some((other) => other.domain === domain && other.sequence >= sequence),
  );
}

/** How many transactions `position` is behind `other`, at least; 0 when it is not. */
export function missingOf(position: string, other: string): bigint {
  const here = parseGtids(position);
  return parseGtids(other).reduce((sum, { domain, sequence }) => {
    const own = here.find((gtid) => gtid.domain === domain)?.sequence ?? 0n;
    return sequence > own ? sum + sequence - own : sum;
  }, 0n);
}
