import Header from "@cloudscape-design/components/header";
import Link from "@cloudscape-design/components/link";
import type { QueueSummary } from "@sluice/api";
import { text } from "../../catalogue/index.ts";
import { number } from "../../frame/format.ts";
import { stateWords } from "../../frame/job-state.tsx";
import { ListTable } from "../../frame/list-table.tsx";
import { QueueState } from "../../frame/queue-state.tsx";
import { Empty } from "../../frame/states.tsx";
import type { Column } from "../../frame/table-settings.tsx";
import { NodeBar } from "../../parts/node-bar/node-bar.tsx";

/** Queues in the order of the cluster file, with their nodes and what waits there and why. */
export function QueuesTable({
  cluster,
  queues,
  error,
}: {
  readonly cluster: string;
  readonly queues: readonly QueueSummary[] | undefined;
  readonly error: Error | null;
}) {
  const said = text.clusters.queues;
  return (
    <ListTable
      name="queues"
      title={said.title}
      items={queues}
      error={error}
      columns={columns(cluster)}
      idOf={({ name }) => name}
      textOf={({ name, waiting }) => [name, ...waiting.map(({ reason }) => reason)].join(" ")}
      header={<Header variant="h2">{said.title}</Header>}
      empty={<Empty title={said.none} />}
    />
  );
}

function columns(cluster: string): readonly Column<QueueSummary>[] {
  const said = text.clusters.queues;
  const jobs = (name: string): string =>
    `/jobs?cluster=${encodeURIComponent(cluster)}&queue=${encodeURIComponent(name)}`;
  return [
    {
      id: "name",
      title: said.name,
      header: said.name,
      isFixed: true,
      isRowHeader: true,
      width: 130,
      minWidth: 90,
      cell: ({ name }) => name,
    },
    {
      id: "state",
      title: said.state,
      header: said.state,
      width: 120,
      minWidth: 90,
      cell: ({ state }) => <QueueState state={state} />,
    },
    {
      id: "nodes",
      title: said.nodes,
      header: said.nodes,
      width: 270,
      minWidth: 180,
      cell: ({ nodes }) => <NodeBar counts={nodes} />,
    },
    {
      id: "jobs",
      title: said.jobs,
      header: said.jobs,
      width: 175,
      minWidth: 120,
      cell: ({ name, jobs: { running, waiting } }) => (
        <Link href={jobs(name)}>{text.clusters.jobCounts(number(running), number(waiting))}</Link>
      ),
    },
    {
      id: "waiting",
      title: said.waiting,
      header: said.waiting,
      minWidth: 180,
      cell: ({ waiting }) =>
        waiting.length === 0
          ? "–"
          : waiting.slice(0, 4).map(({ reason, count }) => (
              <div key={reason} title={reason}>
                {said.waits(count, reasonWords(reason))}
              </div>
            )),
    },
  ];
}

/** Slurm's reason as people read it: `QOSMaxJobsPerUserLimit` as it is where we have no words. */
function reasonWords(reason: string): string {
  const said = text.clusters.queues.reasons;
  return said[reason as keyof typeof said] ?? stateWords(reason);
}
