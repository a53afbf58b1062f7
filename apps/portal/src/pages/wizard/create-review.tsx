import Box from "@cloudscape-design/components/box";
import Button from "@cloudscape-design/components/button";
import Checkbox from "@cloudscape-design/components/checkbox";
import SpaceBetween from "@cloudscape-design/components/space-between";
import { ROUTES } from "@sluice/api";
import { useState } from "react";
import { text } from "../../catalogue/index.ts";
import { statusOf, useChange, useRead } from "../../frame/queries.ts";
import { useSettled } from "../../frame/settled.ts";
import { Empty, Failure } from "../../frame/states.tsx";
import { Part } from "./part.tsx";
import { Accepted, CostWords, Planning, PlanSteps, Refusal, UnknownPrices } from "./plan-parts.tsx";
import { STILL } from "./use-review.ts";

/** What will be made and what it costs; then it is made. */
export function CreateReview({
  name,
  file,
  suppressed,
  onSuppressed,
  onName,
  onStarted,
}: {
  readonly name: string;
  readonly file: string;
  readonly suppressed: readonly string[];
  readonly onSuppressed: (suppressed: readonly string[]) => void;
  /** Leads to where the name is asked. */
  readonly onName: () => void;
  readonly onStarted: (operation: string) => void;
}) {
  const said = text.wizard.review;
  const [rollbackOnFailure, setRollback] = useState(true);
  const settled = useSettled(file, STILL);
  const body = { clusterName: name, clusterConfiguration: settled, suppressValidators: suppressed };
  const plan = useRead(
    ROUTES.planCluster,
    { body: { ...body, suppressValidators: [...suppressed] } },
    { enabled: name !== "", keep: true },
  );
  const create = useChange(ROUTES.createCluster, [ROUTES.listClusters]);
  if (name === "") {
    return (
      <Empty
        title={said.invalid}
        action={
          <Button variant="primary" onClick={onName}>
            {said.toName}
          </Button>
        }
      />
    );
  }
  const { data, error } = plan;
  return (
    <SpaceBetween size="l">
      {error !== null && (
        <Refusal
          error={error}
          suppressed={suppressed}
          onSuppressed={onSuppressed}
          again={() => void plan.refetch()}
          action={
            // The name is taken.
            statusOf(error) === 409 ? <Button onClick={onName}>{said.toName}</Button> : undefined
          }
        />
      )}
      {data === undefined && error === null && <Planning />}
      {data !== undefined && error === null && (
        <Part title={said.title}>
          <PlanSteps title={said.made} steps={data.steps} />
          <div>
            <Box variant="h3">{said.cost}</Box>
            <CostWords cost={data.cost} />
            <UnknownPrices names={data.cost.unknownPrices} />
          </div>
          <Checkbox
            checked={rollbackOnFailure}
            description={said.rollbackMore}
            onChange={({ detail }) => setRollback(detail.checked)}
          >
            {said.rollback}
          </Checkbox>
          {create.error !== null && <Failure error={create.error} />}
          <Button
            variant="primary"
            loading={create.isPending}
            disabled={settled !== file || plan.isPlaceholderData}
            onClick={() =>
              create.mutate(
                { body: { ...body, suppressValidators: [...suppressed], rollbackOnFailure } },
                { onSuccess: ({ id }) => onStarted(id) },
              )
            }
          >
            {said.create}
          </Button>
        </Part>
      )}
      <Accepted suppressed={suppressed} onSuppressed={onSuppressed} />
    </SpaceBetween>
  );
}
