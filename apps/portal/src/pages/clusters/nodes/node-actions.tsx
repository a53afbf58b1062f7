import Alert from "@cloudscape-design/components/alert";
import Button from "@cloudscape-design/components/button";
import ButtonDropdown from "@cloudscape-design/components/button-dropdown";
import FormField from "@cloudscape-design/components/form-field";
import Input from "@cloudscape-design/components/input";
import SpaceBetween from "@cloudscape-design/components/space-between";
import { type NodeDoing, type RequestOf, ROUTES } from "@sluice/api";
import { type FormEvent, useState } from "react";
import { text } from "../../../catalogue/index.ts";
import { Confirm } from "../../../frame/confirm.tsx";
import { notifySuccess } from "../../../frame/notices.tsx";
import { useChange } from "../../../frame/queries.ts";
import { errorSentences } from "../../../frame/states.tsx";

type Action = RequestOf<typeof ROUTES.updateNodes>["body"]["action"];

const ACTIONS: readonly Action[] = ["drain", "resume", "power-up", "power-down", "power-down-now"];

/** What makes sense for a node that does this. */
function fits(action: Action, does: NodeDoing): boolean {
  switch (action) {
    case "drain":
      return does !== "drained";
    case "resume":
      return does === "drained" || does === "down";
    case "power-up":
      return does === "off";
    case "power-down":
    case "power-down-now":
      return does !== "off" && does !== "stopping";
    default: {
      const never: never = action;
      return never;
    }
  }
}

/** What operators do with nodes. A drain asks for its reason, what ends jobs asks first. */
export function NodeActions({
  cluster,
  nodes,
  onDone,
}: {
  readonly cluster: string;
  readonly nodes: readonly { readonly name: string; readonly does: NodeDoing }[];
  readonly onDone?: () => void;
}) {
  const said = text.clusters.nodes;
  const update = useChange(ROUTES.updateNodes, [
    ROUTES.getNodeMap,
    ROUTES.listNodes,
    ROUTES.getNode,
    ROUTES.listQueues,
    ROUTES.explain,
  ]);
  const [asking, setAsking] = useState<"drain" | "power-down-now">();
  const names = nodes.map(({ name }) => name);
  const act = async (action: Action, reason?: string): Promise<void> => {
    const body = { nodes: names, action, ...(reason === undefined ? {} : { reason }) };
    await update.mutateAsync({ params: { cluster }, body });
    setAsking(undefined);
    notifySuccess(said.did[action](names.length, names[0] ?? ""));
    onDone?.();
  };
  const begin = (action: Action): void => {
    update.reset();
    const isAsked = action === "drain" || action === "power-down-now";
    setAsking(isAsked ? action : undefined);
    // What goes wrong stands below the buttons.
    if (!isAsked) void act(action).catch(() => {});
  };
  return (
    <SpaceBetween size="s">
      <ButtonDropdown
        items={ACTIONS.map((action) => ({
          id: action,
          text: said.actions[action],
          secondaryText: said.actionsMore[action],
          disabled: !nodes.some(({ does }) => fits(action, does)),
        }))}
        disabled={names.length === 0}
        loading={update.isPending}
        onItemClick={({ detail }) => begin(detail.id as Action)}
      >
        {text.frame.actions.more}
      </ButtonDropdown>
      {asking === "drain" && (
        <Drain
          count={names.length}
          isBusy={update.isPending}
          onDrain={(reason) => void act("drain", reason).catch(() => {})}
          onCancel={() => setAsking(undefined)}
        />
      )}
      {update.isError && asking !== "power-down-now" && (
        <Alert type="error">
          {errorSentences(update.error).map((line) => (
            <div key={line}>{line}</div>
          ))}
        </Alert>
      )}
      {asking === "power-down-now" && (
        <Confirm
          title={said.downNowTitle(names.length, names[0] ?? "")}
          action={said.actions["power-down-now"]}
          onConfirm={() => act("power-down-now")}
          onClose={() => setAsking(undefined)}
        >
          {said.downNowMore}
        </Confirm>
      )}
    </SpaceBetween>
  );
}

function Drain({
  count,
  isBusy,
  onDrain,
  onCancel,
}: {
  readonly count: number;
  readonly isBusy: boolean;
  readonly onDrain: (reason: string) => void;
  readonly onCancel: () => void;
}) {
  const said = text.clusters.nodes;
  const [reason, setReason] = useState("");
  const isReady = reason.trim() !== "";
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    if (isReady && !isBusy) onDrain(reason.trim());
  };
  return (
    <form onSubmit={submit}>
      <FormField label={said.reason(count)} description={said.reasonMore}>
        <SpaceBetween size="xs">
          <Input
            value={reason}
            onChange={({ detail }) => setReason(detail.value.slice(0, 200))}
            autoFocus
          />
          <SpaceBetween size="xs" direction="horizontal">
            <Button formAction="submit" loading={isBusy} disabled={!isReady}>
              {said.actions.drain}
            </Button>
            <Button variant="link" formAction="none" onClick={onCancel}>
              {text.frame.actions.cancel}
            </Button>
          </SpaceBetween>
        </SpaceBetween>
      </FormField>
    </form>
  );
}
