import { type JsonOf, ROUTES } from "@sluice/api";
import {
  type InfiniteData,
  keepPreviousData,
  type QueryClient,
  useInfiniteQuery,
} from "@tanstack/react-query";
import { useMemo } from "react";
import { queryClient, readKey } from "../../frame/queries.ts";
import { server } from "../../frame/server.ts";
import { type Entry, type Place, whose } from "./place.ts";

export type SortKey = "name" | "size" | "modified";

export interface FolderQuestion extends Place {
  readonly path: string;
  readonly sort: SortKey;
  readonly isDescending: boolean;
  readonly hidden: boolean;
  readonly contains: string;
}

type FolderPage = JsonOf<typeof ROUTES.listFiles>;

/** The first is there soon, the others are few. */
const FIRST_PAGE = 200;
const PAGE = 1000;
/** Longer folders are not read again by themselves. */
const SHORT = 2;
/** Milliseconds. */
const EVERY = 15_000;

/** A folder's entries from the first on, as many as were asked for. */
export function useFolder(question: FolderQuestion, enabled = true) {
  const { cluster, path, sort, isDescending, hidden, contains } = question;
  const order: "ascending" | "descending" = isDescending ? "descending" : "ascending";
  const request = {
    params: { cluster },
    query: {
      ...{ path, sort, order, hidden: `${hidden}` },
      ...(contains === "" ? {} : { contains }),
      ...whose(question),
    },
  };
  const reading = useInfiniteQuery({
    queryKey: readKey(ROUTES.listFiles, request),
    queryFn: ({ pageParam, signal }) => {
      const page =
        pageParam === undefined ? { limit: FIRST_PAGE } : { limit: PAGE, cursor: pageParam };
      const query = { ...request.query, ...page };
      return server.call(ROUTES.listFiles, { params: request.params, query, signal });
    },
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (last: FolderPage) => last.next,
    enabled,
    placeholderData: keepPreviousData,
    refetchInterval: ({ state }) => (isShort(state.data) ? EVERY : false),
    refetchOnWindowFocus: ({ state }) => isShort(state.data),
    meta: { topics: ["file"], cluster },
  });
  const { data } = reading;
  const entries = useMemo(() => data?.pages.flatMap(({ items }) => items) ?? [], [data]);
  return { reading, entries, total: data?.pages.at(-1)?.total };
}

type Pages = InfiniteData<FolderPage, string | undefined>;

function isShort(data: unknown): boolean {
  return ((data as Pages | undefined)?.pages.length ?? 0) <= SHORT;
}

export interface FolderChange {
  readonly removed?: readonly string[];
  readonly added?: readonly Entry[];
}

/** Shows at once what was changed in a folder; a short one is then read again. */
export function folderChanged(place: Place, folder: string, change: FolderChange = {}): void {
  const removed = new Set([
    ...(change.removed ?? []),
    ...(change.added ?? []).map(({ name }) => name),
  ]);
  const { added = [] } = change;
  const isOfFolder = (key: readonly unknown[]): boolean => isListing(key, place, folder);
  queryClient.setQueriesData<Pages>(
    { predicate: ({ queryKey }) => isOfFolder(queryKey) },
    (data) => data && patched(data, removed, added),
  );
  void queryClient.invalidateQueries({
    predicate: ({ queryKey, state }) => isOfFolder(queryKey) && isShort(state.data),
  });
}

function isListing(key: readonly unknown[], place: Place, folder: string): boolean {
  const [id, params, query] = key as [string, { cluster?: string }, { path?: string; as?: string }];
  return (
    id === ROUTES.listFiles.id &&
    params?.cluster === place.cluster &&
    query?.path === folder &&
    query?.as === place.as
  );
}

/** Entries that are new stand where they belong by name; where it is sorted otherwise, at the end. */
function patched(data: Pages, removed: ReadonlySet<string>, added: readonly Entry[]): Pages {
  const pages = data.pages.map((page) => {
    const items = page.items.filter(({ name }) => !removed.has(name));
    return items.length === page.items.length ? page : { ...page, items };
  });
  for (const entry of added) {
    const at = pages.findIndex(({ items, next }) => {
      const last = items.at(-1);
      return next === undefined || (last !== undefined && entry.name < last.name);
    });
    const page = pages[at];
    if (page === undefined) continue;
    const before = page.items.findIndex(({ name }) => name > entry.name);
    const items = [...page.items];
    items.splice(before === -1 ? items.length : before, 0, entry);
    pages[at] = { ...page, items };
  }
  return { ...data, pages };
}

/** Reads a folder again from its first entry on. */
export async function readFolderAgain(client: QueryClient, place: Place, path: string) {
  await client.resetQueries({ predicate: ({ queryKey }) => isListing(queryKey, place, path) });
}
