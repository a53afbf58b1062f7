import Button from "@cloudscape-design/components/button";
import Link from "@cloudscape-design/components/link";
import SegmentedControl from "@cloudscape-design/components/segmented-control";
import { ROUTES, type TriggerView } from "@sluice/api";
import { text } from "../../catalogue/index.ts";
import { useAddress } from "../../frame/address.ts";
import { ListTable } from "../../frame/list-table.tsx";
import { Page } from "../../frame/page.tsx";
import { useRead } from "../../frame/queries.ts";
import { mayBe, mayBeOnSite, useMe } from "../../frame/session.tsx";
import { Empty } from "../../frame/states.tsx";
import type { Column } from "../../frame/table-settings.tsx";
import { When } from "../../frame/when.tsx";
import { TriggerState } from "./trigger-state.tsx";
import { sourceWords } from "./trigger-words.ts";

export default function TriggersPage() {
  const { triggers: said } = text;
  const me = useMe();
  const seesAll = mayBeOnSite(me, "administrator");
  const [{ of }, setAddress] = useAddress({ of: "me" });
  const isAll = seesAll && of === "all";
  const read = useRead(
    ROUTES.listTriggers,
    { query: { all: isAll ? "true" : "false" } },
    { topics: ["trigger"], keep: true },
  );
  const title = text.frame.pages.triggers;
  const create = mayBe(me, "user") && (
    <Button variant="primary" href="/triggers/new">
      {said.create}
    </Button>
  );
  return (
    <Page title={title} description={said.intro} actions={create}>
      <ListTable<TriggerView>
        name="triggers"
        title={title}
        items={read.data?.items}
        error={read.error}
        again={() => void read.refetch()}
        columns={columns(isAll)}
        idOf={({ id }) => id}
        textOf={(trigger) =>
          [
            ...[trigger.name, trigger.owner, trigger.cluster, trigger.application],
            ...[sourceWords(trigger.source), said.states[trigger.state], trigger.reason],
          ].join(" ")
        }
        sortedBy="name"
        filters={
          seesAll && (
            <SegmentedControl
              label={said.of}
              selectedId={of}
              options={[
                { id: "me", text: said.mine },
                { id: "all", text: said.everybodys },
              ]}
              onChange={({ detail }) => setAddress({ of: detail.selectedId })}
            />
          )
        }
        empty={<Empty title={said.empty} more={said.intro} action={create} />}
      />
    </Page>
  );
}

function columns(isAll: boolean): readonly Column<TriggerView>[] {
  const { triggers: said } = text;
  return [
    {
      ...{ id: "name", title: said.name, header: said.name, isFixed: true, isRowHeader: true },
      ...{ sortingField: "name", width: 180 },
      cell: ({ id, name }) => <Link href={`/triggers/${id}`}>{name}</Link>,
    },
    ...(isAll
      ? [
          {
            ...{ id: "owner", title: said.owner, header: said.owner, width: 110 },
            sortingField: "owner",
            cell: ({ owner }: TriggerView) => owner,
          },
        ]
      : []),
    {
      ...{ id: "state", title: said.state, header: said.state, width: 120 },
      sortingField: "state",
      cell: ({ state }) => <TriggerState state={state} />,
    },
    {
      ...{ id: "source", title: said.source, header: said.source, width: 250 },
      cell: ({ source }) => sourceWords(source),
    },
    {
      ...{ id: "application", title: said.application, header: said.application, width: 145 },
      sortingField: "application",
      cell: ({ application }) => application,
    },
    {
      ...{ id: "cluster", title: said.cluster, header: said.cluster, width: 110 },
      sortingField: "cluster",
      cell: ({ cluster }) => cluster,
    },
    {
      ...{ id: "changedAt", title: said.changedAt, header: said.changedAt, width: 130 },
      sortingField: "changedAt",
      cell: ({ changedAt }) => <When at={changedAt} />,
    },
    {
      ...{ id: "reason", title: said.reason, header: said.reason, isHidden: true, width: 220 },
      cell: ({ reason }) => reason ?? "–",
    },
  ];
}
