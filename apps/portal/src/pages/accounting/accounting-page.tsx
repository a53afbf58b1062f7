import Alert from "@cloudscape-design/components/alert";
import Button from "@cloudscape-design/components/button";
import SpaceBetween from "@cloudscape-design/components/space-between";
import { ROUTES, type Use } from "@sluice/api";
import { text } from "../../catalogue/index.ts";
import { useAddress } from "../../frame/address.ts";
import { Page } from "../../frame/page.tsx";
import { useRead } from "../../frame/queries.ts";
import { server } from "../../frame/server.ts";
import { useMe } from "../../frame/session.tsx";
import { Read } from "../../frame/states.tsx";
import { useNow } from "../../frame/when.tsx";
import { Charts } from "./charts.tsx";
import { Filters } from "./filters.tsx";
import { FILTERS, filtersOf, isFilterName, USUAL } from "./question.ts";
import { dayOf, grainOf, isSpanName, spanOf } from "./spans.ts";
import { Totals } from "./totals.tsx";
import { UseTable } from "./use-table.tsx";

const MINUTE = 60_000;

export default function AccountingPage() {
  const said = text.accounting;
  const isOperator = useMe().grants.some(
    ({ role }) => role === "operator" || role === "administrator",
  );
  const usual = { ...USUAL, by: isOperator ? "user" : "partition" };
  const [question, change] = useAddress(usual);
  const today = dayOf(new Date(useNow(MINUTE)));
  const span = spanOf(isSpanName(question.span) ? question.span : "30d", question, today);
  const group = isFilterName(question.by) ? question.by : "user";
  const grain =
    question.each === "day" || question.each === "week" || question.each === "month"
      ? question.each
      : grainOf(span);
  const query = { ...span, ...filtersOf(question) };
  const live = { keep: true, every: MINUTE };
  const sums = useRead(ROUTES.getUse, { query: { ...query, by: [group] } }, live);
  const times = useRead(ROUTES.getUse, { query: { ...query, by: [grain, group] } }, live);
  const csv = server.url(ROUTES.exportUse, { query: { ...query, by: [grain, group] } });
  return (
    <Page
      title={text.frame.pages.accounting}
      description={isOperator ? said.description : `${said.description} ${said.own}`}
      actions={
        <Button href={csv} download iconName="download">
          {said.csv}
        </Button>
      }
    >
      <SpaceBetween size="l">
        <Filters
          question={question}
          filters={isOperator ? FILTERS : FILTERS.filter((name) => name !== "user")}
          span={span}
          onChange={change}
        />
        <Read from={sums}>
          {(use) => (
            <SpaceBetween size="l">
              <Freshness clusters={use.clusters} isCut={times.data?.isCut === true} />
              <Totals totals={use.totals} />
              <Charts
                question={{ ...question, by: group }}
                groups={isOperator ? FILTERS : FILTERS.filter((name) => name !== "user")}
                onChange={change}
                sums={use}
                times={times.data}
                {...{ span, grain }}
              />
              <UseTable rows={use.rows} group={group} hasGpus={use.totals.gpuSeconds > 0} />
            </SpaceBetween>
          )}
        </Read>
      </SpaceBetween>
    </Page>
  );
}

/** What is not in the numbers yet, and why. */
function Freshness({
  clusters,
  isCut,
}: {
  readonly clusters: Use["clusters"];
  readonly isCut: boolean;
}) {
  const said = text.accounting;
  const behind = clusters.filter(({ missingDays }) => missingDays > 0);
  const days = behind.reduce((most, { missingDays }) => Math.max(most, missingDays), 0);
  const unread = clusters.filter(({ problem }) => problem !== undefined);
  return (
    <>
      {unread.map(({ cluster, problem = "" }) => (
        <Alert key={cluster} type="warning">
          {said.unread(cluster, problem)}
        </Alert>
      ))}
      {behind.length > 0 && (
        <Alert type="info">
          {said.behind(behind.map(({ cluster }) => cluster).join(", "), days)}
        </Alert>
      )}
      {isCut && <Alert type="info">{said.cut}</Alert>}
    </>
  );
}
