import Container from "@cloudscape-design/components/container";
import Header from "@cloudscape-design/components/header";
import KeyValuePairs from "@cloudscape-design/components/key-value-pairs";
import Link from "@cloudscape-design/components/link";
import type { JobDetail, JobTimeline } from "@sluice/api";
import { text } from "../../../catalogue/index.ts";
import { filesHref, jobHref } from "../../../frame/addresses.ts";
import { dateTime, money } from "../../../frame/format.ts";
import { useNow } from "../../../frame/when.tsx";
import { RunTime } from "../list/columns.tsx";

/** Whose a job is, where it runs and what it costs. */
export function About({
  job,
  cost,
  readAt,
}: {
  readonly job: JobDetail;
  readonly cost: JobTimeline["cost"];
  /** When the cost was told. */
  readonly readAt: number;
}) {
  const said = text.jobs.about;
  const { cluster, user, account, partition, qos, nodes, array, workingDirectory } = job;
  const items = [
    { label: said.user, value: user },
    { label: said.account, value: account },
    { label: said.cluster, value: cluster },
    { label: said.queue, value: partition },
    { label: said.qos, value: qos },
    { label: said.runTime, value: <RunTime job={job} /> },
    { label: said.nodes, value: nodes === "" ? "–" : nodes },
    ...(cost === undefined
      ? []
      : [{ label: said.cost, value: <Cost cost={cost} job={job} readAt={readAt} /> }]),
    ...(array === undefined
      ? []
      : [
          {
            label: said.array,
            value: (
              <Link href={`${jobHref(cluster, array.id)}?tab=tasks`}>
                {said.arrayOf(array.id, array.total)}
              </Link>
            ),
          },
        ]),
    ...(job.dependency === undefined || job.dependency === ""
      ? []
      : [{ label: said.dependency, value: job.dependency }]),
    ...(workingDirectory === ""
      ? []
      : [
          {
            label: said.directory,
            value: <Link href={filesHref(cluster, workingDirectory)}>{workingDirectory}</Link>,
          },
        ]),
    ...(job.standardOutput === undefined
      ? []
      : [
          {
            label: said.output,
            value: (
              <Link href={filesHref(cluster, folderOf(job.standardOutput))}>
                {job.standardOutput}
              </Link>
            ),
          },
        ]),
  ];
  return (
    <Container header={<Header variant="h2">{said.title}</Header>}>
      <div className="about">
        <KeyValuePairs columns={2} items={items} />
      </div>
    </Container>
  );
}

function folderOf(path: string): string {
  return path.slice(0, Math.max(1, path.lastIndexOf("/")));
}

function Cost({
  cost: { usd, usdPerHour, approximate, unpriced },
  job: { isFinished },
  readAt,
}: {
  readonly cost: NonNullable<JobTimeline["cost"]>;
  readonly job: JobDetail;
  readonly readAt: number;
}) {
  const said = text.jobs.about;
  const now = useNow(10_000);
  const isRising = !isFinished && usdPerHour !== undefined;
  const more = isRising ? (usdPerHour * Math.max(0, now - readAt)) / 3_600_000 : 0;
  const sum = money(usd + more);
  return (
    <>
      <span className="numbers">{approximate ? said.about(sum) : sum}</span>
      {isRising && <div className="faint numbers">{said.perHour(money(usdPerHour))}</div>}
      {unpriced > 0 && <div className="faint">{said.unpriced(unpriced)}</div>}
    </>
  );
}

/** When things happened to a job, as Slurm has it. */
export function timesOf(job: JobDetail): readonly (readonly [string, string])[] {
  const said = text.jobs.columns;
  return [
    [said.submitted, dateTime(job.submitTime)],
    [said.started, dateTime(job.state === "PENDING" ? undefined : job.startTime)],
    [said.ended, dateTime(job.endTime)],
  ];
}
