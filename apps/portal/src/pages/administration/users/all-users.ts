import { ROUTES, type User } from "@sluice/api";
import { type UseQueryResult, useQuery } from "@tanstack/react-query";
import { server } from "../../../frame/server.ts";

const AT_ONCE = 1000;
/** Of a larger site the others are found by their address. */
const MOST = 10_000;

/** Everybody of the site, by name. */
export function useAllUsers(): UseQueryResult<readonly User[]> {
  return useQuery<readonly User[]>({
    queryKey: [ROUTES.listUsers.id, "all"],
    queryFn: async ({ signal }) => {
      const all: User[] = [];
      let cursor: string | undefined;
      do {
        const page = await server.call(ROUTES.listUsers, {
          query: { limit: AT_ONCE, ...(cursor === undefined ? {} : { cursor }) },
          signal,
        });
        all.push(...page.items);
        cursor = page.next;
      } while (cursor !== undefined && all.length < MOST);
      return all;
    },
  });
}
