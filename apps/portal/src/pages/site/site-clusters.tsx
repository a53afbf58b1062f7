import Header from "@cloudscape-design/components/header";
import Link from "@cloudscape-design/components/link";
import StatusIndicator from "@cloudscape-design/components/status-indicator";
import type { SiteView } from "@sluice/api";
import { text } from "../../catalogue/index.ts";
import { clusterHref } from "../../frame/addresses.ts";
import { PlainTable } from "../../frame/plain-table.tsx";
import { When } from "../../frame/when.tsx";
import { isInService } from "../clusters/facts.ts";
import { ClusterState } from "../clusters/states.tsx";

type Cluster = SiteView["clusters"][number];

/** The clusters of the site, with who leads each. */
export function SiteClusters({ site: { clusters, issues } }: { readonly site: SiteView }) {
  const said = text.site.clusters;
  const lost = new Set(
    issues.filter(({ kind }) => kind === "cluster-lost").map(({ cluster }) => cluster),
  );
  return (
    <PlainTable<Cluster>
      title={said.title}
      header={<Header variant="h2">{said.title}</Header>}
      items={clusters}
      idOf={({ name }) => name}
      empty={null}
      columns={[
        {
          id: "name",
          header: said.cluster,
          isRowHeader: true,
          cell: ({ name }) => <Link href={clusterHref(name)}>{name}</Link>,
        },
        {
          id: "state",
          header: said.state,
          cell: (cluster) => <State cluster={cluster} isLost={lost.has(cluster.name)} />,
        },
        {
          id: "leader",
          header: said.leader,
          cell: ({ leader }) =>
            leader === undefined ? said.nobody : said.place(leader.machine, leader.zone),
        },
        {
          id: "standing-by",
          header: said.standingBy,
          cell: ({ heads }) =>
            heads
              .filter(({ role }) => role === "standing-by")
              .map(({ machine, zone }) => said.place(machine, zone))
              .join(", ") || said.nobody,
        },
        ...(clusters.some(({ backup }) => backup !== undefined)
          ? [
              {
                id: "backup",
                header: said.backup,
                cell: ({ backup }: Cluster) => <When at={backup?.lastAt} />,
              },
            ]
          : []),
      ]}
    />
  );
}

function State({
  cluster: { answers, leader, status },
  isLost,
}: {
  readonly cluster: Cluster;
  readonly isLost: boolean;
}) {
  const said = text.site.clusters;
  if (isLost) return <StatusIndicator type="error">{said.lost}</StatusIndicator>;
  if (answers) return <StatusIndicator type="success">{said.answers}</StatusIndicator>;
  if (!isInService(status)) return <ClusterState status={status} />;
  if (leader === undefined) {
    return <StatusIndicator type="error">{said.nobodyLeads}</StatusIndicator>;
  }
  return <StatusIndicator type="error">{said.silent}</StatusIndicator>;
}
