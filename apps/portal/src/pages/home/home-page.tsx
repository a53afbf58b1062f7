import Grid from "@cloudscape-design/components/grid";
import SpaceBetween from "@cloudscape-design/components/space-between";
import { type Home, ROUTES } from "@sluice/api";
import { text } from "../../catalogue/index.ts";
import { Page } from "../../frame/page.tsx";
import { useRead } from "../../frame/queries.ts";
import { mayBeOnSite, useMe } from "../../frame/session.tsx";
import { Read } from "../../frame/states.tsx";
import { FirstSteps } from "./first-steps.tsx";
import { MyJobs } from "./my-jobs.tsx";
import { MyLimits } from "./my-limits.tsx";
import { MyRuns } from "./my-runs.tsx";
import { MyUse } from "./my-use.tsx";
import { NewsList } from "./news-list.tsx";
import { Queues } from "./queues.tsx";

/** Nodes start and stop without an event of their own. */
const EVERY = 15_000;

export default function HomePage() {
  const home = useRead(
    ROUTES.getHome,
    {},
    { topics: ["job", "run", "cluster", "trigger", "operation"], every: EVERY },
  );
  return (
    <Page
      title={text.frame.pages.home}
      description={home.data !== undefined && !home.data.unixUser && text.home.nobody}
    >
      <Read from={home}>{(data) => <Content home={data} />}</Read>
    </Page>
  );
}

function Content({ home }: { readonly home: Home }) {
  const isAdministrator = mayBeOnSite(useMe(), "administrator");
  const isSomebody = home.unixUser !== undefined;
  const isNew = home.jobs.total === 0 && home.runs.length === 0 && home.spend.month.jobs === 0;
  return (
    <SpaceBetween size="l">
      <NewsList news={home.news} />
      {isNew && (isSomebody || isAdministrator) && <FirstSteps home={home} />}
      {isSomebody && (
        <Grid
          gridDefinition={[{ colspan: { default: 12, s: 8 } }, { colspan: { default: 12, s: 4 } }]}
        >
          <SpaceBetween size="l">
            <MyJobs jobs={home.jobs} />
            <MyRuns runs={home.runs} />
          </SpaceBetween>
          <SpaceBetween size="l">
            <MyUse spend={home.spend} />
            <MyLimits home={home} />
          </SpaceBetween>
        </Grid>
      )}
      <Queues home={home} />
    </SpaceBetween>
  );
}
