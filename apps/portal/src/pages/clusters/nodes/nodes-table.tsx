import Header from "@cloudscape-design/components/header";
import Link from "@cloudscape-design/components/link";
import Pagination from "@cloudscape-design/components/pagination";
import Table from "@cloudscape-design/components/table";
import { type NodeDoing, type NodeSummary, ROUTES } from "@sluice/api";
import { type ReactNode, useState } from "react";
import { text } from "../../../catalogue/index.ts";
import { number } from "../../../frame/format.ts";
import { NoMatch } from "../../../frame/list-table.tsx";
import { useRead } from "../../../frame/queries.ts";
import { useMay } from "../../../frame/session.tsx";
import { Empty, Failure } from "../../../frame/states.tsx";
import { type Column, SettingsButton, useTableSettings } from "../../../frame/table-settings.tsx";
import { NodeActions } from "./node-actions.tsx";

/** Nodes as rows, paged by the server; several can be chosen and acted on. */
export function NodesTable({
  cluster,
  does,
  find,
  onChoose,
  onClear,
  filters,
}: {
  readonly cluster: string;
  readonly does: NodeDoing | undefined;
  readonly find: string;
  readonly onChoose: (name: string) => void;
  readonly onClear: () => void;
  readonly filters: ReactNode;
}) {
  const said = text.clusters.nodes;
  const mayAct = useMay("operator", cluster);
  const all = columns(onChoose);
  const [settings, setSettings] = useTableSettings("nodes", all);
  const limit = settings.pageSize ?? 50;
  // Where each page begins; another question begins at the first.
  const question = `${cluster} ${does} ${find} ${limit}`;
  const [pages, setPages] = useState<{
    readonly question: string;
    readonly cursors: readonly string[];
    readonly page: number;
  }>({ question, cursors: [], page: 0 });
  const { cursors, page } = pages.question === question ? pages : { cursors: [], page: 0 };
  const cursor = cursors[page - 1];
  const nodes = useRead(
    ROUTES.listNodes,
    {
      params: { cluster },
      query: {
        limit,
        ...(cursor === undefined ? {} : { cursor }),
        ...(does === undefined ? {} : { does }),
        ...(find === "" ? {} : { search: find }),
      },
    },
    { every: 5_000, keep: true },
  );
  const { data, error } = nodes;
  const [selected, setSelected] = useState<ReadonlySet<string>>(new Set());
  const chosen = (data?.items ?? []).filter(({ name }) => selected.has(name));
  const go = (to: number): void => {
    const next = data?.next;
    const known = next === undefined ? cursors : [...cursors.slice(0, page), next];
    setSelected(new Set());
    setPages({ question, cursors: known, page: Math.min(to, known.length) });
  };
  const count = Math.max(1, Math.ceil((data?.total ?? 0) / limit));
  return (
    <Table<NodeSummary>
      items={data?.items ?? []}
      loading={data === undefined && error === null}
      loadingText={text.frame.states.loading}
      trackBy="name"
      columnDefinitions={[...all]}
      columnDisplay={settings.contentDisplay ?? []}
      wrapLines={settings.wrapLines ?? false}
      stripedRows={settings.stripedRows ?? false}
      resizableColumns
      {...(mayAct ? { selectionType: "multi" as const } : {})}
      selectedItems={chosen}
      onSelectionChange={({ detail }) =>
        setSelected(new Set(detail.selectedItems.map(({ name }) => name)))
      }
      ariaLabels={{
        tableLabel: said.title,
        allItemsSelectionLabel: () => text.frame.table.selectAll,
        itemSelectionLabel: (_, { name }) => text.frame.table.select(name),
        selectionGroupLabel: said.title,
      }}
      header={
        <Header
          variant="h2"
          counter={`(${number(data?.total)})`}
          actions={
            mayAct && (
              <NodeActions cluster={cluster} nodes={chosen} onDone={() => setSelected(new Set())} />
            )
          }
        >
          {said.title}
        </Header>
      }
      filter={filters}
      empty={
        error !== null && data === undefined ? (
          <Failure error={error} again={() => void nodes.refetch()} />
        ) : does === undefined && find === "" ? (
          <Empty title={said.none} />
        ) : (
          <NoMatch onClear={onClear} />
        )
      }
      pagination={
        count > 1 && (
          <Pagination
            currentPageIndex={page + 1}
            // The server knows the page behind a page, not those far away.
            pagesCount={Math.min(count, page + 2)}
            openEnd={page + 2 < count}
            disabled={nodes.isPlaceholderData}
            onChange={({ detail }) => go(detail.currentPageIndex - 1)}
            ariaLabels={{
              nextPageLabel: text.frame.table.nextPage,
              previousPageLabel: text.frame.table.previousPage,
              pageLabel: text.frame.table.page,
            }}
          />
        )
      }
      preferences={<SettingsButton columns={all} settings={settings} onChange={setSettings} />}
    />
  );
}

function columns(onChoose: (name: string) => void): readonly Column<NodeSummary>[] {
  const said = text.clusters.nodes;
  const plain = (
    id: "queue" | "computeResource" | "reason" | "machineId" | "address" | "state",
    title: string,
    width?: number,
  ): Column<NodeSummary> => ({
    id,
    title,
    header: title,
    minWidth: 80,
    ...(width === undefined ? {} : { width }),
    cell: (node) => node[id] ?? "–",
  });
  return [
    {
      id: "name",
      title: said.columns.name,
      header: said.columns.name,
      isFixed: true,
      isRowHeader: true,
      width: 175,
      minWidth: 100,
      cell: ({ name }) => (
        <Link
          href={`?tab=nodes&view=table&node=${encodeURIComponent(name)}`}
          onFollow={(event) => {
            event.preventDefault();
            onChoose(name);
          }}
        >
          {name}
        </Link>
      ),
    },
    {
      id: "does",
      title: said.columns.does,
      header: said.columns.does,
      width: 105,
      minWidth: 80,
      cell: ({ does }) => (
        <>
          <span className="node-mark" data-kind={does} aria-hidden="true" /> {said.kinds[does]}
        </>
      ),
    },
    plain("queue", said.columns.queue, 95),
    plain("computeResource", said.columns.computeResource, 165),
    {
      id: "jobs",
      title: said.columns.jobs,
      header: said.columns.jobs,
      width: 95,
      minWidth: 80,
      cell: ({ jobs, jobCount }) => jobWords(jobs, jobCount),
    },
    plain("machineId", said.columns.machine, 155),
    plain("reason", said.columns.reason),
    { ...plain("state", said.columns.state, 220), isHidden: true },
    { ...plain("address", said.columns.address, 130), isHidden: true },
  ];
}

function jobWords(jobs: readonly string[], count: number): string {
  if (count === 0) return "–";
  const others = count - jobs.length;
  const said = text.clusters.nodes;
  return [...jobs, ...(others > 0 ? [said.othersJobs(others)] : [])].join(", ");
}
