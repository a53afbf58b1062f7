/** Whole seconds, both of them included. */
export interface Span {
  readonly since: Date;
  readonly until: Date;
}

const SECOND = 1000;
const FIRST = 3600 * SECOND;
const LONGEST = 7 * 24 * 3600 * SECOND;
/** A span with more jobs is followed by a shorter one. */
const MANY_JOBS = 5000;
const FEW_JOBS = 1000;

/**
 * The part of a time that is asked about next, so short that its jobs fit memory; undefined after the
 * last.
 */
export function nextSpan(
  before: (Span & { readonly jobs: number }) | undefined,
  from: Date,
  to: Date,
): Span | undefined {
  const since = before === undefined ? from.getTime() : before.until.getTime() + SECOND;
  if (since > to.getTime()) return undefined;
  const until = Math.min(since + lengthAfter(before) - SECOND, to.getTime());
  return { since: new Date(since), until: new Date(until) };
}

function lengthAfter(before: (Span & { readonly jobs: number }) | undefined): number {
  if (before === undefined) return FIRST;
  const length = before.until.getTime() - before.since.getTime() + SECOND;
  if (before.jobs > MANY_JOBS) return Math.max(SECOND, Math.floor(length / 2 / SECOND) * SECOND);
  return before.jobs < FEW_JOBS ? Math.min(length * 2, LONGEST) : length;
}
