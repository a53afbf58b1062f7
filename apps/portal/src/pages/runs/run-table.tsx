import Link from "@cloudscape-design/components/link";
import Table from "@cloudscape-design/components/table";
import type { RunView } from "@sluice/api";
import { text } from "../../catalogue/index.ts";
import { runHref } from "../../frame/addresses.ts";
import { date } from "../../frame/format.ts";
import { RunState } from "../../frame/run-state.tsx";
import { type Column, SettingsButton, useTableSettings } from "../../frame/table-settings.tsx";
import { When } from "../../frame/when.tsx";
import { RunActions } from "./run-actions.tsx";
import { JobLink } from "./run-links.tsx";

/** Runs as a table, newest first. */
export function RunTable({
  runs,
  hasOwner,
}: {
  readonly runs: readonly RunView[];
  readonly hasOwner: boolean;
}) {
  const columns = columnsOf(hasOwner);
  const [settings, setSettings] = useTableSettings(hasOwner ? "runs.others" : "runs", columns);
  return (
    <Table
      variant="container"
      items={[...runs]}
      trackBy="id"
      columnDefinitions={[...columns]}
      columnDisplay={settings.contentDisplay ?? []}
      wrapLines={settings.wrapLines ?? false}
      stripedRows={settings.stripedRows ?? false}
      enableKeyboardNavigation
      ariaLabels={{ tableLabel: text.frame.pages.runs }}
      preferences={<SettingsButton columns={columns} settings={settings} onChange={setSettings} />}
    />
  );
}

function columnsOf(hasOwner: boolean): readonly Column<RunView>[] {
  const said = text.runs.columns;
  const column = (
    id: keyof typeof said,
    cell: Column<RunView>["cell"],
    more: Partial<Column<RunView>> = {},
  ): Column<RunView> => ({ id, title: said[id], header: said[id], cell, ...more });
  return [
    column("name", (run) => <Link href={runHref(run.id)}>{run.name}</Link>, {
      isFixed: true,
      isRowHeader: true,
      minWidth: 160,
    }),
    column("state", ({ state }) => <RunState state={state} />, { minWidth: 130 }),
    column("application", ({ application }) => application.name),
    column("cluster", ({ cluster }) => cluster),
    ...(hasOwner ? [column("owner", ({ owner }) => owner)] : []),
    column("job", (run) => <JobLink run={run} />),
    column("created", ({ createdAt }) => <When at={createdAt} />),
    column("ended", ({ endedAt }) => <When at={endedAt} />, { isHidden: true }),
    column("expires", ({ expiresAt }) => date(expiresAt), { isHidden: true }),
    {
      id: "actions",
      title: text.runs.actions.more,
      header: <span className="visually-hidden">{text.runs.actions.more}</span>,
      cell: (run) => <RunActions run={run} isIcon />,
      isFixed: true,
      width: 60,
    },
  ];
}
