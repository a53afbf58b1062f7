import StatusIndicator, {
  type StatusIndicatorProps,
} from "@cloudscape-design/components/status-indicator";

const KINDS: Readonly<Record<string, StatusIndicatorProps.Type>> = {
  RUNNING: "in-progress",
  COMPLETING: "in-progress",
  CONFIGURING: "loading",
  PENDING: "pending",
  SUSPENDED: "stopped",
  COMPLETED: "success",
  CANCELLED: "stopped",
  PREEMPTED: "warning",
  REQUEUED: "pending",
  REQUEUE_HOLD: "stopped",
  TIMEOUT: "error",
  FAILED: "error",
  NODE_FAIL: "error",
  OUT_OF_MEMORY: "error",
  BOOT_FAIL: "error",
  DEADLINE: "error",
  LAUNCH_FAILED: "error",
};

/** Slurm's word as people read it: `OUT_OF_MEMORY` is `Out of memory`. */
export function stateWords(state: string): string {
  const words = state.toLowerCase().replaceAll("_", " ");
  return `${words[0]?.toUpperCase() ?? ""}${words.slice(1)}`;
}

/** A job's state: by its sign and its word, not by colour alone. */
export function JobState({ state }: { readonly state: string }) {
  return <StatusIndicator type={KINDS[state] ?? "info"}>{stateWords(state)}</StatusIndicator>;
}
