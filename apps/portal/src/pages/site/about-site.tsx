import Container from "@cloudscape-design/components/container";
import Header from "@cloudscape-design/components/header";
import KeyValuePairs from "@cloudscape-design/components/key-value-pairs";
import Link from "@cloudscape-design/components/link";
import StatusIndicator from "@cloudscape-design/components/status-indicator";
import type { SiteView } from "@sluice/api";
import { text } from "../../catalogue/index.ts";
import { When } from "../../frame/when.tsx";

/** The address, the database and the servers of a site. */
export function AboutSite({ site }: { readonly site: SiteView }) {
  const said = text.site.about;
  const { database, servers, url } = site;
  const alive = servers.filter(({ state }) => state === "alive").length;
  const known = servers.filter(({ state }) => state !== "leaving").length;
  return (
    <Container header={<Header variant="h2">{said.title}</Header>}>
      <KeyValuePairs
        columns={4}
        minColumnWidth={180}
        items={[
          {
            label: said.address,
            value: url === undefined ? "–" : <Link href={url}>{url}</Link>,
          },
          { label: said.database, value: <Database database={database} /> },
          { label: said.backup, value: <Backup backup={site.backup} /> },
          {
            label: said.servers,
            value: known === 0 ? said.unknownServers : said.alive(alive, known),
          },
        ]}
      />
    </Container>
  );
}

function Backup({ backup }: Pick<SiteView, "backup">) {
  const said = text.site.about;
  if (backup === undefined) return said.noBackups;
  const { lastAt, nextAt, ok } = backup;
  return (
    <>
      <StatusIndicator type={ok ? (lastAt === undefined ? "pending" : "success") : "warning"}>
        {lastAt === undefined ? said.noBackup : <When at={lastAt} />}
      </StatusIndicator>
      {nextAt !== undefined && (
        <div className="faint">
          {said.next} <When at={nextAt} />
        </div>
      )}
      {!ok && <div className="faint">{said.backupProblem}</div>}
    </>
  );
}

function Database({ database }: Pick<SiteView, "database">) {
  const said = text.site.about;
  const { primary, inStep = [] } = database ?? {};
  if (primary === undefined) {
    return <StatusIndicator type="error">{said.noPrimary}</StatusIndicator>;
  }
  const copies = inStep.filter((machine) => machine !== primary);
  return (
    <>
      <StatusIndicator type="success">{said.primary(primary)}</StatusIndicator>
      <div className="faint">
        {copies.length === 0 ? said.notInStep : said.inStep(copies.join(", "))}
      </div>
    </>
  );
}
