import {
  type EVENT_TOPICS,
  type JsonOf,
  ProblemError,
  type RequestOf,
  type Route,
} from "@sluice/api";
import { isSluiceError } from "@sluice/model";
import {
  keepPreviousData,
  QueryClient,
  type UseMutationResult,
  type UseQueryResult,
  useMutation,
  useQuery,
  useQueryClient,
} from "@tanstack/react-query";
import { server } from "./server.ts";

export type Topic = (typeof EVENT_TOPICS)[number];

// biome-ignore lint/suspicious/noExplicitAny: routes of every shape
type AnyRoute = Route<any, any, any, any>;

interface ReadMeta extends Record<string, unknown> {
  readonly topics: readonly Topic[];
  readonly cluster: string | undefined;
  readonly of: ((change: unknown) => boolean) | undefined;
}

declare module "@tanstack/react-query" {
  interface Register {
    defaultError: Error;
    queryMeta: Partial<ReadMeta>;
  }
}

export const queryClient = new QueryClient({
  defaultOptions: {
    queries: {
      staleTime: 5_000,
      gcTime: 5 * 60_000,
      // What the server refuses it refuses again; what does not reach it may the next time.
      retry: (count, error) => count < 2 && isPassing(error),
      retryDelay: (count) => Math.min(500 * 2 ** count, 8_000),
      // Whether the server can be reached is for requests to find out: it may be this machine.
      networkMode: "always",
      refetchOnWindowFocus: true,
    },
    mutations: { networkMode: "always" },
  },
});

/** Whether asking again may help. */
export function isPassing(error: unknown): boolean {
  if (error instanceof ProblemError) return error.problem.status === 503;
  return isSluiceError(error) && error.code === "SERVER_UNREACHABLE";
}

export function statusOf(error: unknown): number | undefined {
  return error instanceof ProblemError ? error.problem.status : undefined;
}

export interface ReadOptions {
  /** Read again when something of these changes. */
  readonly topics?: readonly Topic[];
  /** Of those changes, the ones that concern it, by what an event says of each. */
  readonly of?: (change: unknown) => boolean;
  /** Read again each so many milliseconds. */
  readonly every?: number;
  readonly enabled?: boolean;
  /** Go on showing the last answer while that to another question is on its way. */
  readonly keep?: boolean;
  /** Milliseconds for which an answer is as good as new. */
  readonly staleTime?: number;
}

const NOTHING = {};

export function readKey(route: AnyRoute, request: object = NOTHING): readonly unknown[] {
  const { params = NOTHING, query = NOTHING, body = NOTHING } = request as Record<string, unknown>;
  return [route.id, params, query, body];
}

/** Reads by a route, and goes on reading as things change. */
export function useRead<R extends AnyRoute>(
  route: R,
  request: Omit<RequestOf<R>, "signal">,
  { topics = [], of, every, enabled = true, keep = false, staleTime }: ReadOptions = {},
): UseQueryResult<JsonOf<R>> {
  const { params } = request as { params?: { cluster?: string } };
  return useQuery<JsonOf<R>>({
    queryKey: readKey(route, request),
    queryFn: ({ signal }) => server.call(route, { ...request, signal } as RequestOf<R>),
    enabled,
    meta: { topics, cluster: params?.cluster, of },
    ...(every === undefined ? {} : { refetchInterval: every }),
    ...(staleTime === undefined ? {} : { staleTime }),
    ...(keep ? { placeholderData: keepPreviousData as never } : {}),
  });
}

/** Changes something by a route; what was read by the routes named is then read again. */
export function useChange<R extends AnyRoute>(
  route: R,
  again: readonly AnyRoute[] = [],
): UseMutationResult<JsonOf<R>, Error, RequestOf<R>> {
  const client = useQueryClient();
  return useMutation<JsonOf<R>, Error, RequestOf<R>>({
    mutationFn: (request) => server.call(route, request),
    onSettled: () => readAgain(client, again),
  });
}

export async function readAgain(client: QueryClient, routes: readonly AnyRoute[]): Promise<void> {
  const ids = new Set(routes.map(({ id }) => id));
  await client.invalidateQueries({ predicate: ({ queryKey }) => ids.has(queryKey[0] as string) });
}
