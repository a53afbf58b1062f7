import { JOB_SORT_KEYS } from "@sluice/api";

export type JobSort = (typeof JOB_SORT_KEYS)[number];

export interface Sorted {
  readonly sort: JobSort;
  readonly isDescending: boolean;
}

export const SORT_DEFAULTS = { sort: "submitTime", order: "descending" };

/** As the address has it; what is none of the server's keys is its usual order. */
export function sortedBy({
  sort,
  order,
}: {
  readonly sort: string;
  readonly order: string;
}): Sorted {
  const isKnown = (JOB_SORT_KEYS as readonly string[]).includes(sort);
  return isKnown
    ? { sort: sort as JobSort, isDescending: order !== "ascending" }
    : { sort: "submitTime", isDescending: true };
}
