import { type Me, ROUTES } from "@sluice/api";
import type { UseQueryResult } from "@tanstack/react-query";
import { lazy, Suspense, useEffect } from "react";
import { loaded } from "./load.ts";
import { Panel } from "./panel.tsx";
import { isPassing, queryClient, readKey, statusOf, useRead } from "./queries.ts";
import { setCsrfToken } from "./server.ts";
import { SessionProvider } from "./session.tsx";
import { Failure, Loading } from "./states.tsx";

const SignIn = lazy(() => loaded(() => import("./sign-in.tsx")));
/** Asked for at once: most who come are signed in. */
const frame = loaded(() => import("./frame.tsx"));
const Frame = lazy(() => frame);

/** The pages to who is signed in, and the way in to who is not. */
export function Entrance() {
  const session = useRead(ROUTES.getSession, {}, { staleTime: 60_000 });
  useAgain(session);
  const { data: me, error, isPending, refetch } = session;
  useSessionsEnd();
  if (me !== undefined && statusOf(error) !== 401) {
    setCsrfToken(me.csrfToken);
    return (
      <SessionProvider me={me}>
        <Suspense fallback={<Loading />}>
          <Frame />
        </Suspense>
      </SessionProvider>
    );
  }
  if (isPending) return <Loading />;
  if (statusOf(error) === 401) {
    return (
      <Suspense fallback={<Loading />}>
        <SignIn isOver={me !== undefined} />
      </Suspense>
    );
  }
  return (
    <Panel>
      <Failure error={error} again={() => void refetch()} />
    </Panel>
  );
}

/** Milliseconds between two tries of somebody who comes while the server has no database. */
const AGAIN = 3_000;

/** Nobody has to load the page again to come in when what was away is back. */
function useAgain({ data, error, refetch }: UseQueryResult<Me>): void {
  const isWaiting = data === undefined && isPassing(error);
  useEffect(() => {
    if (!isWaiting) return;
    const timer = setInterval(() => void refetch(), AGAIN);
    return () => clearInterval(timer);
  }, [isWaiting, refetch]);
}

/** Whatever is refused for want of a session has the session looked at again. */
function useSessionsEnd(): void {
  useEffect(
    () =>
      queryClient.getQueryCache().subscribe(({ type, query }) => {
        if (type !== "updated" || query.queryKey[0] === ROUTES.getSession.id) return;
        if (statusOf(query.state.error) !== 401 || query.state.fetchStatus !== "idle") return;
        void queryClient.invalidateQueries({ queryKey: readKey(ROUTES.getSession) });
      }),
    [],
  );
}
