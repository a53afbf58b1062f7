import { useCollection } from "@cloudscape-design/collection-hooks";
import Button from "@cloudscape-design/components/button";
import Pagination from "@cloudscape-design/components/pagination";
import Table, { type TableProps } from "@cloudscape-design/components/table";
import TextFilter from "@cloudscape-design/components/text-filter";
import type { ReactNode } from "react";
import { text } from "../catalogue/index.ts";
import { useAddress } from "./address.ts";
import { Empty, Failure } from "./states.tsx";
import { type Column, SettingsButton, useTableSettings } from "./table-settings.tsx";

export interface ListTableProps<Item> {
  /** Under which this browser keeps what somebody chose; also of its part of the address. */
  readonly name: string;
  /** Read aloud. */
  readonly title: string;
  /** Undefined while they are read for the first time. */
  readonly items: readonly Item[] | undefined;
  readonly error?: Error | null;
  readonly again?: () => void;
  readonly columns: readonly Column<Item>[];
  readonly idOf: (item: Item) => string;
  /** What the filter looks in; no filter when missing. */
  readonly textOf?: (item: Item) => string;
  readonly header?: ReactNode;
  readonly empty?: ReactNode;
  readonly sortedBy?: string;
  readonly isDescending?: boolean;
  readonly selectionType?: "single" | "multi";
  readonly selected?: readonly Item[];
  readonly onSelect?: (items: readonly Item[]) => void;
  readonly variant?: TableProps.Variant;
  /** More to filter by, beside the text. */
  readonly filters?: ReactNode;
}

/**
 * A list that is here whole: found in, sorted and paged in the browser. The words that are looked
 * for stand in the address. Lists that are too long for it are paged by the server: see the jobs.
 */
export function ListTable<Item>(props: ListTableProps<Item>) {
  const { name, title, items, error, again, columns, idOf, textOf, header, empty } = props;
  const said = text.frame;
  const key = `${name}-find`;
  const [address, setAddress] = useAddress({ [key]: "" });
  const words = address[key] ?? "";
  const [settings, setSettings] = useTableSettings(name, columns);
  const sortingColumn = columns.find(({ id }) => id === props.sortedBy);
  const found = (items ?? []).filter((item) => matches(textOf?.(item) ?? "", words));
  const collection = useCollection(found, {
    pagination: { pageSize: settings.pageSize ?? 50 },
    sorting:
      sortingColumn === undefined
        ? {}
        : {
            defaultState: {
              sortingColumn,
              ...(props.isDescending === undefined ? {} : { isDescending: props.isDescending }),
            },
          },
  });
  const isBroken = items === undefined && error != null;
  const { paginationProps } = collection;
  return (
    <Table
      {...collection.collectionProps}
      variant={props.variant ?? "container"}
      items={[...collection.items]}
      columnDefinitions={[...columns]}
      columnDisplay={settings.contentDisplay ?? []}
      wrapLines={settings.wrapLines ?? false}
      stripedRows={settings.stripedRows ?? false}
      resizableColumns
      trackBy={idOf}
      loading={items === undefined && !isBroken}
      loadingText={said.states.loading}
      ariaLabels={{
        tableLabel: title,
        allItemsSelectionLabel: () => said.table.selectAll,
        itemSelectionLabel: (_, item) => said.table.select(idOf(item)),
        selectionGroupLabel: title,
      }}
      {...(props.selectionType === undefined ? {} : { selectionType: props.selectionType })}
      selectedItems={[...(props.selected ?? [])]}
      onSelectionChange={({ detail }) => props.onSelect?.(detail.selectedItems)}
      header={header}
      empty={
        isBroken ? (
          <Failure error={error} {...(again === undefined ? {} : { again })} />
        ) : words === "" ? (
          (empty ?? <Empty />)
        ) : (
          <NoMatch onClear={() => setAddress({ [key]: "" })} />
        )
      }
      filter={
        (textOf !== undefined || props.filters !== undefined) && (
          <div className="filters">
            {textOf !== undefined && (
              <TextFilter
                filteringText={words}
                filteringAriaLabel={said.table.filter}
                filteringPlaceholder={said.table.filter}
                countText={words === "" ? "" : said.table.matches(found.length)}
                onChange={({ detail }) => setAddress({ [key]: detail.filteringText })}
              />
            )}
            {props.filters}
          </div>
        )
      }
      pagination={
        paginationProps.pagesCount > 1 && (
          <Pagination
            {...paginationProps}
            ariaLabels={{
              nextPageLabel: said.table.nextPage,
              previousPageLabel: said.table.previousPage,
              pageLabel: said.table.page,
            }}
          />
        )
      }
      preferences={<SettingsButton columns={columns} settings={settings} onChange={setSettings} />}
    />
  );
}

/** Each word is somewhere in the text. */
function matches(where: string, words: string): boolean {
  const lower = where.toLowerCase();
  return words
    .toLowerCase()
    .split(/\s+/)
    .every((word) => lower.includes(word));
}

export function NoMatch({ onClear }: { readonly onClear: () => void }) {
  const { states } = text.frame;
  return (
    <Empty
      title={states.noMatch}
      more={states.noMatchMore}
      action={<Button onClick={onClear}>{states.clearFilter}</Button>}
    />
  );
}
