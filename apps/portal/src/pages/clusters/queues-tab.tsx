import SpaceBetween from "@cloudscape-design/components/space-between";
import { text } from "../../catalogue/index.ts";
import { Empty } from "../../frame/states.tsx";
import { CapacityProblems } from "./capacity.tsx";
import { QueuesTable } from "./queues-table.tsx";
import { useFleet, useQueues } from "./reads.ts";

/** Queues, what is protected, and what the cloud has none of at the moment. */
export function QueuesTab({ cluster }: { readonly cluster: string }) {
  const queues = useQueues(cluster, true);
  const fleet = useFleet(cluster, true);
  const said = text.clusters.capacity;
  const isCalm =
    fleet.data !== undefined &&
    fleet.data.unavailable.length === 0 &&
    fleet.data.protected.length === 0;
  return (
    <SpaceBetween size="l">
      <QueuesTable cluster={cluster} queues={queues.data?.items} error={queues.error} />
      {fleet.data !== undefined && <CapacityProblems cluster={cluster} fleet={fleet.data} />}
      {isCalm && <Empty title={said.calm} more={said.calmMore} />}
    </SpaceBetween>
  );
}
