import Box from "@cloudscape-design/components/box";
import Header from "@cloudscape-design/components/header";
import Link from "@cloudscape-design/components/link";
import { type MachineSummary, ROUTES } from "@sluice/api";
import { text } from "../../catalogue/index.ts";
import { clusterHref } from "../../frame/addresses.ts";
import { money, number } from "../../frame/format.ts";
import { ListTable } from "../../frame/list-table.tsx";
import { useRead } from "../../frame/queries.ts";
import { Empty } from "../../frame/states.tsx";
import type { Column } from "../../frame/table-settings.tsx";
import { When } from "../../frame/when.tsx";

/** The machines that the cloud has for the cluster, the head first. */
export function MachinesTab({ cluster }: { readonly cluster: string }) {
  const said = text.clusters.machines;
  const machines = useRead(
    ROUTES.listMachines,
    { params: { cluster } },
    { every: 10_000, topics: ["cluster"] },
  );
  const items = machines.data?.items;
  return (
    <ListTable
      name="machines"
      title={said.title}
      items={items}
      error={machines.error}
      again={() => void machines.refetch()}
      columns={columns(cluster)}
      idOf={({ instanceId }) => instanceId}
      textOf={(one) =>
        [one.instanceId, one.nodeName, one.instanceType, one.queueName, one.privateIpAddress].join(
          " ",
        )
      }
      header={
        <Header variant="h2" counter={`(${number(items?.length)})`}>
          {said.title}
        </Header>
      }
      empty={<Empty title={said.none} />}
    />
  );
}

function columns(cluster: string): readonly Column<MachineSummary>[] {
  const said = text.clusters.machines;
  const column = (
    id: string,
    title: string,
    cell: Column<MachineSummary>["cell"],
    more: Partial<Column<MachineSummary>> = {},
  ): Column<MachineSummary> => ({ id, title, header: title, cell, minWidth: 90, ...more });
  const nodeLink = (name: string): string =>
    `${clusterHref(cluster)}?tab=nodes&node=${encodeURIComponent(name)}`;
  return [
    column("id", said.id, ({ instanceId }) => instanceId, {
      isFixed: true,
      isRowHeader: true,
      width: 150,
      sortingField: "instanceId",
    }),
    column(
      "node",
      said.node,
      ({ nodeType, nodeName }) =>
        nodeType === "ComputeNode" ? (
          <Link href={nodeLink(nodeName)}>{nodeName}</Link>
        ) : (
          <>
            {nodeName}{" "}
            <Box variant="small" display="inline">
              {said.types[nodeType]}
            </Box>
          </>
        ),
      { width: 170, sortingField: "nodeName" },
    ),
    column("type", said.type, ({ instanceType }) => instanceType, {
      width: 120,
      sortingField: "instanceType",
    }),
    column("market", said.market, ({ capacityType }) => said.markets[capacityType], {
      width: 115,
      sortingField: "capacityType",
    }),
    column("zone", said.zone, ({ availabilityZone }) => availabilityZone, {
      width: 110,
      sortingField: "availabilityZone",
    }),
    column("price", said.price, ({ usdPerHour }) => money(usdPerHour), {
      width: 152,
      sortingField: "usdPerHour",
    }),
    column("state", said.state, ({ state }) => state, {
      isHidden: true,
      sortingField: "state",
    }),
    column("since", said.since, ({ launchTime }) => <When at={launchTime} />, {
      sortingField: "launchTime",
    }),
    column("address", said.address, ({ privateIpAddress }) => privateIpAddress ?? "–", {
      isHidden: true,
    }),
    column("public", said.publicAddress, ({ publicIpAddress }) => publicIpAddress ?? "–", {
      isHidden: true,
    }),
  ];
}
