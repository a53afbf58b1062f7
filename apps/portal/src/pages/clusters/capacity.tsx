import Alert from "@cloudscape-design/components/alert";
import Box from "@cloudscape-design/components/box";
import Button from "@cloudscape-design/components/button";
import ExpandableSection from "@cloudscape-design/components/expandable-section";
import Header from "@cloudscape-design/components/header";
import Link from "@cloudscape-design/components/link";
import SpaceBetween from "@cloudscape-design/components/space-between";
import { type JsonOf, ROUTES } from "@sluice/api";
import { text } from "../../catalogue/index.ts";
import { clusterHref } from "../../frame/addresses.ts";
import { sentence } from "../../frame/format.ts";
import { ListTable } from "../../frame/list-table.tsx";
import { notifyError } from "../../frame/notices.tsx";
import { useChange } from "../../frame/queries.ts";
import { useMay } from "../../frame/session.tsx";
import type { Column } from "../../frame/table-settings.tsx";
import { When } from "../../frame/when.tsx";

type Fleet = JsonOf<typeof ROUTES.getComputeFleet>;
type Protected = Fleet["protected"][number];
type Unavailable = Fleet["unavailable"][number];

/** Compute resources in protected mode with a way out, and what is not asked for and until when. */
export function CapacityProblems({
  cluster,
  fleet,
  isShort = false,
}: {
  readonly cluster: string;
  readonly fleet: Fleet;
  /** What is unavailable as one sentence. */
  readonly isShort?: boolean;
}) {
  const said = text.clusters.capacity;
  const { unavailable } = fleet;
  return (
    <>
      {(fleet.protected.length > 0 || unavailable.length > 0) && (
        <SpaceBetween size="l">
          {fleet.protected.map((one) => (
            <ProtectedMode
              key={`${one.queue}/${one.computeResource}`}
              cluster={cluster}
              found={one}
            />
          ))}
          {unavailable.length > 0 &&
            (isShort ? (
              <Alert type="info">
                {said.some(unavailable.length)}{" "}
                <Link href={`${clusterHref(cluster)}?tab=queues`}>{said.showAll}</Link>
              </Alert>
            ) : (
              <ListTable
                name="unavailable"
                title={said.title}
                items={unavailable}
                columns={columns()}
                idOf={idOf}
                textOf={(one) => `${idOf(one)} ${one.reason}`}
                header={
                  <Header variant="h2" description={said.more}>
                    {said.title}
                  </Header>
                }
              />
            ))}
        </SpaceBetween>
      )}
    </>
  );
}

function ProtectedMode({
  cluster,
  found,
}: {
  readonly cluster: string;
  readonly found: Protected;
}) {
  const said = text.clusters.protectedMode;
  const mayAct = useMay("operator", cluster);
  const fleet = useChange(ROUTES.updateComputeFleet, [
    ROUTES.getComputeFleet,
    ROUTES.getCluster,
    ROUTES.listOperations,
  ]);
  const start = (): void =>
    fleet.mutate(
      { params: { cluster }, body: { status: "START_REQUESTED" } },
      { onError: (error) => notifyError(error) },
    );
  const { queue, computeResource, failures, since, nextProbe, reason, node, console } = found;
  return (
    <Alert
      type="warning"
      header={said.title(`${queue}/${computeResource}`)}
      action={
        mayAct && (
          <Button loading={fleet.isPending} onClick={start}>
            {said.leave}
          </Button>
        )
      }
    >
      <SpaceBetween size="xs">
        <div>
          {said.failures(failures)} <When at={since} />. {reason !== null && sentence(reason)}
        </div>
        <div>
          {said.meanwhile} {nextProbe !== null && <Probe at={nextProbe} />}
        </div>
        {console.length > 0 && (
          <ExpandableSection headerText={said.console(node ?? "")}>
            <Box variant="code">
              <pre className="console">{console.join("\n")}</pre>
            </Box>
          </ExpandableSection>
        )}
      </SpaceBetween>
    </Alert>
  );
}

function Probe({ at }: { readonly at: string }) {
  const said = text.clusters.protectedMode;
  if (Date.parse(at) < Date.now()) return said.probing;
  return (
    <>
      {said.probe} <When at={at} />.
    </>
  );
}

function idOf({ queue, computeResource, instanceType, zone, market }: Unavailable): string {
  return `${queue}/${computeResource} ${instanceType}/${zone}/${market}`;
}

function columns(): readonly Column<Unavailable>[] {
  const said = text.clusters.capacity;
  const column = (
    id: string,
    title: string,
    cell: Column<Unavailable>["cell"],
    width?: number,
  ): Column<Unavailable> => ({
    id,
    title,
    header: title,
    cell,
    minWidth: 90,
    ...(width === undefined ? {} : { width }),
  });
  return [
    {
      ...column(
        "offering",
        said.offering,
        ({ instanceType, zone, market }) => (
          <>
            {instanceType}
            <div className="faint">{said.place(zone, market)}</div>
          </>
        ),
        190,
      ),
      sortingField: "instanceType",
      isRowHeader: true,
      isFixed: true,
    },
    column("where", said.where, ({ queue, computeResource }) => `${queue}/${computeResource}`, 175),
    {
      ...column("until", said.until, ({ until }) => <When at={until} />, 150),
      sortingField: "until",
    },
    {
      ...column("since", said.since, ({ since }) => <When at={since} />, 150),
      sortingField: "since",
    },
    column("reason", said.reason, ({ cause, reason }) => (
      <div className="wraps">
        {said.causes[cause]}
        <div className="faint">{sentence(reason)}</div>
      </div>
    )),
  ];
}
