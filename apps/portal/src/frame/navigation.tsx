import { ROUTES, shellRoutes } from "@sluice/api";
import { useLocation } from "react-router";
import { text } from "../catalogue/index.ts";
import { useRead } from "./queries.ts";
import { mayBe, mayBeOnSite, useMe } from "./session.tsx";
import "./navigation.css";

interface Place {
  readonly href: string;
  readonly name: string;
}

/** The list of pages that this person has. */
export function Navigation({ isOpen }: { readonly isOpen: boolean }) {
  const me = useMe();
  const { pages, groups, navigation } = text.frame;
  const isUser = mayBe(me, "user");
  const shell = useRead(shellRoutes.describeShell, {}, { staleTime: Infinity, enabled: isUser });
  // Only the server knows whether it is of a site.
  const mayRun = mayBeOnSite(me, "operator");
  const own = useRead(ROUTES.getSite, {}, { staleTime: Infinity, enabled: mayRun });
  const offered = (may: boolean, ...places: Place[]): Place[] => (may ? places : []);
  const work: readonly Place[] = [
    { href: "/", name: pages.home },
    { href: "/jobs", name: pages.jobs },
    ...offered(isUser, { href: "/submit", name: pages.submit }),
    { href: "/runs", name: pages.runs },
    { href: "/files", name: pages.files },
    ...offered(isUser && shell.data?.enabled !== false, { href: "/shell", name: pages.shell }),
  ];
  const site: readonly Place[] = [
    ...offered(own.data !== undefined, { href: "/site", name: pages.site }),
    { href: "/clusters", name: pages.clusters },
    { href: "/accounting", name: pages.accounting },
    ...offered(isUser, { href: "/applications", name: pages.applications }),
    ...offered(isUser, { href: "/triggers", name: pages.triggers }),
    ...offered(mayBeOnSite(me, "administrator"), {
      href: "/administration",
      name: pages.administration,
    }),
  ];
  return (
    <nav id="pages" aria-label={navigation} className="navigation" data-open={isOpen}>
      <Places title={groups.work} places={work} />
      <Places title={groups.site} places={site} />
    </nav>
  );
}

function Places({ title, places }: { readonly title: string; readonly places: readonly Place[] }) {
  const { pathname } = useLocation();
  return (
    <>
      <h2>{title}</h2>
      <ul>
        {places.map(({ href, name }) => {
          const isHere = pathname === href;
          const isIn = href !== "/" && pathname.startsWith(`${href}/`);
          return (
            <li key={href}>
              <a href={href} aria-current={isHere ? "page" : isIn ? "true" : undefined}>
                {name}
              </a>
            </li>
          );
        })}
      </ul>
    </>
  );
}
