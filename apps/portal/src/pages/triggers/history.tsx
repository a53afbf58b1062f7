import Button from "@cloudscape-design/components/button";
import Header from "@cloudscape-design/components/header";
import Link from "@cloudscape-design/components/link";
import Select from "@cloudscape-design/components/select";
import SpaceBetween from "@cloudscape-design/components/space-between";
import Table from "@cloudscape-design/components/table";
import { type JsonOf, type OccurrenceView, ROUTES } from "@sluice/api";
import { useInfiniteQuery } from "@tanstack/react-query";
import { useState } from "react";
import { text } from "../../catalogue/index.ts";
import { useAddress } from "../../frame/address.ts";
import { jobHref, runHref } from "../../frame/addresses.ts";
import { NoMatch } from "../../frame/list-table.tsx";
import { notifyError, notifySuccess } from "../../frame/notices.tsx";
import { useChange } from "../../frame/queries.ts";
import { server } from "../../frame/server.ts";
import { Empty, Failure } from "../../frame/states.tsx";
import { When } from "../../frame/when.tsx";
import { EventState } from "./trigger-state.tsx";
import { eventWords } from "./trigger-words.ts";

const AT_ONCE = 50;
type State = OccurrenceView["state"];

/** What happened, newest first; what is chosen, or all that is dead, can be made to happen again. */
export function TriggerHistory({
  trigger,
}: {
  readonly trigger: JsonOf<typeof ROUTES.getTrigger>;
}) {
  const { history: said } = text.triggers;
  const [{ state }, setAddress] = useAddress({ state: "any" });
  const [chosen, setChosen] = useState<readonly OccurrenceView[]>([]);
  const params = { trigger: trigger.id };
  const read = useInfiniteQuery({
    queryKey: [ROUTES.listOccurrences.id, params, state],
    queryFn: ({ pageParam, signal }) =>
      server.call(ROUTES.listOccurrences, {
        params,
        query: {
          limit: AT_ONCE,
          ...(state === "any" ? {} : { state: [state as State] }),
          ...(pageParam === "" ? {} : { cursor: pageParam }),
        },
        signal,
      }),
    initialPageParam: "",
    getNextPageParam: ({ next }) => next,
    placeholderData: (before) => before,
    meta: { topics: ["trigger"] },
  });
  const items = read.data?.pages.flatMap((page) => page.items);
  const isBroken = items === undefined && read.error !== null;
  return (
    <Table<OccurrenceView>
      items={items ?? []}
      loading={items === undefined && !isBroken}
      loadingText={text.frame.states.loading}
      trackBy={({ id }) => id}
      resizableColumns
      selectionType="multi"
      selectedItems={[...chosen]}
      onSelectionChange={({ detail }) => setChosen(detail.selectedItems)}
      ariaLabels={{
        tableLabel: said.title,
        selectionGroupLabel: said.title,
        allItemsSelectionLabel: () => text.frame.table.selectAll,
        itemSelectionLabel: (_, { event, identity }) =>
          text.frame.table.select(eventWords(event, identity)),
      }}
      header={
        <Header
          variant="h2"
          actions={
            <Replay
              trigger={trigger}
              chosen={chosen}
              onDone={() => {
                setChosen([]);
                void read.refetch();
              }}
            />
          }
        >
          {said.title}
        </Header>
      }
      filter={
        <div className="filters">
          <StateFilter state={state} onChange={(next) => setAddress({ state: next })} />
        </div>
      }
      columnDefinitions={columns(trigger.cluster)}
      empty={
        isBroken ? (
          <Failure error={read.error} again={() => void read.refetch()} />
        ) : state === "any" ? (
          <Empty title={said.empty} more={said.emptyMore} />
        ) : (
          <NoMatch onClear={() => setAddress({ state: "any" })} />
        )
      }
      footer={
        read.hasNextPage && (
          <Button loading={read.isFetchingNextPage} onClick={() => void read.fetchNextPage()}>
            {said.older}
          </Button>
        )
      }
    />
  );
}

function StateFilter({
  state,
  onChange,
}: {
  readonly state: string;
  readonly onChange: (state: string) => void;
}) {
  const { history: said } = text.triggers;
  const options = [
    { value: "any", label: said.any },
    ...Object.entries(said.states).map(([value, label]) => ({ value, label })),
  ];
  return (
    <Select
      options={options}
      selectedOption={options.find(({ value }) => value === state) ?? null}
      ariaLabel={text.triggers.state}
      onChange={({ detail }) => onChange(detail.selectedOption.value ?? "any")}
    />
  );
}

function Replay({
  trigger,
  chosen,
  onDone,
}: {
  readonly trigger: JsonOf<typeof ROUTES.getTrigger>;
  readonly chosen: readonly OccurrenceView[];
  readonly onDone: () => void;
}) {
  const { history: said } = text.triggers;
  const replay = useChange(ROUTES.replayOccurrences, [ROUTES.getTrigger]);
  const params = { trigger: trigger.id };
  const again = async (bodies: readonly ({ occurrence: string } | { all: "dead" })[]) => {
    let count = 0;
    try {
      for (const body of bodies) {
        count += (await replay.mutateAsync({ params, body })).replayed;
      }
      notifySuccess(said.replayed(count));
    } catch (error) {
      notifyError(error);
    }
    onDone();
  };
  return (
    <SpaceBetween direction="horizontal" size="xs">
      {(trigger.counts.dead ?? 0) > 0 && (
        <Button loading={replay.isPending} onClick={() => void again([{ all: "dead" }])}>
          {said.replayDead}
        </Button>
      )}
      <Button
        disabled={chosen.length === 0}
        loading={replay.isPending}
        onClick={() => void again(chosen.map(({ id }) => ({ occurrence: id })))}
      >
        {said.replay}
      </Button>
    </SpaceBetween>
  );
}

function columns(cluster: string) {
  const { history: said } = text.triggers;
  return [
    {
      ...{ id: "event", header: said.event, isRowHeader: true, width: 280 },
      cell: ({ event, identity, replayOf }: OccurrenceView) =>
        `${eventWords(event, identity)}${replayOf === undefined ? "" : ` (${said.replayOf})`}`,
    },
    {
      ...{ id: "state", header: text.triggers.state, width: 150 },
      cell: ({ state }: OccurrenceView) => <EventState state={state} />,
    },
    {
      ...{ id: "received", header: said.received, width: 140 },
      cell: ({ receivedAt }: OccurrenceView) => <When at={receivedAt} />,
    },
    {
      ...{ id: "run", header: said.run, width: 110 },
      cell: ({ runId }: OccurrenceView) =>
        runId === undefined ? "–" : <Link href={runHref(runId)}>{said.run}</Link>,
    },
    {
      ...{ id: "job", header: said.job, width: 90 },
      cell: ({ jobId }: OccurrenceView) =>
        jobId === undefined ? "–" : <Link href={jobHref(cluster, jobId)}>{`${jobId}`}</Link>,
    },
    {
      ...{ id: "problem", header: said.problem, width: 200 },
      cell: ({ error }: OccurrenceView) => error?.message ?? "–",
    },
  ];
}
