import SpaceBetween from "@cloudscape-design/components/space-between";
import Tabs, { type TabsProps } from "@cloudscape-design/components/tabs";
import type { JobDetail } from "@sluice/api";
import { text } from "../../catalogue/index.ts";
import { useAddress } from "../../frame/address.ts";
import { JobState } from "../../frame/job-state.tsx";
import { Page } from "../../frame/page.tsx";
import { Failure, Loading, Read } from "../../frame/states.tsx";
import { About } from "./job/about.tsx";
import { Details } from "./job/details.tsx";
import { Ending } from "./job/ending.tsx";
import { JobActions } from "./job/job-actions.tsx";
import { Output } from "./job/output.tsx";
import { arrayOf } from "./job/reference.ts";
import { Resources } from "./job/resources.tsx";
import { Script } from "./job/script.tsx";
import { Tasks } from "./job/tasks.tsx";
import { Timeline } from "./job/timeline.tsx";
import { type ShownJob, useJob } from "./job/use-job.ts";
import { MovedNote } from "./moved/moved-note.tsx";
import "./job/job.css";

/** One job, live: what happened to it, what it wrote, what can be done. */
export default function JobPage() {
  const shown = useJob();
  const { job, cluster, reference } = shown;
  const { data } = job;
  const said = text.jobs.page;
  const isArray = data !== undefined && arrayOf(reference, data.array) !== undefined;
  return (
    <Page
      title={data === undefined ? said.title(reference) : data.name || said.title(reference)}
      crumbs={[{ text: text.frame.pages.jobs, href: "/jobs" }]}
      {...(data === undefined || isArray ? {} : { info: <JobState state={data.state} /> })}
      {...(data === undefined
        ? {}
        : { description: said.description(isArray, reference, cluster, data.user) })}
      actions={data !== undefined && <JobActions job={data} reference={reference} />}
    >
      {data === undefined && job.error !== null ? (
        // The cluster may be lost, and the job be told of by the one that has it now.
        <MovedNote
          job={{ cluster, id: Number.parseInt(reference, 10) }}
          instead={<Read from={job}>{() => null}</Read>}
        />
      ) : (
        <Read from={job}>{(found) => <Parts shown={shown} job={found} isArray={isArray} />}</Read>
      )}
    </Page>
  );
}

function Parts({
  shown: { cluster, reference, timeline },
  job,
  isArray,
}: {
  readonly shown: ShownJob;
  readonly job: JobDetail;
  readonly isArray: boolean;
}) {
  const said = text.jobs.page;
  const [{ tab }, setAddress] = useAddress({ tab: "" });
  const tabs: TabsProps.Tab[] = [
    ...(isArray && job.array !== undefined
      ? [
          {
            id: "tasks",
            label: said.tasks,
            content: <Tasks cluster={cluster} array={job.array.id} />,
          },
        ]
      : [
          { id: "overview", label: said.overview, content: <Overview {...{ job, timeline }} /> },
          {
            id: "output",
            label: said.output,
            content: <Output job={job} />,
            contentRenderStrategy: "lazy" as const,
          },
        ]),
    {
      id: "script",
      label: said.script,
      content: <Script cluster={cluster} job={reference} />,
    },
    ...(isArray ? [] : [{ id: "details", label: said.details, content: <Details job={job} /> }]),
  ];
  const first = tabs[0]?.id ?? "";
  const active = tabs.some(({ id }) => id === tab) ? tab : first;
  return (
    <SpaceBetween size="m">
      <MovedNote job={job} />
      {!isArray && timeline.data !== undefined && (
        <Ending timeline={timeline.data} onOutput={() => setAddress({ tab: "output" })} />
      )}
      <Tabs
        ariaLabel={said.parts}
        activeTabId={active}
        tabs={tabs}
        onChange={({ detail }) =>
          setAddress({ tab: detail.activeTabId === first ? "" : detail.activeTabId })
        }
      />
    </SpaceBetween>
  );
}

function Overview({
  job,
  timeline,
}: {
  readonly job: JobDetail;
  readonly timeline: ShownJob["timeline"];
}) {
  const { data, error, refetch, dataUpdatedAt } = timeline;
  return (
    <div className="overview">
      <div>
        {data !== undefined ? (
          <Timeline timeline={data} />
        ) : error !== null ? (
          <Failure error={error} header={text.jobs.timeline.missing} again={() => void refetch()} />
        ) : (
          <Loading />
        )}
      </div>
      <SpaceBetween size="m">
        <About job={job} cost={data?.cost} readAt={dataUpdatedAt} />
        <Resources job={job} />
      </SpaceBetween>
    </div>
  );
}
