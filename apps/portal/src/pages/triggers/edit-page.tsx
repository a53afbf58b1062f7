import Button from "@cloudscape-design/components/button";
import Container from "@cloudscape-design/components/container";
import CopyToClipboard from "@cloudscape-design/components/copy-to-clipboard";
import ExpandableSection from "@cloudscape-design/components/expandable-section";
import Form from "@cloudscape-design/components/form";
import Header from "@cloudscape-design/components/header";
import SpaceBetween from "@cloudscape-design/components/space-between";
import { ROUTES, type TriggerView } from "@sluice/api";
import { type FormEvent, useState } from "react";
import { useNavigate, useParams } from "react-router";
import { text } from "../../catalogue/index.ts";
import { notifySuccess } from "../../frame/notices.tsx";
import { Page } from "../../frame/page.tsx";
import { useChange, useRead } from "../../frame/queries.ts";
import { useMay } from "../../frame/session.tsx";
import { errorSentences, Forbidden, Read } from "../../frame/states.tsx";
import { draftOf, emptyDraft, problemsOf, type TriggerDraft, wishOf, yamlOf } from "./draft.ts";
import { LimitFields } from "./limit-fields.tsx";
import { SourceFields } from "./source-fields.tsx";
import { WhatFields } from "./what-fields.tsx";

/** The viewer's own: a time that somebody writes is meant there. */
const ZONE = Intl.DateTimeFormat().resolvedOptions().timeZone;

export default function EditTriggerPage() {
  const { trigger: id } = useParams();
  const isUser = useMay("user");
  const { triggers: said } = text;
  if (!isUser) {
    return (
      <Page title={said.new}>
        <Forbidden needs="user" />
      </Page>
    );
  }
  return id === undefined ? <NewTrigger /> : <ChangedTrigger key={id} id={id} />;
}

const TRIGGERS = (): { readonly text: string; readonly href: string } => ({
  text: text.frame.pages.triggers,
  href: "/triggers",
});

function NewTrigger() {
  const { triggers: said } = text;
  return (
    <Page title={said.new} crumbs={[TRIGGERS()]} description={said.intro}>
      <TriggerForm before={undefined} />
    </Page>
  );
}

function ChangedTrigger({ id }: { readonly id: string }) {
  const { triggers: said } = text;
  const read = useRead(ROUTES.getTrigger, { params: { trigger: id } });
  return (
    <Page
      title={said.actions.edit}
      crumbs={[TRIGGERS(), { text: read.data?.name ?? id, href: `/triggers/${id}` }]}
    >
      <Read from={read}>{(trigger) => <TriggerForm before={trigger} />}</Read>
    </Page>
  );
}

const CHANGED = [ROUTES.listTriggers, ROUTES.getTrigger];

function TriggerForm({ before }: { readonly before: TriggerView | undefined }) {
  const { triggers: said } = text;
  const navigate = useNavigate();
  const [draft, setDraft] = useState<TriggerDraft>(() =>
    before === undefined ? emptyDraft(ZONE) : draftOf(before, ZONE),
  );
  const [isTried, setTried] = useState(false);
  const application = useRead(
    ROUTES.getApplication,
    { params: { application: draft.application } },
    { enabled: draft.application !== "", staleTime: 60_000 },
  );
  const create = useChange(ROUTES.createTrigger, CHANGED);
  const change = useChange(ROUTES.changeTrigger, CHANGED);
  const fields = application.data?.fields ?? [];
  const wish = wishOf(draft, fields);
  const problems = problemsOf(draft);
  const error = create.error ?? change.error;
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    setTried(true);
    if (Object.keys(problems).length > 0 || create.isPending || change.isPending) return;
    if (before === undefined) {
      create.mutate(
        { body: wish },
        {
          onSuccess: ({ id, name, secret }) => {
            notifySuccess(said.actions.created(name));
            void navigate(`/triggers/${id}`, { state: { secret } });
          },
        },
      );
      return;
    }
    change.mutate(
      { params: { trigger: before.id }, body: wish },
      {
        onSuccess: ({ id, name }) => {
          notifySuccess(said.actions.saved(name));
          void navigate(`/triggers/${id}`);
        },
      },
    );
  };
  const parts = {
    draft,
    problems: isTried ? problems : {},
    onChange: (more: Partial<TriggerDraft>) => setDraft({ ...draft, ...more }),
  };
  return (
    <form onSubmit={submit}>
      <Form
        {...(error === null ? {} : { errorText: errorSentences(error).join(" ") })}
        actions={
          <SpaceBetween direction="horizontal" size="xs">
            <Button
              variant="link"
              formAction="none"
              href={before === undefined ? "/triggers" : `/triggers/${before.id}`}
            >
              {text.frame.actions.cancel}
            </Button>
            <Button variant="primary" loading={create.isPending || change.isPending}>
              {before === undefined ? said.create : text.frame.actions.save}
            </Button>
          </SpaceBetween>
        }
      >
        <SpaceBetween size="l">
          <Container header={<Header variant="h2">{said.form.what}</Header>}>
            <WhatFields {...parts} fields={application.data?.fields} />
          </Container>
          <Container header={<Header variant="h2">{said.form.when}</Header>}>
            <SourceFields {...parts} isNew={before === undefined} />
          </Container>
          <ExpandableSection variant="container" headerText={said.form.limits}>
            <LimitFields {...parts} />
          </ExpandableSection>
          <ExpandableSection
            variant="container"
            headerText={said.form.yaml}
            headerDescription={said.form.yamlMore}
            headerActions={
              <CopyToClipboard
                copyButtonText={text.frame.actions.copy}
                copySuccessText={text.frame.actions.copied}
                copyErrorText={text.frame.actions.notCopied}
                textToCopy={yamlOf(wish)}
              />
            }
          >
            <pre className="code-block">{yamlOf(wish)}</pre>
          </ExpandableSection>
        </SpaceBetween>
      </Form>
    </form>
  );
}
