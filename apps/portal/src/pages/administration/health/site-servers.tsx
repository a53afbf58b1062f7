import Box from "@cloudscape-design/components/box";
import Header from "@cloudscape-design/components/header";
import StatusIndicator from "@cloudscape-design/components/status-indicator";
import Table from "@cloudscape-design/components/table";
import type { ServerState } from "@sluice/api";
import { text } from "../../../catalogue/index.ts";
import { When } from "../../../frame/when.tsx";

type One = ServerState["servers"][number];

const TYPES = { alive: "success", leaving: "pending", silent: "error" } as const;

/** Who serves the site; nothing where there is only one. */
export function SiteServers({ servers }: Pick<ServerState, "servers">) {
  const { health } = text.administration;
  if (servers.length < 2) return null;
  return (
    <Table
      header={<Header variant="h2">{health.servers}</Header>}
      items={[...servers]}
      trackBy={({ id }) => id}
      ariaLabels={{ tableLabel: health.servers }}
      columnDefinitions={[
        {
          id: "host",
          header: health.host,
          isRowHeader: true,
          cell: ({ host, isThis }: One) => (isThis ? health.thisServer(host) : host),
        },
        {
          id: "state",
          header: health.state,
          cell: ({ state }: One) => (
            <StatusIndicator type={TYPES[state]}>{health.serverStates[state]}</StatusIndicator>
          ),
        },
        { id: "address", header: health.address, cell: ({ address }: One) => <Box>{address}</Box> },
        { id: "version", header: health.version, cell: ({ version }: One) => version },
        { id: "since", header: health.since, cell: ({ since }: One) => <When at={since} /> },
      ]}
    />
  );
}
