import Box from "@cloudscape-design/components/box";
import Header from "@cloudscape-design/components/header";
import Link from "@cloudscape-design/components/link";
import { ROUTES, type SiteEventRecord } from "@sluice/api";
import { text } from "../../catalogue/index.ts";
import { clusterHref } from "../../frame/addresses.ts";
import { sentence } from "../../frame/format.ts";
import { PlainTable } from "../../frame/plain-table.tsx";
import { useRead } from "../../frame/queries.ts";
import { Empty, Read } from "../../frame/states.tsx";
import { When } from "../../frame/when.tsx";

const MOST = 30;
const LOOK = 10_000;

/** What was lost and who took over, the newest first. */
export function SiteEvents() {
  const said = text.site.events;
  const events = useRead(
    ROUTES.listSiteEvents,
    { query: { limit: MOST } },
    { every: LOOK, topics: ["cluster"] },
  );
  return (
    <Read from={events}>
      {({ items, incomplete }) => (
        <PlainTable<SiteEventRecord>
          title={said.title}
          header={
            <Header variant="h2" description={said.description}>
              {said.title}
            </Header>
          }
          above={
            incomplete.length > 0 && (
              <Box color="text-body-secondary">{said.incomplete(incomplete.join(", "))}</Box>
            )
          }
          items={items}
          idOf={({ time, cluster = "", kind, message }) => `${time} ${cluster} ${kind} ${message}`}
          empty={<Empty title={said.none} />}
          columns={[
            { id: "time", header: said.time, cell: ({ time }) => <When at={time} /> },
            {
              id: "where",
              header: said.where,
              cell: ({ cluster }) =>
                cluster === undefined ? (
                  said.site
                ) : (
                  <Link href={`${clusterHref(cluster)}?tab=events`}>{cluster}</Link>
                ),
            },
            { id: "what", header: said.what, cell: ({ message }) => sentence(message) },
          ]}
        />
      )}
    </Read>
  );
}
