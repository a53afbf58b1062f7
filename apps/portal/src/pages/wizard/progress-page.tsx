import Box from "@cloudscape-design/components/box";
import Button from "@cloudscape-design/components/button";
import Container from "@cloudscape-design/components/container";
import SpaceBetween from "@cloudscape-design/components/space-between";
import { ROUTES } from "@sluice/api";
import { useEffect } from "react";
import { text } from "../../catalogue/index.ts";
import { clusterHref } from "../../frame/addresses.ts";
import { type Crumb, Page } from "../../frame/page.tsx";
import { useRead } from "../../frame/queries.ts";
import { OperationProgress, operationTitle } from "../../parts/operation/operation-progress.tsx";
import { forgetDraft } from "./drafts.ts";

/** How a cluster is made or changed, step by step, and the way on or back. */
export function ProgressPage({
  id,
  title,
  crumbs,
  draftKey,
  onBack,
}: {
  readonly id: string;
  /** Until the operation's own is known. */
  readonly title: string;
  readonly crumbs: readonly Crumb[];
  /** Of the draft that is done with when the operation is. */
  readonly draftKey: string;
  readonly onBack: () => void;
}) {
  const said = text.wizard.progress;
  const { data } = useRead(
    ROUTES.getOperation,
    { params: { operation: id } },
    { topics: ["operation"] },
  );
  const isDone = data?.state === "done";
  useEffect(() => {
    if (isDone) forgetDraft(draftKey);
  }, [isDone, draftKey]);
  const isOver = data !== undefined && data.state !== "running";
  return (
    <Page title={data === undefined ? title : operationTitle(data)} crumbs={crumbs}>
      <Container>
        <SpaceBetween size="l">
          <OperationProgress id={id} hasTitle={false} />
          {isOver ? (
            <SpaceBetween direction="horizontal" size="xs">
              {isDone && data.cluster !== undefined && (
                <Button variant="primary" href={clusterHref(data.cluster)}>
                  {said.toCluster}
                </Button>
              )}
              {!isDone && (
                <Button variant="primary" onClick={onBack}>
                  {said.toFile}
                </Button>
              )}
            </SpaceBetween>
          ) : (
            <Box color="text-status-inactive">{said.leave}</Box>
          )}
        </SpaceBetween>
      </Container>
    </Page>
  );
}
