import type { FileIndex } from "../../../objects.ts";

/** Reports that are kept beside the last one. */
const MOST_FORMER = 200;

/** What `former` is after another report. One that is repeated, because its answer was lost, is the same. */
export function formerReports(
  { update: last }: FileIndex,
  next: { readonly version: number; readonly status: string; readonly message: string },
): Pick<NonNullable<FileIndex["update"]>, "former"> {
  if (last === undefined) return {};
  const { version, status, message, at, former = [] } = last;
  const isRepeated = version === next.version && status === next.status && message === next.message;
  const all = isRepeated ? former : [...former, { version, status, message, at }];
  return all.length === 0 ? {} : { former: all.slice(-MOST_FORMER) };
}
