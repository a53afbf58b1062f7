import Alert from "@cloudscape-design/components/alert";
import Container from "@cloudscape-design/components/container";
import Header from "@cloudscape-design/components/header";
import KeyValuePairs from "@cloudscape-design/components/key-value-pairs";
import SpaceBetween from "@cloudscape-design/components/space-between";
import StatusIndicator from "@cloudscape-design/components/status-indicator";
import { ROUTES, type ServerState } from "@sluice/api";
import { text } from "../../../catalogue/index.ts";
import { bytes, date, number } from "../../../frame/format.ts";
import { useRead } from "../../../frame/queries.ts";
import { Read } from "../../../frame/states.tsx";
import { When } from "../../../frame/when.tsx";
import { ServedClusters } from "./served-clusters.tsx";
import { SiteServers } from "./site-servers.tsx";

const EVERY = 10_000;

/** How the server is, read again every few seconds. */
export default function HealthPart() {
  const state = useRead(ROUTES.getServerState, {}, { every: EVERY });
  return (
    <Read from={state}>
      {(seen) => (
        <SpaceBetween size="m">
          <Concerns concerns={seen.concerns} />
          <Server seen={seen} />
          <SiteServers servers={seen.servers} />
          <Database database={seen.database} />
          <ServedClusters clusters={seen.clusters} />
        </SpaceBetween>
      )}
    </Read>
  );
}

function Concerns({ concerns }: Pick<ServerState, "concerns">) {
  const { health } = text.administration;
  return (
    <div aria-live="polite">
      <SpaceBetween size="xs">
        {concerns.length === 0 && (
          <Alert type="success" header={health.well}>
            {health.wellMore}
          </Alert>
        )}
        {concerns.map(({ severity, what, todo }) => (
          <Alert key={what} type={severity} header={what}>
            {todo}
          </Alert>
        ))}
      </SpaceBetween>
    </div>
  );
}

function Server({ seen }: { readonly seen: ServerState }) {
  const { health } = text.administration;
  const { certificate, memory, requests } = seen;
  return (
    <Container header={<Header variant="h2">{health.server}</Header>}>
      <KeyValuePairs
        columns={4}
        items={[
          { label: health.version, value: seen.version },
          { label: health.since, value: <When at={seen.startedAt} /> },
          { label: health.address, value: seen.address },
          {
            label: health.certificate,
            value:
              certificate === undefined
                ? health.noTls
                : [
                    health.validUntil(date(certificate.validUntil)),
                    ...(certificate.selfSigned ? [health.selfSigned] : []),
                  ].join(", "),
          },
          {
            label: health.memory,
            value: (
              <>
                {bytes(memory.residentBytes)}, {health.memoryOf(bytes(memory.heapBytes))}
              </>
            ),
          },
          { label: health.delay, value: health.milliseconds(number(seen.eventLoopDelayP99Ms, 1)) },
          {
            label: health.requests,
            value: `${number(requests.answered)}, ${number(requests.failed)} ${health.failed}, ${number(requests.refusedForRate)} ${health.refused}`,
          },
          { label: health.listeners, value: number(seen.eventListeners) },
        ]}
      />
    </Container>
  );
}

function Database({ database }: Pick<ServerState, "database">) {
  const { health } = text.administration;
  const isUp = database.state === "ok";
  return (
    <Container
      header={
        <Header
          variant="h2"
          info={
            <StatusIndicator type={isUp ? "success" : "error"}>
              {isUp ? health.databaseOk : health.databaseAway}
            </StatusIndicator>
          }
        >
          {health.database}
        </Header>
      }
    >
      <KeyValuePairs
        columns={4}
        items={[
          { label: health.version, value: database.version ?? "–" },
          { label: health.server, value: database.isOwn ? health.own : health.elsewhere },
          { label: health.size, value: bytes(database.bytes) },
          {
            label: health.migrations,
            value:
              database.migrations === undefined
                ? "–"
                : `${number(database.migrations)} (${database.latestMigration ?? "–"})`,
          },
        ]}
      />
    </Container>
  );
}
