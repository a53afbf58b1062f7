import Box from "@cloudscape-design/components/box";
import Button from "@cloudscape-design/components/button";
import Header from "@cloudscape-design/components/header";
import Link from "@cloudscape-design/components/link";
import type { Home, Job } from "@sluice/api";
import { text } from "../../catalogue/index.ts";
import { jobHref } from "../../frame/addresses.ts";
import { number } from "../../frame/format.ts";
import { JobState } from "../../frame/job-state.tsx";
import { PlainTable } from "../../frame/plain-table.tsx";
import { Empty } from "../../frame/states.tsx";
import { When } from "../../frame/when.tsx";
import "./home.css";

/** What one has in the queues, by state, and the newest of it. */
export function MyJobs({ jobs }: { readonly jobs: Home["jobs"] }) {
  const said = text.home.jobs;
  const { RUNNING: running = 0, PENDING: waiting = 0 } = jobs.totals;
  const counts = [
    { label: said.running, count: running, href: "/jobs?state=RUNNING" },
    { label: said.waiting, count: waiting, href: "/jobs?state=PENDING" },
    { label: said.other, count: jobs.total - running - waiting, href: "/jobs" },
  ];
  return (
    <PlainTable<Job>
      title={said.title}
      idOf={({ cluster, id }) => `${cluster} ${id}`}
      items={jobs.items}
      header={
        <Header variant="h2" actions={<Button href="/jobs">{said.all}</Button>}>
          {said.title}
        </Header>
      }
      above={
        jobs.total === 0 ? undefined : (
          <dl className="home-counts">
            {counts.map(({ label, count, href }) => (
              <div key={label}>
                <dt>{label}</dt>
                <dd className="numbers">
                  {count > 0 ? (
                    <Link href={href} fontSize="heading-l" ariaLabel={`${label}: ${count}`}>
                      {number(count)}
                    </Link>
                  ) : (
                    <Box fontSize="heading-l" color="text-body-secondary">
                      0
                    </Box>
                  )}
                </dd>
              </div>
            ))}
          </dl>
        )
      }
      empty={
        <Empty
          title={said.empty}
          more={said.emptyMore}
          action={<Button href="/submit">{said.submit}</Button>}
        />
      }
      columns={[
        {
          id: "name",
          header: said.name,
          cell: (job) => (
            <>
              <Link href={jobHref(job.cluster, job.label)}>{job.name}</Link>{" "}
              <Box variant="span" color="text-body-secondary">
                {job.label}
              </Box>
            </>
          ),
        },
        { id: "state", header: said.state, cell: ({ state }) => <JobState state={state} /> },
        {
          id: "queue",
          header: said.queue,
          cell: ({ partition, cluster }) => `${partition} · ${cluster}`,
        },
        {
          id: "since",
          header: said.since,
          cell: ({ state, startTime, submitTime }) => (
            <When at={state === "PENDING" ? submitTime : (startTime ?? submitTime)} />
          ),
        },
      ]}
    />
  );
}
