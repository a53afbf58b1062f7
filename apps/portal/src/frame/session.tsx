import { isAtLeast, type Me, ROUTES, type Role } from "@sluice/api";
import { createContext, type ReactNode, useContext } from "react";
import { queryClient, readKey } from "./queries.ts";
import { server, setCsrfToken } from "./server.ts";

const SessionContext = createContext<Me | undefined>(undefined);

export function SessionProvider({ me, children }: { me: Me; children: ReactNode }) {
  return <SessionContext value={me}>{children}</SessionContext>;
}

/** Who is signed in. Pages are only shown to somebody. */
export function useMe(): Me {
  const me = useContext(SessionContext);
  if (me === undefined) throw new Error("nobody is signed in here");
  return me;
}

/** The most that somebody may be where a role counts: on a cluster, or anywhere when none is named. */
export function mayBe(me: Me, least: Role, cluster?: string): boolean {
  return me.grants.some(
    (grant) =>
      isAtLeast(grant.role, least) &&
      (cluster === undefined || grant.cluster === "*" || grant.cluster === cluster) &&
      // More than a user's is held on all of a cluster, or not at all.
      (grant.account === "*" || !isAtLeast(least, "operator")),
  );
}

/** Whether the role is held on every cluster, as the site's own things want it. */
export function mayBeOnSite(me: Me, least: Role): boolean {
  return me.grants.some(
    (grant) => isAtLeast(grant.role, least) && grant.cluster === "*" && grant.account === "*",
  );
}

export function useMay(least: Role, cluster?: string): boolean {
  return mayBe(useMe(), least, cluster);
}

/** After a sign-in: what was read as somebody else is forgotten. */
export function beSignedIn(me: Me): void {
  setCsrfToken(me.csrfToken);
  const { id } = ROUTES.getSession;
  queryClient.removeQueries({ predicate: ({ queryKey }) => queryKey[0] !== id });
  queryClient.setQueryData(readKey(ROUTES.getSession), me);
}

export async function signOut(everywhere = false): Promise<void> {
  await server.call(ROUTES.signOut, { query: { everywhere: everywhere ? "true" : "false" } });
  location.assign("/");
}
