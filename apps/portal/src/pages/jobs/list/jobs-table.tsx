import Pagination from "@cloudscape-design/components/pagination";
import Table from "@cloudscape-design/components/table";
import type { Job } from "@sluice/api";
import { useEffect, useMemo, useState } from "react";
import { text } from "../../../catalogue/index.ts";
import { NoMatch } from "../../../frame/list-table.tsx";
import { Empty, Failure } from "../../../frame/states.tsx";
import { SettingsButton } from "../../../frame/table-settings.tsx";
import type { JobAction } from "../fits.ts";
import { FILTER_DEFAULTS } from "./filters.ts";
import { JobFilter } from "./job-filter.tsx";
import { QuickFilters } from "./quick-filters.tsx";
import { SelectedActions } from "./selected-actions.tsx";
import type { JobSort } from "./sort.ts";
import type { Jobs } from "./use-jobs.ts";

/** Height of the bar at the top of every page, under which the header stays. */
const BAR = 48;

const keyOf = ({ cluster, id, label }: Job): string => `${cluster} ${id} ${label}`;

export function JobsTable({
  jobs,
  onAct,
  maySelect,
}: {
  readonly jobs: Jobs;
  readonly onAct: (action: JobAction, jobs: readonly Job[]) => void;
  readonly maySelect: boolean;
}) {
  const { data, error, filters, setFilters, sorted, setSorted, columns, settings } = jobs;
  const said = text.frame;
  const items = data?.items ?? [];
  const { selected, setSelected } = useSelected(items, jobs.pages.page);
  const status = data?.status ?? [];
  const sortingColumn = columns.find(({ sortingField }) => sortingField === sorted.sort);
  const clear = (): void => setFilters(FILTER_DEFAULTS);
  return (
    <Table
      variant="container"
      stickyHeader
      stickyHeaderVerticalOffset={BAR}
      items={items}
      columnDefinitions={[...columns]}
      columnDisplay={settings.contentDisplay ?? []}
      wrapLines={settings.wrapLines ?? false}
      stripedRows={settings.stripedRows ?? false}
      resizableColumns
      trackBy={keyOf}
      loading={data === undefined && error === null}
      loadingText={said.states.loading}
      {...(maySelect ? { selectionType: "multi" } : {})}
      selectedItems={[...selected]}
      onSelectionChange={({ detail }) => setSelected(detail.selectedItems)}
      {...(sortingColumn === undefined ? {} : { sortingColumn })}
      sortingDescending={sorted.isDescending}
      onSortingChange={({ detail }) =>
        setSorted({
          sort: detail.sortingColumn.sortingField as JobSort,
          isDescending: detail.isDescending === true,
        })
      }
      ariaLabels={{
        tableLabel: said.pages.jobs,
        allItemsSelectionLabel: () => said.table.selectAll,
        itemSelectionLabel: (_, { label, name }) => said.table.select(`${label} ${name}`),
        selectionGroupLabel: said.pages.jobs,
      }}
      header={
        <div className="jobs-head">
          <QuickFilters
            totals={data?.totals}
            shown={filters.show}
            onShow={(show) => setFilters({ show, state: "" })}
          />
          {maySelect && (
            <div className="jobs-actions">
              <span role="status" className="faint numbers">
                {selected.length > 0 && text.jobs.selected(selected.length)}
              </span>
              <SelectedActions jobs={selected} onAct={onAct} />
            </div>
          )}
        </div>
      }
      filter={
        <JobFilter
          filters={filters}
          onChange={setFilters}
          jobs={items}
          clusters={status.map(({ cluster }) => cluster).join(",")}
          seesOthers={jobs.seesOthers}
        />
      }
      empty={
        data === undefined && error !== null ? (
          <Failure error={error} again={jobs.again} />
        ) : jobs.isFiltered ? (
          <NoMatch onClear={clear} />
        ) : (
          <Empty title={text.jobs.none} more={text.jobs.noneMore} />
        )
      }
      pagination={<Paging jobs={jobs} />}
      preferences={
        <SettingsButton columns={columns} settings={settings} onChange={jobs.setSettings} />
      }
    />
  );
}

function Paging({ jobs: { data, pages, isPrevious } }: { readonly jobs: Jobs }) {
  const said = text.frame.table;
  const next = isPrevious ? undefined : data?.next;
  return (
    <Pagination
      currentPageIndex={pages.page}
      pagesCount={pages.known}
      openEnd={next !== undefined}
      onChange={({ detail }) => {
        const { currentPageIndex: to } = detail;
        if (to <= pages.known && to !== pages.page + 1) pages.go(to);
        else if (next !== undefined) pages.next(next);
        else if (to <= pages.known) pages.go(to);
      }}
      ariaLabels={{
        nextPageLabel: said.nextPage,
        previousPageLabel: said.previousPage,
        pageLabel: said.page,
      }}
    />
  );
}

/** What is selected, as it is now; on another page that is over. */
function useSelected(
  items: readonly Job[],
  page: number,
): { readonly selected: readonly Job[]; readonly setSelected: (jobs: readonly Job[]) => void } {
  const [chosen, setChosen] = useState<readonly string[]>([]);
  // biome-ignore lint/correctness/useExhaustiveDependencies: another page is another choice
  useEffect(() => setChosen([]), [page]);
  const selected = useMemo(() => {
    const keys = new Set(chosen);
    return keys.size === 0 ? [] : items.filter((job) => keys.has(keyOf(job)));
  }, [items, chosen]);
  return { selected, setSelected: (jobs) => setChosen(jobs.map(keyOf)) };
}
