import SpaceBetween from "@cloudscape-design/components/space-between";
import { ROUTES } from "@sluice/api";
import { text } from "../../catalogue/index.ts";
import { Page } from "../../frame/page.tsx";
import { useRead } from "../../frame/queries.ts";
import { mayBeOnSite, useMe } from "../../frame/session.tsx";
import { Forbidden, Read } from "../../frame/states.tsx";
import { AboutSite } from "./about-site.tsx";
import { Issues } from "./issues.tsx";
import { Losable } from "./losable.tsx";
import { SiteClusters } from "./site-clusters.tsx";
import { SiteEvents } from "./site-events.tsx";
import { Zones } from "./zones.tsx";
import "./site.css";

/** Milliseconds between two looks: what is lost is told by no event. */
const LOOK = 5_000;

/** One look: may a zone be lost now, what is wrong, and what is where. */
export default function SitePage() {
  const mayLook = mayBeOnSite(useMe(), "operator");
  const site = useRead(ROUTES.getSite, {}, { every: LOOK, topics: ["cluster"], enabled: mayLook });
  const name = site.data?.siteName;
  return (
    <Page title={name === undefined ? text.frame.pages.site : text.site.named(name)}>
      {mayLook ? (
        <Read from={site}>
          {(seen) => (
            <SpaceBetween size="l">
              <div aria-live="polite">
                <SpaceBetween size="l">
                  <Losable site={seen} />
                  {seen.issues.length > 0 && <Issues issues={seen.issues} />}
                </SpaceBetween>
              </div>
              <Zones site={seen} />
              <SiteClusters site={seen} />
              <AboutSite site={seen} />
              <SiteEvents />
            </SpaceBetween>
          )}
        </Read>
      ) : (
        <Forbidden needs="operator" />
      )}
    </Page>
  );
}
