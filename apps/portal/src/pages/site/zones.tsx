import Box from "@cloudscape-design/components/box";
import Container from "@cloudscape-design/components/container";
import Header from "@cloudscape-design/components/header";
import Link from "@cloudscape-design/components/link";
import SpaceBetween from "@cloudscape-design/components/space-between";
import StatusIndicator from "@cloudscape-design/components/status-indicator";
import type { SiteView } from "@sluice/api";
import type { ReactNode } from "react";
import { text } from "../../catalogue/index.ts";
import { clusterHref } from "../../frame/addresses.ts";
import { type PlacedHead, type PlacedMachine, placedIn } from "./places.ts";

type Zone = SiteView["zones"][number];

const STATES = { up: "success", failed: "error", cut: "warning" } as const;
const ROLES = { leading: "success", "standing-by": "info", starting: "in-progress" } as const;

/** Each zone with what is in it. */
export function Zones({ site }: { readonly site: SiteView }) {
  return (
    <section aria-label={text.site.zones.title} className="site-zones">
      {site.zones.map((zone) => (
        <ZoneCard key={zone.name} site={site} zone={zone} />
      ))}
    </section>
  );
}

function ZoneCard({ site, zone }: { readonly site: SiteView; readonly zone: Zone }) {
  const said = text.site.zones;
  const { machines, heads } = placedIn(site, zone.name);
  const isEmpty = machines.length === 0 && heads.length === 0;
  return (
    <Container
      fitHeight
      header={
        <Header
          variant="h2"
          info={
            <StatusIndicator type={STATES[zone.state]}>{said.states[zone.state]}</StatusIndicator>
          }
          description={zone.state === "up" && (zone.isLosable ? said.losable : said.notLosable)}
        >
          {said.named(zone.name)}
        </Header>
      }
    >
      <SpaceBetween size="s">
        {machines.length > 0 && (
          <Things title={said.machines}>
            {machines.map((machine) => (
              <li key={machine.name}>
                <Machine machine={machine} />
              </li>
            ))}
          </Things>
        )}
        {heads.length > 0 && (
          <Things title={said.heads}>
            {heads.map((head) => (
              <li key={`${head.cluster} ${head.machine}`}>
                <Head head={head} isUp={zone.state === "up"} />
              </li>
            ))}
          </Things>
        )}
        {isEmpty && (
          <Box color="text-body-secondary">{zone.state === "up" ? said.empty : said.gone}</Box>
        )}
      </SpaceBetween>
    </Container>
  );
}

function Things({ title, children }: { readonly title: string; readonly children: ReactNode }) {
  return (
    <div>
      <Box variant="awsui-key-label">{title}</Box>
      <ul className="site-things">{children}</ul>
    </div>
  );
}

function Machine({
  machine: { name, isReady, database, server },
}: {
  readonly machine: PlacedMachine;
}) {
  const said = text.site.zones;
  return (
    <>
      <b>{name}</b>
      <div className="site-parts">
        {!isReady && <StatusIndicator type="in-progress">{said.notReady}</StatusIndicator>}
        {isReady && database !== undefined && (
          <StatusIndicator type={database === "copying" ? "in-progress" : "success"}>
            {database === "primary" ? said.primary : said[database]}
          </StatusIndicator>
        )}
        {isReady && server !== undefined && <Server server={server} />}
      </div>
    </>
  );
}

function Server({
  server: { state, isThis },
}: {
  readonly server: NonNullable<PlacedMachine["server"]>;
}) {
  const said = text.site.zones;
  if (state === "silent")
    return <StatusIndicator type="error">{said.silentServer}</StatusIndicator>;
  if (state === "leaving") {
    return <StatusIndicator type="pending">{said.leavingServer}</StatusIndicator>;
  }
  return <StatusIndicator type="success">{isThis ? said.thisServer : said.server}</StatusIndicator>;
}

function Head({
  head: { cluster, machine, role },
  isUp,
}: {
  readonly head: PlacedHead;
  readonly isUp: boolean;
}) {
  const said = text.site.zones;
  return (
    <>
      <Link href={clusterHref(cluster)}>{cluster}</Link>{" "}
      <StatusIndicator type={isUp ? ROLES[role] : "stopped"}>
        {machine} {isUp ? said.roles[role] : said.isLost}
      </StatusIndicator>
    </>
  );
}
