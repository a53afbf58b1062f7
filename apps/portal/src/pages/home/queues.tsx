import Header from "@cloudscape-design/components/header";
import StatusIndicator from "@cloudscape-design/components/status-indicator";
import type { Home, HomeQueue } from "@sluice/api";
import { text } from "../../catalogue/index.ts";
import { duration } from "../../frame/format.ts";
import { PlainTable } from "../../frame/plain-table.tsx";
import { QueueState } from "../../frame/queue-state.tsx";
import { Empty } from "../../frame/states.tsx";
import { NodeBar } from "../../parts/node-bar/node-bar.tsx";
import { isInService } from "../clusters/facts.ts";

/** Queues of all clusters, how full they are and how long one waits there. */
export function Queues({ home }: { readonly home: Home }) {
  const said = text.home.queues;
  const isOnSeveral = home.clusters.length > 1;
  return (
    <PlainTable<HomeQueue>
      title={said.title}
      idOf={({ cluster, name }) => `${cluster} ${name}`}
      items={home.queues}
      header={
        <Header variant="h2" description={said.description}>
          {said.title}
        </Header>
      }
      empty={
        home.clusters.some(({ status }) => isInService(status)) ? (
          <Empty title={said.silent} more={said.silentMore} />
        ) : (
          <Empty title={said.empty} more={said.emptyMore} />
        )
      }
      columns={[
        { id: "name", header: said.name, cell: ({ name }) => name, isRowHeader: true },
        ...(isOnSeveral
          ? [
              {
                id: "cluster",
                header: said.cluster,
                cell: ({ cluster }: HomeQueue) => cluster,
              },
            ]
          : []),
        { id: "state", header: said.state, cell: (queue) => <State queue={queue} /> },
        { id: "nodes", header: said.nodes, cell: ({ nodes }) => <NodeBar counts={nodes} /> },
        {
          id: "jobs",
          header: said.jobs,
          cell: ({ jobs }) => (
            <span className="numbers">{said.jobCount(jobs.running, jobs.waiting)}</span>
          ),
        },
        {
          id: "wait",
          header: said.wait,
          cell: (queue) => <Wait seconds={waitOf(queue)?.medianSeconds} />,
        },
        {
          id: "longest",
          header: said.longest,
          cell: (queue) => <Wait seconds={waitOf(queue)?.p90Seconds} />,
        },
      ]}
    />
  );
}

function waitOf({ lastDay, lastWeek }: HomeQueue): HomeQueue["lastDay"] {
  return lastDay ?? lastWeek;
}

function Wait({ seconds }: { readonly seconds: number | undefined }) {
  const said = text.home.queues;
  return (
    <span className="numbers">{seconds === undefined ? said.noWaits : duration(seconds)}</span>
  );
}

function State({ queue }: { readonly queue: HomeQueue }) {
  if (!queue.isProtected) return <QueueState state={queue.state} />;
  return <StatusIndicator type="error">{text.home.queues.protected}</StatusIndicator>;
}
