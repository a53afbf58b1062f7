import StatusIndicator, {
  type StatusIndicatorProps,
} from "@cloudscape-design/components/status-indicator";
import { text } from "../../catalogue/index.ts";
import { stateWords } from "../../frame/job-state.tsx";

type Sign = StatusIndicatorProps.Type;

const CLUSTER: Readonly<Record<string, Sign>> = {
  CREATE_IN_PROGRESS: "loading",
  CREATE_COMPLETE: "success",
  CREATE_FAILED: "error",
  DELETE_IN_PROGRESS: "loading",
  DELETE_FAILED: "error",
  UPDATE_IN_PROGRESS: "loading",
  UPDATE_COMPLETE: "success",
  UPDATE_FAILED: "warning",
  STOPPED: "stopped",
};

const FLEET: Readonly<Record<string, Sign>> = {
  START_REQUESTED: "loading",
  STARTING: "loading",
  RUNNING: "success",
  PROTECTED: "warning",
  STOP_REQUESTED: "loading",
  STOPPING: "loading",
  STOPPED: "stopped",
};

/** A cluster's state, in people's words; ParallelCluster's own is told to who points at it. */
export function ClusterState({ status }: { readonly status: string }) {
  const said = text.clusters.statuses;
  return (
    <span title={status}>
      <StatusIndicator type={CLUSTER[status] ?? "info"}>
        {said[status as keyof typeof said] ?? stateWords(status)}
      </StatusIndicator>
    </span>
  );
}

export function FleetState({ status }: { readonly status: string }) {
  const said = text.clusters.fleet.statuses;
  return (
    <StatusIndicator type={FLEET[status] ?? "info"}>
      {said[status as keyof typeof said] ?? stateWords(status)}
    </StatusIndicator>
  );
}
