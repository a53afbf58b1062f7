import Header from "@cloudscape-design/components/header";
import type { UseRow } from "@sluice/api";
import { text } from "../../catalogue/index.ts";
import { duration, money, number, percent } from "../../frame/format.ts";
import { ListTable } from "../../frame/list-table.tsx";
import type { Column } from "../../frame/table-settings.tsx";
import { memberName } from "./labels.ts";
import { MEASURES } from "./measures.ts";
import "./accounting.css";

type Group = keyof typeof text.accounting.groups;

/** Until somebody wants it. */
const HIDDEN = { isHidden: true };

const hours = (value: number) => MEASURES.cpu.shown(value / 3600);

/** What a chart shows and more, in numbers: a row for each user, account, queue, … */
export function UseTable({
  rows,
  group,
  hasGpus,
}: {
  readonly rows: readonly UseRow[];
  readonly group: Group;
  readonly hasGpus: boolean;
}) {
  const said = text.accounting.table;
  const nameOf = (row: UseRow) => memberName(row[group] ?? "", group);
  const most = rows.reduce((sum, { cpuSeconds }) => sum + cpuSeconds, 0);
  const numeric = (
    id: keyof typeof VALUES,
    shown: (value: number) => string,
    { width = 110, isHidden = false } = {},
  ): Column<UseRow> => ({
    id,
    title: said[id],
    header: said[id],
    isHidden,
    width,
    sortingComparator: COMPARATORS[id],
    cell: (row) => {
      const value = VALUES[id](row);
      return <span className="numbers">{value === undefined ? "–" : shown(value)}</span>;
    },
  });
  const columns: readonly Column<UseRow>[] = [
    {
      id: "name",
      title: text.accounting.groups[group],
      header: text.accounting.groups[group],
      isFixed: true,
      width: 130,
      isRowHeader: true,
      sortingComparator: BY_NAME[group],
      cell: nameOf,
    },
    {
      ...numeric("cpu", hours),
      cell: ({ cpuSeconds }) => (
        <span className="use-share numbers">
          <span>{hours(cpuSeconds)}</span>
          <svg viewBox="0 0 100 1" preserveAspectRatio="none" aria-hidden="true">
            <rect width={most === 0 ? 0 : (cpuSeconds / most) * 100} height="1" />
          </svg>
          <span>{percent(most === 0 ? 0 : cpuSeconds / most)}</span>
        </span>
      ),
      width: 190,
    },
    numeric("gpu", hours, { width: 125, isHidden: !hasGpus }),
    numeric("memory", hours, HIDDEN),
    numeric("node", hours, HIDDEN),
    numeric("jobs", number, { width: 90 }),
    {
      ...numeric("bad", number, { width: 145 }),
      cell: (row) => (
        <span className="numbers">
          {number(badOf(row))}
          {row.jobs > 0 && ` (${percent(badOf(row) / row.jobs)})`}
        </span>
      ),
    },
    numeric("requeues", number, HIDDEN),
    numeric("cpuEfficiency", percent, { width: 120 }),
    numeric("memoryEfficiency", percent, HIDDEN),
    numeric("wait", duration, { width: 135 }),
    numeric("longest", duration, HIDDEN),
    numeric("cost", money),
  ];
  return (
    <ListTable
      name={`use-${group}`}
      title={said.title}
      items={rows}
      columns={columns}
      idOf={(row) => row[group] ?? ""}
      textOf={nameOf}
      sortedBy="cpu"
      isDescending
      header={
        <Header variant="h2" counter={`(${number(rows.length)})`}>
          {said.title}
        </Header>
      }
    />
  );
}

type Comparator = (one: UseRow, other: UseRow) => number;

const VALUES = {
  cpu: ({ cpuSeconds }) => cpuSeconds,
  gpu: ({ gpuSeconds }) => gpuSeconds,
  memory: ({ memoryGibSeconds }) => memoryGibSeconds,
  node: ({ nodeSeconds }) => nodeSeconds,
  jobs: ({ jobs }) => jobs,
  bad: badOf,
  requeues: ({ requeues }) => requeues,
  cpuEfficiency: ({ cpuEfficiency }) => cpuEfficiency,
  memoryEfficiency: ({ memoryEfficiency }) => memoryEfficiency,
  wait: ({ medianWaitSeconds }) => medianWaitSeconds,
  longest: ({ p90WaitSeconds }) => p90WaitSeconds,
  cost: ({ cost }) => cost,
} as const satisfies Readonly<Record<string, (row: UseRow) => number | undefined>>;

// A table knows how it is sorted by the function itself: these stay the same.
const COMPARATORS = Object.fromEntries(
  Object.entries(VALUES).map(([id, value]): [string, Comparator] => [
    id,
    (one, other) => (value(one) ?? -1) - (value(other) ?? -1),
  ]),
) as Record<keyof typeof VALUES, Comparator>;
const BY_NAME = Object.fromEntries(
  (["user", "account", "partition", "application", "cluster"] as const).map(
    (group): [Group, Comparator] => [
      group,
      (one, other) => (one[group] ?? "").localeCompare(other[group] ?? ""),
    ],
  ),
) as Record<Group, Comparator>;

function badOf({ ends }: UseRow): number {
  return ends.failed + ends.timedOut + ends.outOfMemory + ends.nodeFailed;
}
