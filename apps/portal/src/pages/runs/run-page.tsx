import Alert from "@cloudscape-design/components/alert";
import Button from "@cloudscape-design/components/button";
import KeyValuePairs from "@cloudscape-design/components/key-value-pairs";
import SpaceBetween from "@cloudscape-design/components/space-between";
import Tabs from "@cloudscape-design/components/tabs";
import { ROUTES, type RunView } from "@sluice/api";
import { useState } from "react";
import { useNavigate, useParams } from "react-router";
import { text } from "../../catalogue/index.ts";
import { useAddress } from "../../frame/address.ts";
import { jobHref } from "../../frame/addresses.ts";
import { date, duration, sentence } from "../../frame/format.ts";
import { stateWords } from "../../frame/job-state.tsx";
import { Page } from "../../frame/page.tsx";
import { useRead } from "../../frame/queries.ts";
import { isLive, RunState } from "../../frame/run-state.tsx";
import { useMay } from "../../frame/session.tsx";
import { Read } from "../../frame/states.tsx";
import { useNow, When } from "../../frame/when.tsx";
import { RunActions, submitHref } from "./run-actions.tsx";
import { RunFiles } from "./run-files.tsx";
import { JobLink } from "./run-links.tsx";
import { RunOutput } from "./run-output.tsx";
import { RunValues } from "./run-values.tsx";

/** A run: how it stands, what it was asked for, what it wrote. */
export default function RunPage() {
  const { run: id = "" } = useParams();
  const run = useRead(ROUTES.getRun, { params: { run: id } }, { topics: ["run"] });
  const crumbs = [{ text: text.frame.pages.runs, href: "/runs" }];
  if (run.data === undefined) {
    return (
      <Page title={text.frame.pages.runs}>
        <Read from={run}>{() => null}</Read>
      </Page>
    );
  }
  return <OneRun key={id} run={run.data} crumbs={crumbs} />;
}

function OneRun({
  run,
  crumbs,
}: {
  readonly run: RunView;
  readonly crumbs: readonly { readonly text: string; readonly href: string }[];
}) {
  // What is shown first is chosen once, and does not change when the job ends.
  const [first] = useState(() =>
    run.state === "expired" || run.state === "draft"
      ? "values"
      : isLive(run.state) || run.state === "failed"
        ? "output"
        : "files",
  );
  const [{ tab }, setAddress] = useAddress({ tab: first });
  const mayRun = useMay("user", run.cluster);
  const navigate = useNavigate();
  const said = text.runs;
  const hasFolder = run.state !== "expired";
  return (
    <Page
      title={run.name}
      crumbs={crumbs}
      info={<RunState state={run.state} />}
      description={
        run.isOwn
          ? said.of(run.application.name, run.application.version)
          : said.ofOwner(run.application.name, run.application.version, run.owner)
      }
      actions={
        <SpaceBetween direction="horizontal" size="xs">
          <RunActions run={run} onRemoved={() => void navigate("/runs")} />
          {mayRun && (
            <Button variant="primary" href={submitHref(run)}>
              {run.state === "draft" && run.isOwn ? said.actions.finish : said.actions.rerun}
            </Button>
          )}
        </SpaceBetween>
      }
    >
      <SpaceBetween size="l">
        <Trouble run={run} onOutput={() => setAddress({ tab: "output" })} />
        <Facts run={run} />
        <Tabs
          activeTabId={tab}
          ariaLabel={run.name}
          onChange={({ detail }) => setAddress({ tab: detail.activeTabId })}
          tabs={[
            ...(hasFolder
              ? [
                  { id: "files", label: said.page.files, content: <RunFiles run={run} /> },
                  { id: "output", label: said.page.output, content: <RunOutput run={run} /> },
                ]
              : []),
            { id: "values", label: said.page.values, content: <RunValues run={run} /> },
          ]}
        />
      </SpaceBetween>
    </Page>
  );
}

/** Why it is not as one would have it. */
function Trouble({ run, onOutput }: { readonly run: RunView; readonly onOutput: () => void }) {
  const said = text.runs.page;
  const { state, error, jobId, jobState, purgeError } = run;
  if (state === "expired") {
    return (
      <Alert type="info" header={said.expired}>
        {said.expiredMore}
      </Alert>
    );
  }
  if (state === "failed") {
    return (
      <Alert
        type="error"
        header={jobId === undefined ? said.refused : said.failed}
        action={
          jobId !== undefined && (
            <SpaceBetween direction="horizontal" size="xs">
              <Button onClick={onOutput}>{said.toOutput}</Button>
              <Button href={jobHref(run.cluster, jobId)}>{said.toJob}</Button>
            </SpaceBetween>
          )
        }
      >
        {error !== undefined && <div>{sentence(error.message)}</div>}
        {error?.hint !== undefined && <div>{sentence(error.hint)}</div>}
        {error === undefined && jobState !== undefined && <Why run={run} state={jobState} />}
      </Alert>
    );
  }
  if (purgeError === undefined) return null;
  return (
    <Alert type="warning" header={said.purge}>
      {sentence(purgeError)}
    </Alert>
  );
}

/** What Slurm says of the job's end, with the program's exit code where that is what went wrong. */
function Why({ run, state }: { readonly run: RunView; readonly state: string }) {
  const { cluster, jobId = 0 } = run;
  const mayAsk = useMay("read-only", cluster);
  const job = useRead(
    ROUTES.getJob,
    { params: { cluster, job: `${jobId}` } },
    { enabled: mayAsk, staleTime: Number.POSITIVE_INFINITY },
  );
  const said = text.runs.page;
  const [code = "0", signal = "0"] = job.data?.exitCode.split(":") ?? [];
  return (
    <>
      <div>{said.ends[state as keyof typeof said.ends] ?? said.failedAs(stateWords(state))}</div>
      {state === "FAILED" && code !== "0" && <div>{said.exitCode(code)}</div>}
      {state === "FAILED" && signal !== "0" && <div>{said.signal(signal)}</div>}
    </>
  );
}

function Facts({ run }: { readonly run: RunView }) {
  const said = text.runs;
  const { startedAt, endedAt, submittedAt, createdAt } = run;
  return (
    <KeyValuePairs
      columns={4}
      items={[
        { label: said.columns.job, value: <JobPlace run={run} /> },
        { label: said.page.submitted, value: <When at={submittedAt ?? createdAt} /> },
        { label: said.page.took, value: <Took from={startedAt} to={endedAt} run={run} /> },
        { label: said.page.kept, value: keptUntil(run) },
      ]}
    />
  );
}

function JobPlace({ run }: { readonly run: RunView }) {
  if (run.jobId === undefined) return run.cluster;
  const [before, after] = text.runs.page.on(run.cluster);
  return (
    <>
      {before}
      <JobLink run={run} />
      {after}
    </>
  );
}

const DAY = 86_400;

function keptFor(seconds: number): string {
  return seconds % DAY === 0 ? text.runs.keep.days(seconds / DAY) : duration(seconds);
}

function keptUntil({ expiresAt, keepSeconds }: RunView): string {
  const said = text.runs;
  if (expiresAt !== undefined) return date(expiresAt);
  return keepSeconds === undefined ? said.never : said.page.after(keptFor(keepSeconds));
}

function Took({
  from,
  to,
  run,
}: {
  readonly from: string | undefined;
  readonly to: string | undefined;
  readonly run: RunView;
}) {
  const now = useNow(1_000);
  if (from === undefined) return text.runs.page.none;
  const end = to === undefined ? (isLive(run.state) ? now : undefined) : Date.parse(to);
  if (end === undefined) return text.runs.page.none;
  return <span className="numbers">{duration((end - Date.parse(from)) / 1000)}</span>;
}
