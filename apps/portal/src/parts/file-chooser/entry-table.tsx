import Box from "@cloudscape-design/components/box";
import Button from "@cloudscape-design/components/button";
import Icon from "@cloudscape-design/components/icon";
import Table from "@cloudscape-design/components/table";
import { type FileEntryDocument, ROUTES } from "@sluice/api";
import { useInfiniteQuery } from "@tanstack/react-query";
import { text } from "../../catalogue/index.ts";
import { bytes, number } from "../../frame/format.ts";
import { server } from "../../frame/server.ts";
import { Empty, Failure } from "../../frame/states.tsx";
import { When } from "../../frame/when.tsx";
import "./file-chooser.css";

/** Entries of a folder that are fetched at a time. */
const PAGE = 200;

/** The entries of a folder: folders are opened, what is wanted is chosen. */
export function EntryTable({
  cluster,
  folder,
  contains,
  isHidden,
  selects,
  chosen,
  onChosen,
  onOpen,
  onPick,
}: {
  readonly cluster: string;
  readonly folder: string;
  readonly contains: string;
  readonly isHidden: boolean;
  readonly selects: "file" | "files" | "folder";
  readonly chosen: readonly FileEntryDocument[];
  readonly onChosen: (entries: readonly FileEntryDocument[]) => void;
  readonly onOpen: (folder: FileEntryDocument) => void;
  /** One that was clicked where one is wanted. */
  readonly onPick: (entry: FileEntryDocument) => void;
}) {
  const said = text.fileChooser;
  const query = {
    ...{ path: folder, limit: PAGE, hidden: isHidden ? "true" : "false" },
    ...(contains === "" ? {} : { contains }),
  };
  const pages = useInfiniteQuery({
    queryKey: ["file-chooser", cluster, query],
    initialPageParam: "",
    queryFn: ({ pageParam, signal }) =>
      server.call(ROUTES.listFiles, {
        params: { cluster },
        query: { ...query, ...(pageParam === "" ? {} : { cursor: pageParam }) },
        signal,
      }),
    getNextPageParam: ({ next }) => next,
  });
  const wantsFolder = selects === "folder";
  const items = pages.data?.pages.flatMap((page) => page.items) ?? [];
  const total = pages.data?.pages[0]?.total;
  return (
    <Table
      variant="embedded"
      items={items.toSorted(foldersFirst)}
      trackBy="name"
      loading={pages.isPending}
      loadingText={text.frame.states.loading}
      selectionType={selects === "files" ? "multi" : "single"}
      selectedItems={[...chosen]}
      isItemDisabled={(entry) => isFolder(entry) !== wantsFolder}
      onSelectionChange={({ detail }) => onChosen(detail.selectedItems)}
      onRowClick={({ detail }) => {
        if (isFolder(detail.item) === wantsFolder && selects !== "files") onChosen([detail.item]);
      }}
      ariaLabels={{
        tableLabel: said.entries,
        selectionGroupLabel: said.entries,
        allItemsSelectionLabel: () => text.frame.table.selectAll,
        itemSelectionLabel: (_, { name }) => text.frame.table.select(name),
      }}
      empty={
        pages.isError ? (
          <Failure error={pages.error} again={() => void pages.refetch()} />
        ) : (
          <Empty title={contains === "" ? said.empty : text.frame.states.noMatch} />
        )
      }
      columnDefinitions={[
        {
          id: "name",
          header: said.name,
          cell: (entry) => (
            <span className="chooser-name">
              <Icon name={isFolder(entry) ? "folder" : "file"} />
              <Name entry={entry} selects={selects} onOpen={onOpen} onPick={onPick} />
            </span>
          ),
        },
        {
          id: "size",
          header: said.size,
          width: 110,
          cell: (entry) =>
            isFolder(entry) ? "" : <span className="numbers">{bytes(entry.size)}</span>,
        },
        {
          id: "modified",
          header: said.modified,
          width: 150,
          cell: ({ modified }) => <When at={modified} />,
        },
      ]}
      footer={
        pages.hasNextPage && (
          <Box textAlign="center">
            <Button loading={pages.isFetchingNextPage} onClick={() => void pages.fetchNextPage()}>
              {total === undefined ? said.more : said.moreOf(number(items.length), number(total))}
            </Button>
          </Box>
        )
      }
    />
  );
}

function Name({
  entry,
  selects,
  onOpen,
  onPick,
}: {
  readonly entry: FileEntryDocument;
  readonly selects: "file" | "files" | "folder";
  readonly onOpen: (folder: FileEntryDocument) => void;
  readonly onPick: (entry: FileEntryDocument) => void;
}) {
  if (isFolder(entry)) {
    return (
      <Button variant="inline-link" onClick={() => onOpen(entry)}>
        {entry.name}
      </Button>
    );
  }
  if (selects !== "file") return <span>{entry.name}</span>;
  return (
    <Button variant="inline-link" onClick={() => onPick(entry)}>
      {entry.name}
    </Button>
  );
}

function isFolder({ kind, leadsToKind }: FileEntryDocument): boolean {
  return kind === "folder" || (kind === "link" && leadsToKind === "folder");
}

function foldersFirst(a: FileEntryDocument, b: FileEntryDocument): number {
  return Number(isFolder(b)) - Number(isFolder(a));
}
