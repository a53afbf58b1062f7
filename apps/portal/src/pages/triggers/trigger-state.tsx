import StatusIndicator from "@cloudscape-design/components/status-indicator";
import type { OccurrenceView, TriggerView } from "@sluice/api";
import { text } from "../../catalogue/index.ts";

const OF_TRIGGERS = { active: "success", paused: "stopped", failing: "error" } as const;

export function TriggerState({ state }: Pick<TriggerView, "state">) {
  return <StatusIndicator type={OF_TRIGGERS[state]}>{text.triggers.states[state]}</StatusIndicator>;
}

const OF_EVENTS = {
  received: "pending",
  submitting: "in-progress",
  retrying: "warning",
  submitted: "success",
  dead: "error",
  ignored: "stopped",
} as const;

export function EventState({ state }: Pick<OccurrenceView, "state">) {
  return (
    <StatusIndicator type={OF_EVENTS[state]}>{text.triggers.history.states[state]}</StatusIndicator>
  );
}
