import Alert from "@cloudscape-design/components/alert";
import Box from "@cloudscape-design/components/box";
import Button from "@cloudscape-design/components/button";
import Container from "@cloudscape-design/components/container";
import Header from "@cloudscape-design/components/header";
import Link from "@cloudscape-design/components/link";
import SpaceBetween from "@cloudscape-design/components/space-between";
import StatusIndicator from "@cloudscape-design/components/status-indicator";
import { type JsonOf, ROUTES } from "@sluice/api";
import { text } from "../../catalogue/index.ts";
import { clusterHref } from "../../frame/addresses.ts";
import { money, number, sentence } from "../../frame/format.ts";
import { ListTable } from "../../frame/list-table.tsx";
import { Page } from "../../frame/page.tsx";
import { statusOf, useRead } from "../../frame/queries.ts";
import { mayBeOnSite, useMe } from "../../frame/session.tsx";
import { Empty, Forbidden } from "../../frame/states.tsx";
import type { Column } from "../../frame/table-settings.tsx";
import { NodeBar } from "../../parts/node-bar/node-bar.tsx";
import { countsOf } from "../../parts/node-bar/node-kinds.ts";
import { OperationProgress } from "../../parts/operation/operation-progress.tsx";
import { isInService, problemsOf } from "./facts.ts";
import { useLoss } from "./heads.tsx";
import { placeWords } from "./place-words.ts";
import { problemWords } from "./problem-words.ts";
import { useClusters, useCost, useFleet, useQueues } from "./reads.ts";
import { ClusterState } from "./states.tsx";

type Cluster = JsonOf<typeof ROUTES.listClusters>["items"][number];

/** The clusters that one may see, and what is being done to them. */
export default function ClustersPage() {
  const said = text.clusters;
  const me = useMe();
  const clusters = useClusters();
  const mayMake = mayBeOnSite(me, "administrator");
  const create = mayMake && (
    <Button variant="primary" href="/clusters/new">
      {said.create}
    </Button>
  );
  return (
    <Page title={text.frame.pages.clusters} actions={create}>
      {statusOf(clusters.error) === 403 ? (
        <Forbidden />
      ) : (
        <SpaceBetween size="l">
          {(clusters.data?.unanswered ?? []).map(({ provider, region, message }) => (
            <Alert
              key={`${provider} ${region}`}
              type="warning"
              header={said.unanswered(provider, region)}
            >
              {sentence(message)} {said.unansweredMore}
            </Alert>
          ))}
          <RunningOperations />
          <ListTable
            name="clusters"
            title={said.title}
            items={clusters.data?.items}
            error={clusters.error}
            again={() => void clusters.refetch()}
            columns={columns()}
            idOf={({ clusterName }) => clusterName}
            textOf={({ clusterName, provider, region }) => `${clusterName} ${provider} ${region}`}
            sortedBy="name"
            empty={
              <Empty
                title={said.none}
                more={mayMake ? said.noneMore : said.noneForYou}
                action={mayMake && <Button href="/clusters/new">{said.create}</Button>}
              />
            }
          />
        </SpaceBetween>
      )}
    </Page>
  );
}

function columns(): readonly Column<Cluster>[] {
  const said = text.clusters.columns;
  return [
    {
      id: "name",
      title: said.name,
      header: said.name,
      isFixed: true,
      isRowHeader: true,
      sortingField: "clusterName",
      width: 140,
      minWidth: 100,
      cell: ({ clusterName, provider, region }) => (
        <>
          <Link href={clusterHref(clusterName)}>{clusterName}</Link>
          <div className="faint">{placeWords(provider, region)}</div>
        </>
      ),
    },
    {
      id: "state",
      title: said.state,
      header: said.state,
      sortingField: "clusterStatus",
      width: 125,
      minWidth: 100,
      cell: (cluster) => <State cluster={cluster} />,
    },
    {
      id: "nodes",
      title: said.nodes,
      header: said.nodes,
      width: 215,
      minWidth: 180,
      cell: (cluster) => <Nodes cluster={cluster} />,
    },
    {
      id: "jobs",
      title: said.jobs,
      header: said.jobs,
      width: 170,
      minWidth: 120,
      cell: (cluster) => <Jobs cluster={cluster} />,
    },
    {
      id: "cost",
      title: said.cost,
      header: said.cost,
      width: 135,
      minWidth: 90,
      cell: (cluster) => <Cost cluster={cluster} />,
    },
    {
      id: "problems",
      title: said.problems,
      header: said.problems,
      minWidth: 90,
      cell: (cluster) => <Problems cluster={cluster} />,
    },
  ];
}

interface OfCluster {
  readonly cluster: Cluster;
}

/** Whoever looks at the list is to see which one is given up. */
function State({ cluster: { clusterName, clusterStatus } }: OfCluster) {
  if (useLoss(clusterName) === undefined) return <ClusterState status={clusterStatus} />;
  return <StatusIndicator type="error">{text.clusters.heads.isLost}</StatusIndicator>;
}

function Nodes({ cluster: { clusterName, clusterStatus } }: OfCluster) {
  const { data } = useQueues(clusterName, isInService(clusterStatus));
  return data === undefined ? "–" : <NodeBar counts={countsOf(data.items)} />;
}

function Jobs({ cluster: { clusterName, clusterStatus } }: OfCluster) {
  const { data } = useQueues(clusterName, isInService(clusterStatus));
  if (data === undefined) return "–";
  const sum = (of: "running" | "waiting") =>
    data.items.reduce((all, { jobs }) => all + jobs[of], 0);
  const said = text.clusters;
  return (
    <span className="numbers">
      {said.jobCounts(number(sum("running")), number(sum("waiting")))}
    </span>
  );
}

function Cost({ cluster: { clusterName, clusterStatus } }: OfCluster) {
  const cost = useCost(clusterName, isInService(clusterStatus));
  return <span className="numbers">{money(cost?.usdPerHour)}</span>;
}

function Problems({ cluster: { clusterName, clusterStatus } }: OfCluster) {
  const enabled = isInService(clusterStatus);
  const fleet = useFleet(clusterName, enabled);
  const queues = useQueues(clusterName, enabled);
  const [first, ...more] = problemsOf(undefined, fleet.data, queues.data?.items);
  const silent = fleet.data === undefined && fleet.error !== null;
  const said = text.clusters.problems;
  if (silent) return <StatusIndicator type="warning">{said.silent}</StatusIndicator>;
  if (first === undefined) return fleet.data === undefined ? "–" : text.frame.none;
  return (
    <div className="wraps">
      <StatusIndicator type="warning">{problemWords(first)}</StatusIndicator>
      {more.length > 0 && <div className="faint">{said.more(more.length)}</div>}
    </div>
  );
}

/** What is at work now, with its steps: also of clusters that are not in the list yet. */
function RunningOperations() {
  const said = text.clusters;
  const { data } = useRead(
    ROUTES.listOperations,
    { query: { state: "running", limit: 20 } },
    { topics: ["operation"] },
  );
  const running = data?.items ?? [];
  if (running.length === 0) return null;
  return (
    <Container header={<Header variant="h2">{said.atWork}</Header>}>
      <SpaceBetween size="l">
        {running.map(({ id, cluster }) => (
          <div key={id}>
            <OperationProgress id={id} />
            {cluster !== undefined && (
              <Box padding={{ top: "xs" }}>
                <Link href={`${clusterHref(cluster)}?tab=operations`}>
                  {said.toCluster(cluster)}
                </Link>
              </Box>
            )}
          </div>
        ))}
      </SpaceBetween>
    </Container>
  );
}
