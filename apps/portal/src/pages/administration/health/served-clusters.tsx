import Header from "@cloudscape-design/components/header";
import Link from "@cloudscape-design/components/link";
import StatusIndicator from "@cloudscape-design/components/status-indicator";
import Table from "@cloudscape-design/components/table";
import type { ServerState } from "@sluice/api";
import { text } from "../../../catalogue/index.ts";
import { clusterHref } from "../../../frame/addresses.ts";
import { duration, number } from "../../../frame/format.ts";
import { Empty } from "../../../frame/states.tsx";

type Served = ServerState["clusters"][number];

/** How old what the server knows of each cluster is. */
export function ServedClusters({ clusters }: Pick<ServerState, "clusters">) {
  const { health } = text.administration;
  const age = (seconds: number | undefined): string =>
    seconds === undefined ? health.waiting : health.ago(duration(seconds));
  return (
    <Table
      items={[...clusters]}
      trackBy={({ name }) => name}
      ariaLabels={{ tableLabel: health.clusters }}
      header={<Header variant="h2">{health.clusters}</Header>}
      empty={<Empty title={health.noClusters} />}
      columnDefinitions={[
        {
          id: "name",
          header: health.cluster,
          isRowHeader: true,
          cell: ({ name }) => <Link href={clusterHref(name)}>{name}</Link>,
        },
        { id: "reached", header: health.status, cell: (cluster) => <Reached cluster={cluster} /> },
        { id: "queue", header: health.queueAge, cell: (one) => age(one.queueAgeSeconds) },
        { id: "history", header: health.historyAge, cell: (one) => age(one.historyAgeSeconds) },
        { id: "jobs", header: health.jobs, cell: ({ jobs }) => number(jobs) },
      ]}
    />
  );
}

function Reached({ cluster: { problem, queueAgeSeconds, status } }: { readonly cluster: Served }) {
  const { health } = text.administration;
  if (problem !== undefined) {
    return <StatusIndicator type="error">{health.notReached}</StatusIndicator>;
  }
  if (queueAgeSeconds === undefined) {
    return <StatusIndicator type="pending">{status}</StatusIndicator>;
  }
  return <StatusIndicator type="success">{health.reachable}</StatusIndicator>;
}
