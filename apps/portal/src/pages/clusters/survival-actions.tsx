import Alert from "@cloudscape-design/components/alert";
import { ROUTES } from "@sluice/api";
import { text } from "../../catalogue/index.ts";
import { Confirm } from "../../frame/confirm.tsx";
import { notifySuccess } from "../../frame/notices.tsx";
import { useChange } from "../../frame/queries.ts";

export type SurvivalAction = "fail-over" | "lost" | "let-back";

const AGAIN = [ROUTES.getCluster, ROUTES.listClusters, ROUTES.listLosses] as const;

/** Asks, and has the other head lead, the cluster count as lost, or come back. */
export function ConfirmSurvival({
  cluster,
  action,
  onClose,
}: {
  readonly cluster: string;
  readonly action: SurvivalAction;
  readonly onClose: () => void;
}) {
  const said = text.clusters.actions;
  const failOver = useChange(ROUTES.failOverCluster, AGAIN);
  const lose = useChange(ROUTES.declareClusterLost, AGAIN);
  const letBack = useChange(ROUTES.letClusterBack, AGAIN);
  const params = { cluster };
  switch (action) {
    case "fail-over":
      return (
        <Confirm
          title={said.failOverTitle(cluster)}
          action={said["fail-over"]}
          onConfirm={async () => {
            const { moved } = await failOver.mutateAsync({ params });
            notifySuccess(moved.join(" "));
          }}
          onClose={onClose}
        >
          {said.failOverMore}
        </Confirm>
      );
    case "lost":
      return (
        <Confirm
          title={said.lostTitle(cluster)}
          action={said.lost}
          typed={cluster}
          onConfirm={() => lose.mutateAsync({ params, body: { clusterName: cluster } })}
          onClose={onClose}
        >
          <Alert type="warning">{said.lostMore}</Alert>
        </Confirm>
      );
    case "let-back":
      return (
        <Confirm
          title={said.letBackTitle(cluster)}
          action={said["let-back"]}
          onConfirm={() => letBack.mutateAsync({ params })}
          onClose={onClose}
        >
          {said.letBackMore}
        </Confirm>
      );
    default:
      return action satisfies never;
  }
}
