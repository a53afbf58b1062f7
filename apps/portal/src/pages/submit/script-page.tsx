import Button from "@cloudscape-design/components/button";
import Container from "@cloudscape-design/components/container";
import FormField from "@cloudscape-design/components/form-field";
import Header from "@cloudscape-design/components/header";
import Select from "@cloudscape-design/components/select";
import SpaceBetween from "@cloudscape-design/components/space-between";
import Textarea from "@cloudscape-design/components/textarea";
import { ROUTES } from "@sluice/api";
import { useRef, useState } from "react";
import { useNavigate } from "react-router";
import { text } from "../../catalogue/index.ts";
import { jobHref } from "../../frame/addresses.ts";
import { notifySuccess } from "../../frame/notices.tsx";
import { Page } from "../../frame/page.tsx";
import { statusOf, useChange, useRead } from "../../frame/queries.ts";
import { mayBe, useMay, useMe } from "../../frame/session.tsx";
import { Failure, Forbidden } from "../../frame/states.tsx";
import { Editor } from "../../parts/editor/editor.tsx";

const EMPTY = "#!/bin/bash\n\n";
const SOONEST = "";

/** A job script of one's own, on a cluster or on the one where it starts soonest. */
export default function ScriptPage() {
  const mayUse = useMay("user");
  const said = text.submit.script;
  return (
    <Page
      title={said.title}
      crumbs={[{ text: text.frame.pages.submit, href: "/submit" }]}
      description={said.more}
    >
      {mayUse ? <Form /> : <Forbidden needs="user" />}
    </Page>
  );
}

function Form() {
  const said = text.submit.script;
  const me = useMe();
  const navigate = useNavigate();
  const clusters = useRead(ROUTES.listClusters, {}, { topics: ["cluster"] });
  const [cluster, setCluster] = useState(SOONEST);
  const [script, setScript] = useState(EMPTY);
  const [others, setOthers] = useState("");
  const [isJudged, setJudged] = useState(false);
  // The same job, however often it has to be sent.
  const key = useRef(crypto.randomUUID());
  const anywhere = useChange(ROUTES.submitAnywhere, [ROUTES.listAllJobs]);
  const there = useChange(ROUTES.submitJob, [ROUTES.listAllJobs]);
  const { isPending, error } = cluster === SOONEST ? anywhere : there;
  const options = others.split("\n").flatMap((line) => line.trim() || []);
  const areOptions = options.every((option) => /^--[a-z][a-z-]*(=|$)/.test(option));
  const isScript = script.startsWith("#!");

  const submit = async (): Promise<void> => {
    setJudged(true);
    if (!isScript || !areOptions || isPending) return;
    const body = { script, options };
    try {
      if (cluster === SOONEST) {
        const made = await anywhere.mutateAsync({ body, idempotencyKey: key.current });
        notifySuccess(said.placed(made.jobId, made.cluster, made.why));
        await navigate(jobHref(made.cluster, made.jobId));
      } else {
        const request = { params: { cluster }, body, idempotencyKey: key.current };
        const made = await there.mutateAsync(request);
        notifySuccess(said.done(made.jobId, cluster));
        await navigate(jobHref(cluster, made.jobId));
      }
    } catch (problem) {
      // It was refused, and not only unanswered: the next is another job.
      if ((statusOf(problem) ?? 500) < 500) key.current = crypto.randomUUID();
    }
  };

  const choices = [
    { value: SOONEST, label: said.soonest, description: said.soonestMore },
    ...(clusters.data?.items ?? [])
      .filter(({ clusterName }) => mayBe(me, "user", clusterName))
      .map(({ clusterName }) => ({ value: clusterName, label: clusterName })),
  ];
  return (
    <SpaceBetween size="m">
      <Container header={<Header variant="h2">{said.where}</Header>}>
        <SpaceBetween size="m">
          <FormField label={said.cluster}>
            <Select
              options={choices}
              selectedOption={choices.find(({ value }) => value === cluster) ?? null}
              ariaLabel={said.cluster}
              onChange={({ detail }) => setCluster(detail.selectedOption.value ?? SOONEST)}
            />
          </FormField>
          <FormField
            stretch
            label={said.options}
            description={said.optionsMore}
            errorText={isJudged && !areOptions ? said.wrongOptions : undefined}
          >
            <Textarea
              rows={3}
              spellcheck={false}
              value={others}
              placeholder="--time=1:00:00"
              onChange={({ detail }) => setOthers(detail.value)}
            />
          </FormField>
        </SpaceBetween>
      </Container>
      <Container header={<Header variant="h2">{said.script}</Header>}>
        <FormField stretch errorText={isJudged && !isScript ? said.noInterpreter : undefined}>
          <Editor value={script} onChange={setScript} language="shell" label={said.script} />
        </FormField>
      </Container>
      {error !== null && <Failure error={error} header={said.failed} />}
      <div className="bar-end">
        <Button variant="link" href="/submit">
          {text.frame.actions.cancel}
        </Button>
        <Button variant="primary" loading={isPending} onClick={() => void submit()}>
          {said.go}
        </Button>
      </div>
    </SpaceBetween>
  );
}
