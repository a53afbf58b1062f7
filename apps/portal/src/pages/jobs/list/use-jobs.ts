import { type JobsPage, ROUTES } from "@sluice/api";
import { useQueryClient } from "@tanstack/react-query";
import { useCallback, useEffect, useMemo, useState } from "react";
import { useAddress } from "../../../frame/address.ts";
import { readKey, useRead } from "../../../frame/queries.ts";
import { server } from "../../../frame/server.ts";
import { useMay } from "../../../frame/session.tsx";
import { type TableSettings, useTableSettings } from "../../../frame/table-settings.tsx";
import { useNow } from "../../../frame/when.tsx";
import { jobColumns } from "./columns.tsx";
import { FILTER_DEFAULTS, type Filters, isFiltered, type JobsQuery, queryOf } from "./filters.ts";
import { type Pages, usePages } from "./page-of.ts";
import { SORT_DEFAULTS, type Sorted, sortedBy } from "./sort.ts";

/** Milliseconds that a page has to stay before the next is fetched. */
const QUIET = 600;

export interface Jobs {
  readonly data: JobsPage | undefined;
  readonly error: Error | null;
  /** What is shown is of the question before. */
  readonly isPrevious: boolean;
  readonly again: () => void;
  readonly query: JobsQuery;
  readonly filters: Filters;
  readonly isFiltered: boolean;
  readonly setFilters: (change: Partial<Filters>) => void;
  readonly sorted: Sorted;
  readonly setSorted: (sorted: Sorted) => void;
  readonly pages: Pages;
  readonly seesOthers: boolean;
  readonly columns: ReturnType<typeof jobColumns>;
  readonly settings: TableSettings;
  readonly setSettings: (settings: TableSettings) => void;
}

/** A page of jobs as the address asks for it, and the ways to ask for others. */
export function useJobs(): Jobs {
  const [filters, _changeFilters] = useAddress(FILTER_DEFAULTS);
  const [order, changeOrder] = useAddress(SORT_DEFAULTS);
  const [{ page }, changePage] = useAddress({ page: "1" });
  const [, changeAll] = useAddress({ ...FILTER_DEFAULTS, ...SORT_DEFAULTS, page: "1" });
  const seesOthers = useMay("operator");
  const now = useNow(60_000);
  const sorted = useMemo(() => sortedBy(order), [order]);
  const query = useMemo(() => queryOf(filters, sorted, now), [filters, sorted, now]);
  const setPage = useCallback((to: string) => changePage({ page: to }), [changePage]);
  const [hasClusters, setHasClusters] = useState(false);
  const columns = useMemo(() => jobColumns({ seesOthers, hasClusters }), [seesOthers, hasClusters]);
  const [settings, setSettings] = useTableSettings("jobs", columns);
  const limit = settings.pageSize ?? 50;
  const pages = usePages(JSON.stringify({ query, limit }), page, setPage);
  const { cursor } = pages;
  const read = useRead(
    ROUTES.listAllJobs,
    { query: { ...query, limit, ...(cursor === undefined ? {} : { cursor }) } },
    { topics: ["job"], keep: true, staleTime: 2_000 },
  );
  const hasMany = (read.data?.status.length ?? 0) > 1;
  if (hasMany && !hasClusters) setHasClusters(true);
  usePrefetch(query, limit, read.isPlaceholderData ? undefined : read.data?.next);
  return {
    data: read.data,
    error: read.error,
    isPrevious: read.isPlaceholderData,
    again: () => void read.refetch(),
    ...{ query, filters, sorted, pages, seesOthers, columns, settings, setSettings },
    isFiltered: isFiltered(filters),
    setFilters: useCallback((change) => changeAll({ ...change, page: "1" }), [changeAll]),
    setSorted: useCallback(
      ({ sort, isDescending }) =>
        changeOrder({ sort, order: isDescending ? "descending" : "ascending" }),
      [changeOrder],
    ),
  };
}

/** The next page is there when it is gone to, unless this one changes all the time. */
function usePrefetch(query: JobsQuery, limit: number, cursor: string | undefined): void {
  const client = useQueryClient();
  useEffect(() => {
    if (cursor === undefined) return;
    const request = { query: { ...query, limit, cursor } };
    const timer = setTimeout(() => {
      void client.prefetchQuery({
        queryKey: readKey(ROUTES.listAllJobs, request),
        queryFn: ({ signal }) => server.call(ROUTES.listAllJobs, { ...request, signal }),
        staleTime: 10_000,
      });
    }, QUIET);
    return () => clearTimeout(timer);
  }, [client, query, limit, cursor]);
}
