import Container from "@cloudscape-design/components/container";
import Header from "@cloudscape-design/components/header";
import KeyValuePairs from "@cloudscape-design/components/key-value-pairs";
import Link from "@cloudscape-design/components/link";
import SpaceBetween from "@cloudscape-design/components/space-between";
import StatusIndicator from "@cloudscape-design/components/status-indicator";
import Table from "@cloudscape-design/components/table";
import { ROUTES, type SiteView } from "@sluice/api";
import { text } from "../../../catalogue/index.ts";
import { clusterHref } from "../../../frame/addresses.ts";
import { statusOf, useRead } from "../../../frame/queries.ts";
import { Failure } from "../../../frame/states.tsx";

const EVERY = 10_000;
const ZONES = { up: "success", failed: "error", cut: "warning" } as const;

/** Zones, machines, database and clusters of the site that the server is of; nothing of no site. */
export function SiteZones() {
  const { site: said } = text.administration;
  const site = useRead(ROUTES.getSite, {}, { every: EVERY });
  if (site.data === undefined) {
    if (site.error === null || statusOf(site.error) === 404) return null;
    return <Failure error={site.error} header={said.away} />;
  }
  return (
    <SpaceBetween size="m">
      <Overview site={site.data} />
      <Machines site={site.data} />
      <Clusters site={site.data} />
    </SpaceBetween>
  );
}

function Overview({ site }: { readonly site: SiteView }) {
  const { site: said } = text.administration;
  const { database, zones, url } = site;
  return (
    <Container header={<Header variant="h2">{said.title(site.siteName)}</Header>}>
      <KeyValuePairs
        columns={3}
        items={[
          {
            label: said.zones,
            value: zones.map(({ name, state }) => (
              <div key={name}>
                <StatusIndicator type={ZONES[state]}>
                  {name}: {said.zoneStates[state]}
                </StatusIndicator>
              </div>
            )),
          },
          { label: said.url, value: url ?? "–" },
          {
            label: said.database,
            value:
              database === undefined ? (
                <StatusIndicator type="error">{said.databaseSilent}</StatusIndicator>
              ) : (
                <>
                  <StatusIndicator type={database.primary === undefined ? "error" : "success"}>
                    {database.primary === undefined
                      ? said.noPrimary
                      : said.primary(database.primary)}
                  </StatusIndicator>
                  <div className="faint">
                    {database.inStep.length === 0
                      ? said.notInStep
                      : said.inStep(database.inStep.join(", "))}
                  </div>
                  {database.trouble !== undefined && <div>{database.trouble}</div>}
                </>
              ),
          },
        ]}
      />
    </Container>
  );
}

function Machines({ site: { machines } }: { readonly site: SiteView }) {
  const { site: said } = text.administration;
  return (
    <Table
      items={[...machines]}
      trackBy={({ name }) => name}
      ariaLabels={{ tableLabel: said.machines }}
      header={<Header variant="h2">{said.machines}</Header>}
      columnDefinitions={[
        { id: "name", header: said.machine, isRowHeader: true, cell: ({ name }) => name },
        { id: "zone", header: said.zone, cell: ({ zone }) => zone },
        {
          id: "state",
          header: said.state,
          cell: ({ isReady, state }) => (
            <StatusIndicator type={isReady ? "success" : "in-progress"}>
              {isReady ? said.ready : state}
            </StatusIndicator>
          ),
        },
        { id: "address", header: said.address, cell: ({ address }) => address ?? "–" },
      ]}
    />
  );
}

function Clusters({ site: { clusters } }: { readonly site: SiteView }) {
  const { site: said } = text.administration;
  return (
    <Table
      items={[...clusters]}
      trackBy={({ name }) => name}
      ariaLabels={{ tableLabel: said.clusters }}
      header={<Header variant="h2">{said.clusters}</Header>}
      columnDefinitions={[
        {
          id: "name",
          header: said.cluster,
          isRowHeader: true,
          cell: ({ name }) => <Link href={clusterHref(name)}>{name}</Link>,
        },
        {
          id: "state",
          header: said.state,
          cell: ({ answers }) => (
            <StatusIndicator type={answers ? "success" : "error"}>
              {answers ? said.answers : said.silent}
            </StatusIndicator>
          ),
        },
        {
          id: "leader",
          header: said.leader,
          cell: ({ leader }) => (leader === undefined ? "–" : `${leader.machine} (${leader.zone})`),
        },
        {
          id: "standing-by",
          header: said.standingBy,
          cell: ({ standingBy }) => standingBy.join(", ") || "–",
        },
      ]}
    />
  );
}
