import Box from "@cloudscape-design/components/box";
import Button from "@cloudscape-design/components/button";
import Container from "@cloudscape-design/components/container";
import SpaceBetween from "@cloudscape-design/components/space-between";
import Tabs from "@cloudscape-design/components/tabs";
import { type JsonOf, type OperationView, ROUTES } from "@sluice/api";
import { useQueryClient } from "@tanstack/react-query";
import { type ReactNode, useState } from "react";
import { useNavigate, useParams } from "react-router";
import { text } from "../../catalogue/index.ts";
import { useAddress } from "../../frame/address.ts";
import { notifySuccess } from "../../frame/notices.tsx";
import { Page } from "../../frame/page.tsx";
import { readAgain } from "../../frame/queries.ts";
import { useMay } from "../../frame/session.tsx";
import { Empty, Read } from "../../frame/states.tsx";
import { OperationProgress, operationTitle } from "../../parts/operation/operation-progress.tsx";
import { ClusterActions } from "./cluster-actions.tsx";
import { EventsTab } from "./events-tab.tsx";
import { isInService } from "./facts.ts";
import { FileTab } from "./file-tab.tsx";
import { Standing } from "./heads.tsx";
import { LogsTab } from "./logs-tab.tsx";
import { MachinesTab } from "./machines-tab.tsx";
import { NodesTab } from "./nodes/nodes-tab.tsx";
import { OperationsTab } from "./operations-tab.tsx";
import { OverviewTab } from "./overview-tab.tsx";
import { QueuesTab } from "./queues-tab.tsx";
import { useCluster } from "./reads.ts";

type Description = JsonOf<typeof ROUTES.getCluster>;

/** One cluster, whichever part of it the address names. */
export default function ClusterPage() {
  const { cluster = "" } = useParams();
  const read = useCluster(cluster);
  const navigate = useNavigate();
  const [left, setLeft] = useState<string>();
  const crumbs = [{ text: text.frame.pages.clusters, href: "/clusters" }];
  const operation = left ?? read.data?.operation;
  const ended = (one: OperationView): void => {
    // One that went wrong stays, with its reason, until somebody has seen it.
    setLeft(one.state === "done" ? undefined : one.id);
    if (one.state !== "done") return;
    notifySuccess(text.clusters.operation.ended(operationTitle(one)));
    if (one.kind === "delete-cluster") void navigate("/clusters");
  };
  return (
    <Page
      title={cluster}
      crumbs={crumbs}
      info={read.data !== undefined && <Standing cluster={read.data} />}
      actions={
        read.data && <ClusterActions cluster={read.data} onBegin={({ id }) => setLeft(id)} />
      }
    >
      {/* While it is deleted its own page goes, and the operation tells how that went. */}
      {operation === undefined ? (
        <Read from={read}>{(found) => <Parts cluster={found} />}</Read>
      ) : (
        <SpaceBetween size="l">
          <Container>
            <AtWork
              key={operation}
              id={operation}
              onEnd={ended}
              onDismiss={() => setLeft(undefined)}
            />
          </Container>
          {read.data !== undefined && <Parts cluster={read.data} />}
        </SpaceBetween>
      )}
    </Page>
  );
}

/** What is at work on the cluster; when it has ended, everything of it is another. */
function AtWork({
  id,
  onEnd,
  onDismiss,
}: {
  readonly id: string;
  readonly onEnd: (operation: OperationView) => void;
  readonly onDismiss: () => void;
}) {
  const client = useQueryClient();
  const [isOver, setOver] = useState(false);
  const ended = (operation: OperationView): void => {
    setOver(true);
    onEnd(operation);
    void readAgain(client, [
      ROUTES.listClusters,
      ROUTES.listQueues,
      ROUTES.getComputeFleet,
      ...(operation.kind === "delete-cluster" ? [] : [ROUTES.getCluster]),
    ]);
  };
  return (
    <SpaceBetween size="s">
      <OperationProgress id={id} onEnd={ended} />
      {isOver && <Button onClick={onDismiss}>{text.frame.actions.dismiss}</Button>}
    </SpaceBetween>
  );
}

function Parts({ cluster }: { readonly cluster: Description }) {
  const said = text.clusters.tabs;
  const { clusterName: name, clusterStatus } = cluster;
  const isOperator = useMay("operator", name);
  const [address, setAddress] = useAddress({ tab: "overview" });
  const needsHead = (content: ReactNode): ReactNode =>
    isInService(clusterStatus) ? content : <NotRunning />;
  const tabs: readonly (readonly [keyof typeof said, ReactNode])[] = [
    ["overview", <OverviewTab key="overview" cluster={cluster} />],
    ["nodes", needsHead(<NodesTab cluster={name} />)],
    ["queues", needsHead(<QueuesTab cluster={name} />)],
    ...(isOperator
      ? ([
          ["machines", <MachinesTab key="machines" cluster={name} />],
          ["events", <EventsTab key="events" cluster={name} />],
          ["logs", needsHead(<LogsTab cluster={name} />)],
          ["file", <FileTab key="file" cluster={name} />],
        ] as const)
      : []),
    ["operations", <OperationsTab key="operations" cluster={name} />],
  ];
  const active = tabs.some(([id]) => id === address.tab) ? address.tab : "overview";
  return (
    <Tabs
      ariaLabel={said.title}
      activeTabId={active}
      onChange={({ detail }) => setAddress({ tab: detail.activeTabId })}
      tabs={tabs.map(([id, content]) => ({
        id,
        label: said[id],
        content: id === active && <Box padding={{ top: "s" }}>{content}</Box>,
      }))}
    />
  );
}

function NotRunning() {
  const said = text.clusters;
  return <Empty title={said.notRunning} more={said.notRunningMore} />;
}
