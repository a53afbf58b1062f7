import Grid from "@cloudscape-design/components/grid";
import SpaceBetween from "@cloudscape-design/components/space-between";
import { type Home, ROUTES } from "@sluice/api";
import { useEffect, useState } from "react";
import { text } from "../../catalogue/index.ts";
import { database } from "../../frame/database.ts";
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
  const [last, setLast] = useState<Home>();
  const { data } = home;
  useEffect(() => {
    if (data === undefined) return;
    if (data.missing.length === 0) setLast(data);
    else database.missed();
  }, [data]);
  return (
    <Page
      title={text.frame.pages.home}
      description={home.data !== undefined && !home.data.unixUser && text.home.nobody}
    >
      <Read from={home}>{(data) => <Content {...wholeOf(data, last)} />}</Read>
    </Page>
  );
}

interface Shown {
  readonly home: Home;
  /** What was never read, as it can't be now. */
  readonly missing: Home["missing"];
}

/** What can't be read now stays as it was read last. */
function wholeOf(home: Home, last: Home | undefined): Shown {
  const { missing } = home;
  if (missing.length === 0 || last === undefined) return { home, missing };
  const runs = missing.includes("runs") ? last.runs : home.runs;
  const spend = missing.includes("spend") ? last.spend : home.spend;
  return { home: { ...home, runs, spend }, missing: [] };
}

function Content({ home, missing }: Shown) {
  const isAdministrator = mayBeOnSite(useMe(), "administrator");
  const isSomebody = home.unixUser !== undefined;
  const isKnown = missing.length === 0;
  const isNew =
    isKnown && home.jobs.total === 0 && home.runs.length === 0 && home.spend.month.jobs === 0;
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
            <MyRuns runs={home.runs} isMissing={missing.includes("runs")} />
          </SpaceBetween>
          <SpaceBetween size="l">
            <MyUse spend={home.spend} isMissing={missing.includes("spend")} />
            <MyLimits home={home} />
          </SpaceBetween>
        </Grid>
      )}
      <Queues home={home} />
    </SpaceBetween>
  );
}
