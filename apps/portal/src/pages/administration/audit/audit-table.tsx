import Box from "@cloudscape-design/components/box";
import KeyValuePairs from "@cloudscape-design/components/key-value-pairs";
import Popover from "@cloudscape-design/components/popover";
import StatusIndicator from "@cloudscape-design/components/status-indicator";
import Table from "@cloudscape-design/components/table";
import type { AuditRecord } from "@sluice/api";
import type { ReactNode } from "react";
import { text } from "../../../catalogue/index.ts";
import { dateTime } from "../../../frame/format.ts";
import { NoMatch } from "../../../frame/list-table.tsx";
import { Empty, Failure } from "../../../frame/states.tsx";
import { type Column, SettingsButton, useTableSettings } from "../../../frame/table-settings.tsx";
import "../administration.css";

export function AuditTable({
  items,
  error,
  again,
  isFiltered,
  onClear,
  header,
  filters,
  footer,
}: {
  readonly items: readonly AuditRecord[] | undefined;
  readonly error: Error | null;
  readonly again: () => void;
  readonly isFiltered: boolean;
  readonly onClear: () => void;
  readonly header: ReactNode;
  readonly filters: ReactNode;
  readonly footer: ReactNode;
}) {
  const { audit, parts } = text.administration;
  const all = columns();
  const [settings, setSettings] = useTableSettings("audit", all);
  const isBroken = items === undefined && error !== null;
  return (
    <Table
      items={[...(items ?? [])]}
      loading={items === undefined && !isBroken}
      loadingText={text.frame.states.loading}
      columnDefinitions={[...all]}
      columnDisplay={settings.contentDisplay ?? []}
      wrapLines={settings.wrapLines ?? false}
      stripedRows={settings.stripedRows ?? false}
      resizableColumns
      trackBy={({ sequence }) => `${sequence}`}
      header={header}
      filter={<div className="audit-filters">{filters}</div>}
      footer={footer}
      preferences={<SettingsButton columns={all} settings={settings} onChange={setSettings} />}
      ariaLabels={{ tableLabel: parts.audit }}
      empty={
        isBroken ? (
          <Failure error={error} again={again} />
        ) : isFiltered ? (
          <NoMatch onClear={onClear} />
        ) : (
          <Empty title={audit.empty} more={audit.emptyMore} />
        )
      }
    />
  );
}

function Result({ result }: { readonly result: AuditRecord["result"] }) {
  const { audit } = text.administration;
  const type = { done: "success", refused: "stopped", failed: "error" } as const;
  return <StatusIndicator type={type[result]}>{audit[result]}</StatusIndicator>;
}

function columns(): readonly Column<AuditRecord>[] {
  const { audit } = text.administration;
  return [
    {
      ...{ id: "time", title: audit.time, header: audit.time, isFixed: true, width: 180 },
      cell: ({ time }) => <span className="numbers">{dateTime(time)}</span>,
    },
    {
      ...{ id: "user", title: audit.user, header: audit.user, isRowHeader: true, width: 120 },
      cell: ({ user }) => user ?? audit.nobody,
    },
    {
      ...{ id: "action", title: audit.action, header: audit.action, width: 180 },
      cell: (record) => (
        <Popover
          size="large"
          fixedWidth
          header={audit.record(record.sequence)}
          dismissAriaLabel={text.frame.actions.close}
          content={<AuditDetails record={record} />}
        >
          {record.action}
        </Popover>
      ),
    },
    {
      ...{ id: "target", title: audit.target, header: audit.target, width: 240 },
      cell: ({ target }) => target || "–",
    },
    {
      ...{ id: "result", title: audit.result, header: audit.result, width: 120 },
      cell: ({ result }) => <Result result={result} />,
    },
    {
      ...{ id: "actingAs", title: audit.actingAs, header: audit.actingAs, width: 110 },
      cell: ({ actingAs }) => actingAs ?? "–",
    },
    {
      ...{ id: "via", title: audit.via, header: audit.via, isHidden: true },
      cell: ({ via }) => (via === undefined ? "–" : (audit.via_[via] ?? via)),
    },
    {
      ...{ id: "from", title: audit.from, header: audit.from, isHidden: true },
      cell: ({ from }) => from,
    },
  ];
}

/** All of a record. */
function AuditDetails({ record }: { readonly record: AuditRecord }) {
  const { audit } = text.administration;
  return (
    <>
      <KeyValuePairs
        columns={2}
        items={[
          { label: audit.time, value: dateTime(record.time) },
          { label: audit.user, value: record.user ?? audit.nobody },
          { label: audit.action, value: record.action },
          { label: audit.result, value: <Result result={record.result} /> },
          { label: audit.target, value: record.target || "–" },
          { label: audit.actingAs, value: record.actingAs ?? "–" },
          {
            label: audit.via,
            value: record.via === undefined ? "–" : (audit.via_[record.via] ?? record.via),
          },
          { label: audit.from, value: record.from },
          { label: audit.request, value: record.requestId },
          { label: audit.credential, value: record.credential ?? "–" },
        ]}
      />
      {record.detail !== undefined && (
        <Box padding={{ top: "s" }}>
          <Box variant="awsui-key-label">{audit.details}</Box>
          <pre className="code-block">{JSON.stringify(record.detail, undefined, 2)}</pre>
        </Box>
      )}
    </>
  );
}
