import Button from "@cloudscape-design/components/button";
import ButtonDropdown from "@cloudscape-design/components/button-dropdown";
import SpaceBetween from "@cloudscape-design/components/space-between";
import { type JsonOf, type OperationView, ROUTES } from "@sluice/api";
import { useState } from "react";
import { text } from "../../catalogue/index.ts";
import { clusterHref } from "../../frame/addresses.ts";
import { Confirm } from "../../frame/confirm.tsx";
import { notifyError } from "../../frame/notices.tsx";
import { useChange } from "../../frame/queries.ts";
import { useMay } from "../../frame/session.tsx";
import { DeleteCluster } from "./delete-cluster.tsx";
import { isInService } from "./facts.ts";
import { useLoss } from "./heads.tsx";
import { ConfirmSurvival, type SurvivalAction } from "./survival-actions.tsx";

type Description = JsonOf<typeof ROUTES.getCluster>;
type Asking = "fleet-stop" | "stop" | "delete" | SurvivalAction;

const STANDS_BY = "standing-by";

const AGAIN = [ROUTES.getCluster, ROUTES.listClusters, ROUTES.listOperations] as const;

/** What can be done with a cluster as a whole; each is an operation. */
export function ClusterActions({
  cluster,
  onBegin,
}: {
  readonly cluster: Description;
  readonly onBegin: (operation: OperationView) => void;
}) {
  const said = text.clusters.actions;
  const { clusterName: name, clusterStatus, computeFleetStatus: fleetStatus } = cluster;
  const isOperator = useMay("operator", name);
  const isAdministrator = useMay("administrator", name);
  const fleet = useChange(ROUTES.updateComputeFleet, AGAIN);
  const stop = useChange(ROUTES.stopCluster, AGAIN);
  const start = useChange(ROUTES.startCluster, AGAIN);
  const [asking, setAsking] = useState<Asking>();
  const loss = useLoss(name);
  if (!isOperator) return null;

  const params = { cluster: name };
  const isBusy = cluster.operation !== undefined;
  const isUp = isInService(clusterStatus);
  const isFleetStopped = fleetStatus === "STOPPED" || fleetStatus === "STOPPING";
  const begin = (work: Promise<OperationView>): Promise<void> => work.then(onBegin);
  const setFleet = (status: "START_REQUESTED" | "STOP_REQUESTED"): Promise<void> =>
    begin(fleet.mutateAsync({ params, body: { status } }));
  const choose = (id: string): void => {
    if (id === "fleet-start") void setFleet("START_REQUESTED").catch(notifyError);
    else if (id === "start") void begin(start.mutateAsync({ params })).catch(notifyError);
    else setAsking(id as Asking);
  };
  const item = (id: Asking | "fleet-start" | "start", isPossible: boolean) => ({
    id,
    text: said[id],
    disabled: isBusy || !isPossible,
    ...(isBusy ? { disabledReason: said.busy } : {}),
  });
  return (
    <SpaceBetween size="xs" direction="horizontal">
      <ButtonDropdown
        items={[
          item("fleet-start", isUp && fleetStatus !== "RUNNING"),
          item("fleet-stop", isUp && !isFleetStopped),
          ...(cluster.headNodes === undefined
            ? []
            : [item("fail-over", isUp && cluster.headNodes.some((one) => one.role === STANDS_BY))]),
          ...(isAdministrator
            ? [
                item("start", clusterStatus === "STOPPED"),
                item("stop", isUp),
                loss === undefined ? item("lost", true) : item("let-back", true),
                item("delete", clusterStatus !== "DELETE_IN_PROGRESS"),
              ]
            : []),
        ]}
        onItemClick={({ detail }) => choose(detail.id)}
      >
        {text.frame.actions.more}
      </ButtonDropdown>
      {isAdministrator && (
        <Button href={`${clusterHref(name)}/edit`} disabled={isBusy || !isUp}>
          {said.change}
        </Button>
      )}
      {asking === "fleet-stop" && (
        <Confirm
          title={said.fleetStopTitle(name)}
          action={said["fleet-stop"]}
          onConfirm={() => setFleet("STOP_REQUESTED")}
          onClose={() => setAsking(undefined)}
        >
          {said.fleetStopMore}
        </Confirm>
      )}
      {asking === "stop" && (
        <Confirm
          title={said.stopTitle(name)}
          action={said.stop}
          onConfirm={() => begin(stop.mutateAsync({ params }))}
          onClose={() => setAsking(undefined)}
        >
          {said.stopMore}
        </Confirm>
      )}
      {(asking === "fail-over" || asking === "lost" || asking === "let-back") && (
        <ConfirmSurvival cluster={name} action={asking} onClose={() => setAsking(undefined)} />
      )}
      {asking === "delete" && (
        <DeleteCluster cluster={name} onBegin={onBegin} onClose={() => setAsking(undefined)} />
      )}
    </SpaceBetween>
  );
}
