import Alert from "@cloudscape-design/components/alert";
import Checkbox from "@cloudscape-design/components/checkbox";
import SpaceBetween from "@cloudscape-design/components/space-between";
import { type OperationView, ROUTES } from "@sluice/api";
import { useState } from "react";
import { text } from "../../catalogue/index.ts";
import { Confirm } from "../../frame/confirm.tsx";
import { useChange } from "../../frame/queries.ts";

/** Asks for the cluster's name, and what of it is to be kept. */
export function DeleteCluster({
  cluster,
  onBegin,
  onClose,
}: {
  readonly cluster: string;
  readonly onBegin: (operation: OperationView) => void;
  readonly onClose: () => void;
}) {
  const said = text.clusters.actions;
  const remove = useChange(ROUTES.deleteCluster, [
    ROUTES.getCluster,
    ROUTES.listClusters,
    ROUTES.listOperations,
  ]);
  const [keepAccounting, setKeepAccounting] = useState(false);
  const [retainStorage, setRetainStorage] = useState(false);
  const flag = (isSet: boolean): "true" | "false" => (isSet ? "true" : "false");
  const confirm = async (): Promise<void> => {
    const query = { keepAccounting: flag(keepAccounting), retainStorage: flag(retainStorage) };
    onBegin(await remove.mutateAsync({ params: { cluster }, query }));
  };
  return (
    <Confirm
      title={said.deleteTitle(cluster)}
      action={said.delete}
      typed={cluster}
      onConfirm={confirm}
      onClose={onClose}
    >
      <SpaceBetween size="m">
        <Alert type="warning">{said.deleteMore}</Alert>
        <Checkbox
          checked={keepAccounting || retainStorage}
          disabled={retainStorage}
          description={said.keepAccountingMore}
          onChange={({ detail }) => setKeepAccounting(detail.checked)}
        >
          {said.keepAccounting}
        </Checkbox>
        <Checkbox
          checked={retainStorage}
          description={said.retainStorageMore}
          onChange={({ detail }) => setRetainStorage(detail.checked)}
        >
          {said.retainStorage}
        </Checkbox>
      </SpaceBetween>
    </Confirm>
  );
}
