import Alert from "@cloudscape-design/components/alert";
import { type MouseEvent, Suspense, useEffect, useRef, useState } from "react";
import { Outlet, ScrollRestoration, useLocation, useNavigate } from "react-router";
import { text } from "../catalogue/index.ts";
import { useIsConnected } from "./connection.ts";
import { useIsDatabaseUp } from "./database.ts";
import { useLiveUpdates } from "./live.ts";
import { Navigation } from "./navigation.tsx";
import { Notices } from "./notices.tsx";
import { Boundary, Loading } from "./states.tsx";
import { Top } from "./top.tsx";
import "./layout.css";

/** What every page stands in. The bar, the list of pages, and the page. */
export function Layout() {
  const { pathname } = useLocation();
  const [isOpen, setOpen] = useState(false);
  const main = useRef<HTMLElement>(null);
  useLiveUpdates(true);
  const follow = useLinks();
  const first = useRef(true);
  // biome-ignore lint/correctness/useExhaustiveDependencies: another address is another page
  useEffect(() => {
    setOpen(false);
    if (first.current) {
      first.current = false;
      return;
    }
    // Who reads by ear, or goes by keys, begins at the new page.
    main.current?.focus({ preventScroll: true });
  }, [pathname]);
  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: the links in it are what is used
    // biome-ignore lint/a11y/useKeyWithClickEvents: a key on a link is a click
    <div onClick={follow}>
      <ScrollRestoration />
      <a className="skip" href="#main">
        {text.frame.skip}
      </a>
      <Top isOpen={isOpen} onToggle={() => setOpen((was) => !was)} />
      <div className="layout">
        <Navigation isOpen={isOpen} />
        <main id="main" tabIndex={-1} ref={main} className="layout-main">
          <Away />
          <Notices />
          <Boundary place={pathname}>
            <Suspense fallback={<Loading />}>
              <Outlet />
            </Suspense>
          </Boundary>
        </main>
      </div>
    </div>
  );
}

/** Milliseconds for which a line that broke may be back before anybody is told. */
const BRIEF = 1_500;

function Away() {
  const isServerAway = useLasts(!useIsConnected());
  const isDatabaseAway = useLasts(!useIsDatabaseUp());
  const { connection, database } = text.frame;
  return (
    <div role="status" className="layout-notices">
      {isServerAway && (
        <Alert type="warning" header={connection.away}>
          {connection.awayMore}
        </Alert>
      )}
      {isDatabaseAway && !isServerAway && (
        <Alert type="warning" header={database.away}>
          {database.awayMore}
        </Alert>
      )}
    </div>
  );
}

/** Whether it has been so for longer than a moment. */
function useLasts(isSo: boolean): boolean {
  const [isTold, setTold] = useState(false);
  useEffect(() => {
    if (!isSo) {
      setTold(false);
      return;
    }
    const timer = setTimeout(() => setTold(true), BRIEF);
    return () => clearTimeout(timer);
  }, [isSo]);
  return isTold;
}

/** Has links of this site followed by the router, unless they are to open elsewhere. */
function useLinks(): (event: MouseEvent) => void {
  const navigate = useNavigate();
  return (event) => {
    if (event.defaultPrevented || event.button !== 0) return;
    if (event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return;
    const anchor = (event.target as Element).closest?.("a[href]");
    if (!(anchor instanceof HTMLAnchorElement)) return;
    if (anchor.target !== "" && anchor.target !== "_self") return;
    if (anchor.hasAttribute("download") || anchor.origin !== location.origin) return;
    if (anchor.pathname.startsWith("/api/") || anchor.getAttribute("href")?.startsWith("#")) return;
    event.preventDefault();
    void navigate(anchor.pathname + anchor.search + anchor.hash);
  };
}
