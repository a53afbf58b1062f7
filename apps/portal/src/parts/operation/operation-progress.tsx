import Alert from "@cloudscape-design/components/alert";
import Box from "@cloudscape-design/components/box";
import Button from "@cloudscape-design/components/button";
import SpaceBetween from "@cloudscape-design/components/space-between";
import StatusIndicator, {
  type StatusIndicatorProps,
} from "@cloudscape-design/components/status-indicator";
import Steps from "@cloudscape-design/components/steps";
import { type OperationView, ROUTES } from "@sluice/api";
import { useState } from "react";
import { text } from "../../catalogue/index.ts";
import { Confirm } from "../../frame/confirm.tsx";
import { duration, sentence } from "../../frame/format.ts";
import { useChange } from "../../frame/queries.ts";
import { useMay } from "../../frame/session.tsx";
import { Failure, Loading } from "../../frame/states.tsx";
import { useNow } from "../../frame/when.tsx";
import { type OperationStep, stepsOf } from "./steps.ts";
import { useOperation } from "./use-operation.ts";
import "./operation.css";

const SIGNS: Readonly<Record<OperationStep["state"], StatusIndicatorProps.Type>> = {
  running: "loading",
  done: "success",
  failed: "error",
  stopped: "stopped",
  told: "info",
};

const OPERATION_SIGNS: Readonly<Record<OperationView["state"], StatusIndicatorProps.Type>> = {
  running: "in-progress",
  done: "success",
  failed: "error",
  cancelled: "stopped",
};

/** An operation's state: by its sign and its word. */
export function OperationState({ state }: { readonly state: OperationView["state"] }) {
  return (
    <StatusIndicator type={OPERATION_SIGNS[state]}>
      {text.clusters.operation.states[state]}
    </StatusIndicator>
  );
}

/** What an operation does, as `Creating cluster lab`. */
export function operationTitle({ kind, cluster, image, result }: OperationView): string {
  const { kinds, fleet } = text.clusters.operation;
  const name = cluster ?? image ?? "";
  if (kind === "update-compute-fleet") {
    // Which of the two it is only its result says.
    const { status } = (result ?? {}) as { readonly status?: unknown };
    if (status === "STOPPED") return fleet.stop(name);
    if (status === "RUNNING" || status === "PROTECTED") return fleet.start(name);
  }
  return kinds[kind as keyof typeof kinds]?.(name) ?? `${kind} ${name}`;
}

/**
 * A long work of the server's, its steps as they go, why it failed, and a way to call it off for
 * those who may. It goes on when its viewer leaves.
 */
export function OperationProgress({
  id,
  onEnd,
  hasTitle = true,
}: {
  readonly id: string;
  /** Called once, with how it ended; at once when it is over already. */
  readonly onEnd?: (operation: OperationView) => void;
  /** Not where the page says it already. */
  readonly hasTitle?: boolean;
}) {
  const { operation, lines, error, again } = useOperation(id, onEnd);
  if (operation === undefined) {
    return error === null ? <Loading /> : <Failure error={error} again={again} />;
  }
  const steps = stepsOf(lines, operation);
  const { state } = operation;
  return (
    <SpaceBetween size="s">
      <div className="operation-head">
        <div aria-live="polite">
          <OperationState state={state} /> {hasTitle && <b>{operationTitle(operation)}</b>}{" "}
          <Elapsed from={operation.createdAt} until={operation.endedAt} />
        </div>
        <CancelOperation operation={operation} />
      </div>
      {operation.error !== undefined && (
        <Alert type="error" header={sentence(operation.error.message)}>
          {operation.error.hint !== undefined && sentence(operation.error.hint)}
        </Alert>
      )}
      {steps.length > 0 && (
        <Steps
          ariaLabel={text.clusters.operation.steps}
          steps={steps.map((step) => ({
            status: SIGNS[step.state],
            statusIconAriaLabel: text.clusters.operation.stepStates[step.state],
            header: <StepHeader step={step} />,
            details: <StepDetails messages={step.messages} />,
          }))}
        />
      )}
      {steps.length === 0 && state === "running" && (
        <Box color="text-status-inactive">{text.clusters.operation.begins}</Box>
      )}
    </SpaceBetween>
  );
}

function StepHeader({ step }: { readonly step: OperationStep }) {
  const { resource } = step;
  return (
    <span>
      {resource.charAt(0).toUpperCase() + resource.slice(1)}{" "}
      {step.state !== "told" && <Elapsed from={step.begunAt} until={step.endedAt} />}
    </span>
  );
}

/** The newest lines; a step may have hundreds. */
const SHOWN = 4;

function StepDetails({ messages }: { readonly messages: readonly string[] }) {
  const said = messages.slice(-SHOWN);
  if (said.length === 0) return null;
  return (
    <Box variant="small">
      {said.map((message, index) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: the same may be said twice
        <div key={index}>{message}</div>
      ))}
    </Box>
  );
}

function Elapsed({ from, until }: { readonly from: string; readonly until: string | undefined }) {
  const now = useNow(1_000);
  const end = until === undefined ? now : Date.parse(until);
  return (
    <Box variant="span" color="text-status-inactive" fontSize="body-s">
      <span className="numbers">{duration((end - Date.parse(from)) / 1000)}</span>
    </Box>
  );
}

function CancelOperation({ operation }: { readonly operation: OperationView }) {
  const said = text.clusters.operation;
  const { id, kind, cluster } = operation;
  const mayCancel = useMay(
    kind === "update-compute-fleet" ? "operator" : "administrator",
    cluster ?? "*",
  );
  const cancel = useChange(ROUTES.cancelOperation, [ROUTES.getOperation, ROUTES.listOperations]);
  const [isAsking, setAsking] = useState(false);
  if (operation.state !== "running" || !mayCancel) return null;
  const { after } = said;
  return (
    <>
      <Button onClick={() => setAsking(true)}>{said.cancel}</Button>
      {isAsking && (
        <Confirm
          title={said.cancelTitle}
          action={said.cancel}
          onConfirm={() => cancel.mutateAsync({ params: { operation: id } })}
          onClose={() => setAsking(false)}
        >
          {after[kind as keyof typeof after] ?? after.other}
        </Confirm>
      )}
    </>
  );
}
