import Box from "@cloudscape-design/components/box";
import Button from "@cloudscape-design/components/button";
import Header from "@cloudscape-design/components/header";
import Link from "@cloudscape-design/components/link";
import StatusIndicator, {
  type StatusIndicatorProps,
} from "@cloudscape-design/components/status-indicator";
import Table from "@cloudscape-design/components/table";
import type { Home } from "@sluice/api";
import { text } from "../../catalogue/index.ts";
import { Empty } from "../../frame/states.tsx";
import { When } from "../../frame/when.tsx";

type Run = Home["runs"][number];

const SIGNS: Readonly<Record<string, StatusIndicatorProps.Type>> = {
  draft: "info",
  submitting: "pending",
  queued: "pending",
  running: "in-progress",
  done: "success",
  failed: "error",
  cancelled: "stopped",
  expired: "stopped",
};

export function MyRuns({ runs }: { readonly runs: readonly Run[] }) {
  const said = text.home.runs;
  return (
    <Table<Run>
      variant="container"
      trackBy="id"
      items={[...runs]}
      ariaLabels={{ tableLabel: said.title }}
      header={
        <Header variant="h2" actions={<Button href="/runs">{said.all}</Button>}>
          {said.title}
        </Header>
      }
      empty={<Empty title={said.empty} more={said.emptyMore} />}
      columnDefinitions={[
        {
          id: "name",
          header: said.name,
          cell: ({ id, name, application }) => (
            <>
              <Link href={`/runs/${encodeURIComponent(id)}`}>{name}</Link>{" "}
              <Box variant="span" color="text-body-secondary">
                {application}
              </Box>
            </>
          ),
        },
        {
          id: "state",
          header: said.state,
          cell: ({ state }) => (
            <StatusIndicator type={SIGNS[state] ?? "info"}>
              {said.states[state] ?? state}
            </StatusIndicator>
          ),
        },
        { id: "made", header: said.made, cell: ({ createdAt }) => <When at={createdAt} /> },
      ]}
    />
  );
}
