import Alert from "@cloudscape-design/components/alert";
import Button from "@cloudscape-design/components/button";
import Container from "@cloudscape-design/components/container";
import FormField from "@cloudscape-design/components/form-field";
import Header from "@cloudscape-design/components/header";
import Input from "@cloudscape-design/components/input";
import SpaceBetween from "@cloudscape-design/components/space-between";
import Textarea from "@cloudscape-design/components/textarea";
import { type JobDetail, ROUTES } from "@sluice/api";
import { useRef, useState } from "react";
import { useNavigate, useParams } from "react-router";
import { text } from "../../catalogue/index.ts";
import { jobHref } from "../../frame/addresses.ts";
import { duration } from "../../frame/format.ts";
import { notifySuccess } from "../../frame/notices.tsx";
import { Page } from "../../frame/page.tsx";
import { statusOf, useChange, useRead } from "../../frame/queries.ts";
import { mayBe, useMe } from "../../frame/session.tsx";
import { Failure, Forbidden, Read } from "../../frame/states.tsx";
import { Editor } from "../../parts/editor/editor.tsx";
import { mayAct } from "./actions.ts";
import { languageOf, useScript } from "./job/script.tsx";
import { type Changes, NO_CHANGES, optionsOf, wrongIn } from "./resubmit/options.ts";
import "./job/job.css";

/** A job once more, as it was or with changes. */
export default function ResubmitPage() {
  const { cluster = "", job: reference = "" } = useParams();
  const params = { cluster, job: reference };
  const job = useRead(ROUTES.getJob, { params });
  const script = useScript(params);
  const me = useMe();
  const said = text.jobs;
  return (
    <Page
      title={said.resubmit.title(reference)}
      crumbs={[
        { text: text.frame.pages.jobs, href: "/jobs" },
        { text: said.page.title(reference), href: jobHref(cluster, reference) },
      ]}
      description={said.resubmit.more}
    >
      <Read from={job}>
        {(found) =>
          mayAct(me, found) ? (
            <Read from={script}>{(content) => <Form job={found} script={content} />}</Read>
          ) : (
            <Forbidden />
          )
        }
      </Read>
    </Page>
  );
}

function Form({ job, script }: { readonly job: JobDetail; readonly script: string }) {
  const said = text.jobs.resubmit;
  const me = useMe();
  const navigate = useNavigate();
  const [changes, setChanges] = useState(NO_CHANGES);
  const [content, setContent] = useState(script);
  const [isJudged, setJudged] = useState(false);
  const key = useRef(crypto.randomUUID());
  const resubmit = useChange(ROUTES.resubmitJob, [ROUTES.listAllJobs]);
  const { cluster, label } = job;
  // What its user never wrote is run as them by administrators only.
  const mayChange = me.unixUser === job.user || mayBe(me, "administrator", cluster);
  const wrong = wrongIn(changes);
  const isScript = content.startsWith("#!");
  const submit = (): void => {
    setJudged(true);
    if (wrong.length > 0 || !isScript || resubmit.isPending) return;
    resubmit.mutate(
      {
        params: { cluster, job: label },
        body: {
          options: [...optionsOf(changes)],
          ...(content === script ? {} : { script: content }),
        },
        // The same job, however often it has to be sent.
        idempotencyKey: key.current,
      },
      {
        onSuccess: ({ jobId }) => {
          notifySuccess(said.done(jobId));
          void navigate(jobHref(cluster, jobId));
        },
        onError: (error) => {
          // It was refused, and not only unanswered: the next is another job.
          if ((statusOf(error) ?? 500) < 500) key.current = crypto.randomUUID();
        },
      },
    );
  };
  const field = (name: keyof Changes, before: string) => (
    <FormField
      label={said.fields[name]}
      errorText={isJudged && wrong.includes(name) ? said.wrong[name] : undefined}
    >
      <Input
        value={changes[name]}
        placeholder={before}
        spellcheck={false}
        onChange={({ detail }) => setChanges({ ...changes, [name]: detail.value })}
      />
    </FormField>
  );
  return (
    <SpaceBetween size="m">
      {mayChange ? (
        <SpaceBetween size="m">
          <Container
            header={
              <Header variant="h2" description={said.askedMore}>
                {said.asked}
              </Header>
            }
          >
            <div className="resubmit">
              {field("name", job.name)}
              {field("queue", job.partition)}
              {field("nodes", `${job.nodeCount}`)}
              {field("tasks", said.before)}
              {field("cpus", said.before)}
              {field("memory", said.before)}
              {field(
                "time",
                job.timeLimitSeconds === undefined ? said.before : duration(job.timeLimitSeconds),
              )}
              <div className="resubmit-wide">
                <FormField
                  stretch
                  label={said.fields.others}
                  description={said.othersMore}
                  errorText={isJudged && wrong.includes("others") ? said.wrong.others : undefined}
                >
                  <Textarea
                    rows={2}
                    spellcheck={false}
                    value={changes.others}
                    placeholder="--gres=gpu:1"
                    onChange={({ detail }) => setChanges({ ...changes, others: detail.value })}
                  />
                </FormField>
              </div>
            </div>
          </Container>
          <Container
            header={
              <Header variant="h2" description={said.scriptMore}>
                {said.script}
              </Header>
            }
          >
            <FormField stretch errorText={isJudged && !isScript ? said.noInterpreter : undefined}>
              <Editor
                value={content}
                onChange={setContent}
                language={languageOf(content)}
                label={said.script}
              />
            </FormField>
          </Container>
        </SpaceBetween>
      ) : (
        <Alert type="info">{said.asItWas(job.user)}</Alert>
      )}
      {resubmit.isError && <Failure error={resubmit.error} header={said.failed} />}
      <div className="bar-end">
        <Button variant="link" href={jobHref(job.cluster, job.label)}>
          {text.frame.actions.cancel}
        </Button>
        <Button variant="primary" loading={resubmit.isPending} onClick={submit}>
          {said.go}
        </Button>
      </div>
    </SpaceBetween>
  );
}
