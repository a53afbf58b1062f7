import Link from "@cloudscape-design/components/link";
import type { Job } from "@sluice/api";
import { memo, type ReactNode } from "react";
import { text } from "../../../catalogue/index.ts";
import { jobHref } from "../../../frame/addresses.ts";
import { bytes, duration, number } from "../../../frame/format.ts";
import { JobState } from "../../../frame/job-state.tsx";
import type { Column } from "../../../frame/table-settings.tsx";
import { useNow, When } from "../../../frame/when.tsx";
import { ClusterCell } from "../moved/cluster-cell.tsx";
import type { JobSort } from "./sort.ts";

interface Drawn {
  readonly cell: (job: Job) => ReactNode;
  /** What a file has of it. */
  readonly raw: (job: Job) => string | number | undefined;
  readonly sort?: JobSort;
  readonly width: number;
  readonly isHidden?: boolean;
}

export type JobColumn = keyof typeof DRAWN;

const DRAWN = {
  id: {
    cell: (job) => (
      <Link href={jobHref(job.cluster, job.label)}>
        <span className="numbers">{job.label}</span>
      </Link>
    ),
    raw: ({ label }) => label,
    ...{ sort: "id", width: 85 },
  },
  name: { cell: ({ name }) => name, raw: ({ name }) => name, sort: "name", width: 180 },
  state: {
    cell: ({ state, reason }) => (
      <span className="jobs-state">
        <JobState state={state} />
        {state === "PENDING" && reason !== "" && (
          <span className="jobs-reason" title={reason}>
            {reason}
          </span>
        )}
      </span>
    ),
    raw: ({ state }) => state,
    ...{ sort: "state", width: 165 },
  },
  user: { cell: ({ user }) => user, raw: ({ user }) => user, sort: "user", width: 90 },
  queue: {
    cell: ({ partition }) => partition,
    raw: ({ partition }) => partition,
    ...{ sort: "partition", width: 105 },
  },
  cluster: {
    cell: (job) => <ClusterCell job={job} />,
    raw: ({ cluster }) => cluster,
    width: 110,
  },
  cpus: { cell: ({ cpus }) => number(cpus), raw: ({ cpus }) => cpus, sort: "cpus", width: 95 },
  nodeCount: {
    cell: ({ nodeCount }) => number(nodeCount),
    raw: ({ nodeCount }) => nodeCount,
    ...{ sort: "nodeCount", width: 80, isHidden: true },
  },
  submitted: {
    cell: ({ submitTime }) => <When at={submitTime} />,
    raw: ({ submitTime }) => submitTime,
    ...{ sort: "submitTime", width: 145 },
  },
  runTime: {
    cell: (job) => <RunTime job={job} />,
    raw: ({ elapsedSeconds }) => elapsedSeconds,
    width: 115,
  },
  started: {
    cell: ({ startTime, state }) => <When at={state === "PENDING" ? undefined : startTime} />,
    raw: ({ startTime }) => startTime,
    ...{ sort: "startTime", width: 150, isHidden: true },
  },
  ended: {
    cell: ({ endTime }) => <When at={endTime} />,
    raw: ({ endTime }) => endTime,
    ...{ sort: "endTime", width: 150, isHidden: true },
  },
  account: {
    cell: ({ account }) => account,
    raw: ({ account }) => account,
    ...{ sort: "account", width: 110, isHidden: true },
  },
  qos: {
    cell: ({ qos }) => qos,
    raw: ({ qos }) => qos,
    ...{ sort: "qos", width: 100, isHidden: true },
  },
  memory: {
    cell: ({ memoryMib }) => bytes(memoryMib === undefined ? undefined : memoryMib * 1024 ** 2),
    raw: ({ memoryMib }) => memoryMib,
    ...{ sort: "memoryMib", width: 110, isHidden: true },
  },
  timeLimit: {
    cell: ({ timeLimitSeconds }) => duration(timeLimitSeconds),
    raw: ({ timeLimitSeconds }) => timeLimitSeconds,
    ...{ sort: "timeLimitSeconds", width: 120, isHidden: true },
  },
  priority: {
    cell: ({ priority }) => number(priority),
    raw: ({ priority }) => priority,
    ...{ sort: "priority", width: 100, isHidden: true },
  },
  nodes: {
    cell: ({ nodes }) => nodes || "–",
    raw: ({ nodes }) => nodes,
    ...{ width: 200, isHidden: true },
  },
  exitCode: {
    cell: ({ exitCode, isFinished }) => (isFinished ? exitCode : "–"),
    raw: ({ exitCode }) => exitCode,
    ...{ width: 110, isHidden: true },
  },
  restarts: {
    cell: ({ restarts }) => number(restarts),
    raw: ({ restarts }) => restarts,
    ...{ width: 100, isHidden: true },
  },
  directory: {
    cell: ({ workingDirectory }) => workingDirectory || "–",
    raw: ({ workingDirectory }) => workingDirectory,
    ...{ width: 260, isHidden: true },
  },
} as const satisfies Readonly<Record<string, Drawn>>;

const ids = Object.keys(DRAWN) as JobColumn[];

/** Drawn again only when the job is another one than before. */
const Cell = memo(function Cell({
  job,
  column,
}: {
  readonly job: Job;
  readonly column: JobColumn;
}) {
  return DRAWN[column].cell(job);
});

export function jobColumns({
  seesOthers,
  hasClusters,
}: {
  readonly seesOthers: boolean;
  readonly hasClusters: boolean;
}): readonly Column<Job>[] {
  const hidden: Readonly<Partial<Record<JobColumn, boolean>>> = {
    user: !seesOthers,
    cluster: !hasClusters,
  };
  return ids.map((id) => {
    const { sort, width, isHidden }: Drawn = DRAWN[id];
    const title = text.jobs.columns[id];
    return {
      id,
      title,
      header: title,
      cell: (job) => <Cell job={job} column={id} />,
      isHidden: isHidden === true || hidden[id] === true,
      isFixed: id === "id",
      isRowHeader: id === "id",
      ...(sort === undefined ? {} : { sortingField: sort }),
      // Beside one column more, a name has less room.
      width: id === "name" && hasClusters ? 135 : width,
      minWidth: 70,
    };
  });
}

/** A cell of a file. */
export function rawOf(job: Job, id: string): string | number | undefined {
  const column: Drawn | undefined = Object.hasOwn(DRAWN, id) ? DRAWN[id as JobColumn] : undefined;
  return column?.raw(job);
}

/** How long a job has run; of one that runs, each second anew. */
export function RunTime({
  job,
}: {
  readonly job: Pick<Job, "state" | "startTime" | "elapsedSeconds">;
}) {
  const { state, startTime, elapsedSeconds } = job;
  if (state === "RUNNING" && startTime !== undefined) return <Since at={startTime} />;
  return <span className="numbers">{duration(elapsedSeconds)}</span>;
}

function Since({ at }: { readonly at: string }) {
  const now = useNow(1_000);
  return <span className="numbers">{duration((now - Date.parse(at)) / 1000)}</span>;
}
