import Box from "@cloudscape-design/components/box";
import Button from "@cloudscape-design/components/button";
import Multiselect from "@cloudscape-design/components/multiselect";
import SegmentedControl from "@cloudscape-design/components/segmented-control";
import Select from "@cloudscape-design/components/select";
import SpaceBetween from "@cloudscape-design/components/space-between";
import TextFilter from "@cloudscape-design/components/text-filter";
import { type JsonOf, ROUTES } from "@sluice/api";
import { keepPreviousData, useInfiniteQuery } from "@tanstack/react-query";
import { useMemo, useState } from "react";
import { text } from "../../catalogue/index.ts";
import { useAddress } from "../../frame/address.ts";
import { NoMatch } from "../../frame/list-table.tsx";
import { remember, remembered } from "../../frame/memory.ts";
import { Page } from "../../frame/page.tsx";
import { readKey, useRead } from "../../frame/queries.ts";
import { RUN_STATES } from "../../frame/run-state.tsx";
import { server } from "../../frame/server.ts";
import { useMay } from "../../frame/session.tsx";
import { Empty, Read } from "../../frame/states.tsx";
import { useTyped } from "../../frame/typed.ts";
import { RunCards } from "./run-cards.tsx";
import { RunTable } from "./run-table.tsx";
import "./runs.css";

const LOOK = "runs.look";
const PAGE = 50;

const DEFAULTS = { of: "own", find: "", state: "", application: "", cluster: "" };
type Filters = typeof DEFAULTS;

/** Past submissions: each a folder with what it was asked for and what came of it. */
export default function RunsPage() {
  const [address, setAddress] = useAddress(DEFAULTS);
  const [look, setLook] = useState(() => remembered<string>(LOOK) ?? "table");
  const isOperator = useMay("operator");
  const mayRun = useMay("user");
  const runs = useRuns(address);
  const said = text.runs;
  const found = useMemo(() => runs.data?.pages.flatMap(({ items }) => items) ?? [], [runs.data]);
  const total = runs.data?.pages.at(-1)?.total;
  const isFiltered = Object.entries(address).some(([name, value]) => name !== "of" && value !== "");
  const clear = (): void => setAddress({ ...DEFAULTS, of: address.of });
  const of = address.of as keyof typeof said.tabs;
  return (
    <Page
      title={text.frame.pages.runs}
      info={total !== undefined && <span className="runs-total numbers">{said.total(total)}</span>}
      actions={
        mayRun && (
          <Button variant="primary" href="/submit">
            {said.submit}
          </Button>
        )
      }
    >
      <SpaceBetween size="m">
        <div className="runs-tabs">
          <SegmentedControl
            label={text.frame.pages.runs}
            selectedId={of}
            options={(["own", "shared", ...(isOperator ? (["all"] as const) : [])] as const).map(
              (id) => ({ id, text: said.tabs[id] }),
            )}
            onChange={({ detail }) => setAddress({ of: detail.selectedId })}
          />
          <SegmentedControl
            label={said.looks.title}
            selectedId={look}
            options={[
              { id: "table", text: said.looks.table },
              { id: "cards", text: said.looks.cards },
            ]}
            onChange={({ detail }) => {
              setLook(detail.selectedId);
              remember(LOOK, detail.selectedId);
            }}
          />
        </div>
        <FilterBar filters={address} onChange={setAddress} />
        <Read from={runs}>
          {() =>
            found.length === 0 ? (
              isFiltered ? (
                <NoMatch onClear={clear} />
              ) : (
                <Empty
                  title={said.empty[of] ?? said.empty.own}
                  more={said.empty[`${of}More`]}
                  action={of === "own" && mayRun && <Button href="/submit">{said.submit}</Button>}
                />
              )
            ) : (
              <div aria-busy={runs.isPlaceholderData}>
                {look === "cards" ? (
                  <RunCards runs={found} hasOwner={of !== "own"} />
                ) : (
                  <RunTable runs={found} hasOwner={of !== "own"} />
                )}
                <Box textAlign="center" margin={{ top: "m" }}>
                  {runs.hasNextPage && (
                    <SpaceBetween size="xs">
                      <Button
                        loading={runs.isFetchingNextPage}
                        onClick={() => void runs.fetchNextPage()}
                      >
                        {said.more}
                      </Button>
                      {total !== undefined && (
                        <Box color="text-body-secondary">{said.shown(found.length, total)}</Box>
                      )}
                    </SpaceBetween>
                  )}
                </Box>
              </div>
            )
          }
        </Read>
      </SpaceBetween>
    </Page>
  );
}

function useRuns({ of, find, state, application, cluster }: Filters) {
  const query = {
    of: of as "own" | "shared" | "all",
    limit: PAGE,
    ...(find === "" ? {} : { search: find }),
    ...(state === "" ? {} : { state }),
    ...(application === "" ? {} : { application }),
    ...(cluster === "" ? {} : { cluster }),
  };
  return useInfiniteQuery({
    queryKey: readKey(ROUTES.listRuns, { query: { ...query, pages: "" } }),
    queryFn: ({ pageParam, signal }) =>
      server.call(ROUTES.listRuns, {
        query: { ...query, ...(pageParam === undefined ? {} : { cursor: pageParam }) },
        signal,
      }),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (last: JsonOf<typeof ROUTES.listRuns>) => last.next,
    placeholderData: keepPreviousData,
    meta: { topics: ["run"] },
  });
}

function FilterBar({
  filters,
  onChange,
}: {
  readonly filters: Readonly<Filters>;
  readonly onChange: (change: Partial<Filters>) => void;
}) {
  const said = text.runs.filters;
  const [words, setWords] = useTyped(filters.find, (find) => onChange({ find }));
  const applications = useRead(ROUTES.listApplications, {}, { staleTime: 60_000 });
  const clusters = useRead(ROUTES.listClusters, {}, { staleTime: 60_000 });
  const names = clusters.data?.items.map(({ clusterName }) => clusterName) ?? [];
  const states = filters.state.split(",").filter((state) => state !== "");
  const stateOptions = RUN_STATES.map((value) => ({ value, label: text.runs.states[value] }));
  return (
    <div className="filters runs-filters">
      <TextFilter
        filteringText={words}
        filteringAriaLabel={said.find}
        filteringPlaceholder={said.find}
        onChange={({ detail }) => setWords(detail.filteringText)}
      />
      <Multiselect
        ariaLabel={said.state}
        placeholder={said.anyState}
        hideTokens
        inlineTokens
        selectedOptions={stateOptions.filter(({ value }) => states.includes(value))}
        options={stateOptions}
        onChange={({ detail }) =>
          onChange({ state: detail.selectedOptions.map(({ value }) => value).join(",") })
        }
      />
      <Choice
        label={said.application}
        any={said.anyApplication}
        value={filters.application}
        options={
          applications.data?.items.map(({ name, title }) => ({ value: name, label: title })) ?? []
        }
        onChange={(application) => onChange({ application })}
      />
      {names.length > 1 && (
        <Choice
          label={said.cluster}
          any={said.anyCluster}
          value={filters.cluster}
          options={names.map((name) => ({ value: name, label: name }))}
          onChange={(cluster) => onChange({ cluster })}
        />
      )}
    </div>
  );
}

function Choice({
  label,
  any,
  value,
  options,
  onChange,
}: {
  readonly label: string;
  readonly any: string;
  readonly value: string;
  readonly options: readonly { readonly value: string; readonly label: string }[];
  readonly onChange: (value: string) => void;
}) {
  const all = [{ value: "", label: any }, ...options];
  return (
    <Select
      ariaLabel={label}
      selectedOption={all.find((one) => one.value === value) ?? { value, label: value }}
      options={all}
      expandToViewport
      onChange={({ detail }) => onChange(detail.selectedOption.value ?? "")}
    />
  );
}
