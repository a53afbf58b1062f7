import StatusIndicator, {
  type StatusIndicatorProps,
} from "@cloudscape-design/components/status-indicator";
import { text } from "../catalogue/index.ts";
import { stateWords } from "./job-state.tsx";

const SIGNS: Readonly<Record<string, StatusIndicatorProps.Type>> = {
  UP: "success",
  INACTIVE: "stopped",
  DOWN: "error",
  DRAIN: "stopped",
};

/** Whether a queue takes jobs and starts them. */
export function QueueState({ state }: { readonly state: string }) {
  const said = text.clusters.queues.states;
  return (
    <StatusIndicator type={SIGNS[state] ?? "info"}>
      {said[state as keyof typeof said] ?? stateWords(state)}
    </StatusIndicator>
  );
}
