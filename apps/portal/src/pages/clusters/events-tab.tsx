import Alert from "@cloudscape-design/components/alert";
import Header from "@cloudscape-design/components/header";
import Link from "@cloudscape-design/components/link";
import Select from "@cloudscape-design/components/select";
import { type JsonOf, ROUTES } from "@sluice/api";
import { useMemo } from "react";
import { text } from "../../catalogue/index.ts";
import { useAddress } from "../../frame/address.ts";
import { clusterHref, jobHref } from "../../frame/addresses.ts";
import { dateTime, number, sentence } from "../../frame/format.ts";
import { ListTable } from "../../frame/list-table.tsx";
import { useRead } from "../../frame/queries.ts";
import { Empty } from "../../frame/states.tsx";
import type { Column } from "../../frame/table-settings.tsx";

type ClusterEvent = JsonOf<typeof ROUTES.listClusterEvents>["items"][number];
type Row = ClusterEvent & { readonly id: string };

/** The newest so many. */
const LIMIT = 2_000;

/** What happened to a cluster and its nodes, the newest first, as it happens. */
export function EventsTab({ cluster }: { readonly cluster: string }) {
  const said = text.clusters.events;
  const [address, setAddress] = useAddress({ kind: "", node: "", job: "" });
  const events = useRead(
    ROUTES.listClusterEvents,
    {
      params: { cluster },
      query: {
        limit: LIMIT,
        ...(address.node === "" ? {} : { node: address.node }),
        ...(/^[0-9]{1,10}$/.test(address.job) ? { job: address.job } : {}),
      },
    },
    { every: 5_000, topics: ["cluster", "operation"], keep: true },
  );
  const { data, error } = events;
  const rows = useMemo(() => data && rowsOf(data.items), [data]);
  const kinds = [...new Set((rows ?? []).map(({ kind }) => kind))].sort();
  const any = { value: "", label: said.anyKind };
  const options = [any, ...kinds.map((kind) => ({ value: kind, label: kindWords(kind) }))];
  const items = rows?.filter(({ kind }) => address.kind === "" || kind === address.kind);
  return (
    <ListTable
      name="events"
      title={said.title}
      items={items}
      error={error}
      again={() => void events.refetch()}
      columns={columns(cluster)}
      idOf={({ id }) => id}
      textOf={(one) => [one.message, one.node, one.job, one.machineId, one.kind].join(" ")}
      header={
        <>
          <Header
            variant="h2"
            counter={items && `(${number(items.length)})`}
            description={said.more(number(LIMIT))}
          >
            {said.title}
          </Header>
          {data?.incomplete !== undefined && (
            <Alert type="warning">{said.incomplete(sentence(data.incomplete))}</Alert>
          )}
        </>
      }
      filters={
        <Select
          selectedOption={options.find(({ value }) => value === address.kind) ?? any}
          options={options}
          ariaLabel={said.kind}
          onChange={({ detail }) => setAddress({ kind: detail.selectedOption.value ?? "" })}
        />
      }
      empty={<Empty title={said.none} />}
    />
  );
}

/** Newest first, each with a name: several of a kind may have the same time. */
function rowsOf(items: readonly ClusterEvent[]): readonly Row[] {
  return items
    .map((one, index) => ({
      ...one,
      id: `${one.time} ${one.kind} ${one.node ?? ""} ${one.machineId ?? ""} ${index}`,
    }))
    .reverse();
}

function kindWords(kind: string): string {
  const words = kind.replaceAll("-", " ");
  return words.charAt(0).toUpperCase() + words.slice(1);
}

function columns(cluster: string): readonly Column<Row>[] {
  const said = text.clusters.events;
  const at = clusterHref(cluster);
  const column = (
    id: string,
    title: string,
    cell: Column<Row>["cell"],
    width?: number,
  ): Column<Row> => ({
    id,
    title,
    header: title,
    cell,
    minWidth: 70,
    ...(width === undefined ? {} : { width }),
  });
  return [
    {
      ...column("time", said.time, ({ time }) => dateTime(time), 180),
      sortingField: "time",
      isFixed: true,
    },
    {
      ...column(
        "kind",
        said.kind,
        ({ kind, status }) => [kindWords(kind), status].filter(Boolean).join(", "),
        130,
      ),
      sortingField: "kind",
    },
    column(
      "node",
      said.node,
      ({ node }) =>
        node === undefined ? (
          "–"
        ) : (
          <Link href={`${at}?tab=nodes&node=${encodeURIComponent(node)}`}>{node}</Link>
        ),
      170,
    ),
    column(
      "job",
      said.job,
      ({ job }) => (job === undefined ? "–" : <Link href={jobHref(cluster, job)}>{job}</Link>),
      75,
    ),
    column("message", said.message, ({ message }) => sentence(message)),
    {
      ...column("machine", said.machine, ({ machineId }) => machineId ?? "–", 150),
      isHidden: true,
    },
  ];
}
