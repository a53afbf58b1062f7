import Box from "@cloudscape-design/components/box";
import Button from "@cloudscape-design/components/button";
import Header from "@cloudscape-design/components/header";
import Link from "@cloudscape-design/components/link";
import SpaceBetween from "@cloudscape-design/components/space-between";
import { type Job, ROUTES } from "@sluice/api";
import { useState } from "react";
import { text } from "../../../catalogue/index.ts";
import { jobHref } from "../../../frame/addresses.ts";
import { number } from "../../../frame/format.ts";
import { JobState, stateWords } from "../../../frame/job-state.tsx";
import { ListTable } from "../../../frame/list-table.tsx";
import { useRead } from "../../../frame/queries.ts";
import type { Column } from "../../../frame/table-settings.tsx";
import { When } from "../../../frame/when.tsx";
import { BulkResult } from "../list/bulk-result.tsx";
import { RunTime } from "../list/columns.tsx";
import { SelectedActions } from "../list/selected-actions.tsx";
import { STATE_GROUP_NAMES, STATE_GROUPS } from "../list/state-groups.ts";
import { useBulk } from "../list/use-bulk.ts";
import { concerns } from "./reference.ts";

/** As many as one answer has. */
const MOST = 1_000;

/** The tasks of an array: all at a glance, and as a list of which some can be chosen. */
export function Tasks({ cluster, array }: { readonly cluster: string; readonly array: number }) {
  const said = text.jobs.tasks;
  const [chosen, setChosen] = useState<readonly string[]>([]);
  const { bulk, run, forget } = useBulk();
  const tasks = useRead(
    ROUTES.listJobs,
    {
      params: { cluster },
      query: { array: `${array}`, limit: MOST, sort: "id", order: "ascending" },
    },
    { topics: ["job"], of: (change) => concerns(`${array}`, change), keep: true },
  );
  const items = tasks.data?.items.toSorted((a, b) => first(a) - first(b));
  const selected = (items ?? []).filter(({ label }) => chosen.includes(label));
  const total = tasks.data?.total ?? 0;
  return (
    <SpaceBetween size="m">
      {bulk !== undefined && <BulkResult bulk={bulk} onDismiss={forget} />}
      {items !== undefined && <Grid tasks={items} />}
      {total > MOST && (
        <Box>
          {said.more(MOST, total)}{" "}
          <Link href={`/jobs?array=${array}&cluster=${encodeURIComponent(cluster)}`}>
            {said.all}
          </Link>
        </Box>
      )}
      <ListTable
        name="tasks"
        title={said.title}
        items={items}
        error={tasks.error}
        again={() => void tasks.refetch()}
        columns={columns()}
        idOf={({ label }) => label}
        textOf={({ label, state, nodes }) => `${label} ${stateWords(state)} ${nodes}`}
        selectionType="multi"
        selected={selected}
        onSelect={(jobs) => setChosen(jobs.map(({ label }) => label))}
        header={
          <Header
            variant="h2"
            counter={`(${number(total)})`}
            actions={
              <SpaceBetween direction="horizontal" size="xs">
                <Button
                  disabled={items === undefined}
                  onClick={() =>
                    setChosen(
                      (items ?? [])
                        .filter(({ isFinished }) => !isFinished)
                        .map(({ label }) => label),
                    )
                  }
                >
                  {said.selectLive}
                </Button>
                <SelectedActions
                  jobs={selected}
                  onAct={(action, jobs) => {
                    void run(action, jobs).then(() => setChosen([]));
                  }}
                />
              </SpaceBetween>
            }
          >
            {said.title}
          </Header>
        }
      />
    </SpaceBetween>
  );
}

function Grid({ tasks }: { readonly tasks: readonly Job[] }) {
  return (
    <nav className="tasks" aria-label={text.jobs.tasks.grid}>
      {tasks.map((task) => {
        const group = STATE_GROUP_NAMES.find((name) =>
          (STATE_GROUPS[name] as readonly string[]).includes(task.state),
        );
        const name = text.jobs.tasks.task(task.label, stateWords(task.state));
        return (
          <a
            key={task.label}
            href={jobHref(task.cluster, task.label)}
            className="task"
            data-group={group}
            title={name}
            aria-label={name}
          >
            {text.jobs.tasks.signs[group ?? "other"]}
          </a>
        );
      })}
    </nav>
  );
}

/** The number of a task; of some that wait together, that of the first. */
function first({ arrayTaskId, id }: Job): number {
  return Number.parseInt((arrayTaskId ?? "").replace(/^\D+/, ""), 10) || id;
}

function columns(): readonly Column<Job>[] {
  const said = text.jobs.columns;
  const column = (id: keyof typeof said, cell: Column<Job>["cell"]): Column<Job> => ({
    ...{ id, title: said[id], header: said[id], cell },
  });
  return [
    {
      ...column("id", (job) => <Link href={jobHref(job.cluster, job.label)}>{job.label}</Link>),
      isFixed: true,
      sortingComparator: (a, b) => first(a) - first(b),
    },
    { ...column("state", ({ state }) => <JobState state={state} />), sortingField: "state" },
    { ...column("nodes", ({ nodes }) => nodes || "–"), sortingField: "nodes" },
    {
      ...column("started", ({ startTime, state }) => (
        <When at={state === "PENDING" ? undefined : startTime} />
      )),
      sortingField: "startTime",
    },
    { ...column("runTime", (job) => <RunTime job={job} />), sortingField: "elapsedSeconds" },
    {
      ...column("exitCode", ({ exitCode, isFinished }) => (isFinished ? exitCode : "–")),
      sortingField: "exitCode",
    },
  ];
}
