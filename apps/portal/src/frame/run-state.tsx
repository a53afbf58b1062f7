import StatusIndicator, {
  type StatusIndicatorProps,
} from "@cloudscape-design/components/status-indicator";
import { text } from "../catalogue/index.ts";

export type RunStateWord = keyof typeof text.runs.states;

const SIGNS: Readonly<Record<RunStateWord, StatusIndicatorProps.Type>> = {
  draft: "info",
  submitting: "loading",
  queued: "pending",
  running: "in-progress",
  done: "success",
  failed: "error",
  cancelled: "stopped",
  expired: "not-started",
};

export const RUN_STATES = Object.keys(SIGNS) as readonly RunStateWord[];

const isKnown = (state: string): state is RunStateWord => state in SIGNS;

export function RunState({ state }: { readonly state: string }) {
  if (!isKnown(state)) return <StatusIndicator type="info">{state}</StatusIndicator>;
  return <StatusIndicator type={SIGNS[state]}>{text.runs.states[state]}</StatusIndicator>;
}

/** Whether there is a job that will change something yet. */
export function isLive(state: string): boolean {
  return state === "submitting" || state === "queued" || state === "running";
}
