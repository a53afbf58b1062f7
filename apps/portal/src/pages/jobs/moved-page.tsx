import Link from "@cloudscape-design/components/link";
import StatusIndicator from "@cloudscape-design/components/status-indicator";
import type { MovedJobView } from "@sluice/api";
import { text } from "../../catalogue/index.ts";
import { jobHref } from "../../frame/addresses.ts";
import { number } from "../../frame/format.ts";
import { ListTable } from "../../frame/list-table.tsx";
import { Page } from "../../frame/page.tsx";
import { useMay } from "../../frame/session.tsx";
import { Empty } from "../../frame/states.tsx";
import type { Column } from "../../frame/table-settings.tsx";
import { When } from "../../frame/when.tsx";
import { MOST, useMoved } from "./moved/use-moved.ts";

/** What became of jobs that waited on clusters that were lost. */
export default function MovedPage() {
  const said = text.jobs.moved;
  const moved = useMoved();
  const seesOthers = useMay("operator");
  return (
    <Page
      title={said.title}
      crumbs={[{ text: text.frame.pages.jobs, href: "/jobs" }]}
      description={said.more(number(MOST))}
    >
      <ListTable<MovedJobView>
        name="moved"
        title={said.title}
        items={moved.data?.items}
        error={moved.error}
        again={() => void moved.refetch()}
        columns={columns(seesOthers)}
        idOf={({ from, fromJobId, cluster, jobId }) => `${from} ${fromJobId} ${cluster} ${jobId}`}
        textOf={({ from, fromJobId, cluster, jobId, unixUser }) =>
          [from, fromJobId, cluster, jobId, unixUser].join(" ")
        }
        empty={<Empty title={said.none} more={said.noneMore} />}
      />
    </Page>
  );
}

function columns(seesOthers: boolean): readonly Column<MovedJobView>[] {
  const said = text.jobs.moved.columns;
  const place = (cluster: string, job: number | undefined) =>
    job === undefined ? cluster : <Link href={jobHref(cluster, job)}>{`${cluster} ${job}`}</Link>;
  const all: readonly Column<MovedJobView>[] = [
    {
      ...{ id: "now", title: said.now, header: said.now, isFixed: true, isRowHeader: true },
      minWidth: 140,
      cell: ({ cluster, jobId }) => place(cluster, jobId),
    },
    {
      ...{ id: "before", title: said.before, header: said.before, minWidth: 140 },
      cell: ({ from, fromJobId }) => place(from, fromJobId),
    },
    {
      ...{ id: "state", title: said.state, header: said.state, minWidth: 150 },
      cell: (job) => <State job={job} />,
    },
    {
      ...{ id: "when", title: said.when, header: said.when, minWidth: 120 },
      sortingField: "movedAt",
      cell: ({ movedAt }) => <When at={movedAt} />,
    },
  ];
  if (!seesOthers) return all;
  const user = { id: "user", title: said.user, header: said.user, minWidth: 90 };
  return [...all, { ...user, sortingField: "unixUser", cell: ({ unixUser }) => unixUser }];
}

function State({ job: { refused, jobId } }: { readonly job: MovedJobView }) {
  const said = text.jobs.moved.states;
  if (refused) return <StatusIndicator type="error">{said.refused}</StatusIndicator>;
  if (jobId === undefined) return <StatusIndicator type="pending">{said.going}</StatusIndicator>;
  return <StatusIndicator type="success">{said.there}</StatusIndicator>;
}
