import Alert from "@cloudscape-design/components/alert";
import Button from "@cloudscape-design/components/button";
import ButtonDropdown from "@cloudscape-design/components/button-dropdown";
import Container from "@cloudscape-design/components/container";
import CopyToClipboard from "@cloudscape-design/components/copy-to-clipboard";
import Header from "@cloudscape-design/components/header";
import KeyValuePairs from "@cloudscape-design/components/key-value-pairs";
import SpaceBetween from "@cloudscape-design/components/space-between";
import { type JsonOf, ROUTES } from "@sluice/api";
import { useEffect, useState } from "react";
import { useLocation, useNavigate, useParams } from "react-router";
import { text } from "../../catalogue/index.ts";
import { Confirm } from "../../frame/confirm.tsx";
import { number } from "../../frame/format.ts";
import { notifyError, notifySuccess } from "../../frame/notices.tsx";
import { Page } from "../../frame/page.tsx";
import { useChange, useRead } from "../../frame/queries.ts";
import { useMe } from "../../frame/session.tsx";
import { ShownOnce } from "../../frame/shown-once.tsx";
import { Read } from "../../frame/states.tsx";
import { When } from "../../frame/when.tsx";
import { TriggerHistory } from "./history.tsx";
import { TriggerState } from "./trigger-state.tsx";
import { sourceWords } from "./trigger-words.ts";

type Trigger = JsonOf<typeof ROUTES.getTrigger>;

export default function TriggerPage() {
  const { trigger: id = "" } = useParams();
  return <OneTrigger key={id} id={id} />;
}

function OneTrigger({ id }: { readonly id: string }) {
  const { triggers: said } = text;
  const read = useRead(ROUTES.getTrigger, { params: { trigger: id } }, { topics: ["trigger"] });
  const { pathname, state } = useLocation();
  const made = state as { readonly secret?: string } | null;
  const [secret, setSecret] = useState(made?.secret);
  const navigate = useNavigate();
  // The browser's history is kept, and a secret is shown once.
  const isMade = made?.secret !== undefined;
  useEffect(() => {
    if (isMade) void navigate(pathname, { replace: true, state: null });
  }, [isMade, navigate, pathname]);
  return (
    <Page
      title={read.data?.name ?? said.details}
      crumbs={[{ text: text.frame.pages.triggers, href: "/triggers" }]}
      info={read.data && <TriggerState state={read.data.state} />}
      actions={read.data && <Actions trigger={read.data} onSecret={setSecret} />}
    >
      <Read from={read}>
        {(trigger) => (
          <SpaceBetween size="l">
            {secret !== undefined && (
              <ShownOnce
                title={said.secret.title}
                more={said.secret.more}
                values={[
                  ...(trigger.address === undefined
                    ? []
                    : [
                        {
                          label: said.secret.address,
                          value: trigger.address,
                          copy: said.secret.copyAddress,
                        },
                      ]),
                  { label: said.secret.secret, value: secret, copy: said.secret.copySecret },
                ]}
                onDone={() => setSecret(undefined)}
              />
            )}
            {trigger.reason !== undefined && trigger.reason !== "" && (
              <Alert type={trigger.state === "failing" ? "error" : "info"}>{trigger.reason}</Alert>
            )}
            <Details trigger={trigger} />
            <TriggerHistory trigger={trigger} />
          </SpaceBetween>
        )}
      </Read>
    </Page>
  );
}

function Details({ trigger }: { readonly trigger: Trigger }) {
  const { triggers: said } = text;
  const { counts } = trigger;
  const states = Object.entries(counts) as [keyof typeof counts, number][];
  const values = Object.entries(trigger.values ?? {});
  return (
    <Container header={<Header variant="h2">{said.details}</Header>}>
      <KeyValuePairs
        columns={3}
        items={[
          { label: said.source, value: sourceWords(trigger.source) },
          { label: said.application, value: trigger.application },
          { label: said.cluster, value: trigger.cluster },
          { label: said.owner, value: trigger.owner },
          { label: said.changedAt, value: <When at={trigger.changedAt} /> },
          {
            label: said.history.title,
            value:
              states.map(([state, count]) => (
                <div key={state}>
                  {said.history.states[state]}: {number(count)}
                </div>
              )) ?? "–",
          },
          ...(trigger.address === undefined
            ? []
            : [
                {
                  label: said.secret.address,
                  value: (
                    <CopyToClipboard
                      variant="inline"
                      textToCopy={trigger.address}
                      copyButtonAriaLabel={said.secret.copyAddress}
                      copySuccessText={text.frame.actions.copied}
                      copyErrorText={text.frame.actions.notCopied}
                    />
                  ),
                },
              ]),
          ...values.map(([name, value]) => ({
            label: name,
            value: typeof value === "string" ? value : JSON.stringify(value),
          })),
        ]}
      />
    </Container>
  );
}

const CHANGED = [ROUTES.getTrigger, ROUTES.listTriggers];

function Actions({
  trigger,
  onSecret,
}: {
  readonly trigger: Trigger;
  readonly onSecret: (secret: string | undefined) => void;
}) {
  const { actions, secret } = text.triggers;
  const { id, name, state, source } = trigger;
  const navigate = useNavigate();
  const isOwn = useMe().name === trigger.owner;
  const [asked, setAsked] = useState<"secret" | "remove">();
  const pause = useChange(ROUTES.pauseTrigger, CHANGED);
  const resume = useChange(ROUTES.resumeTrigger, CHANGED);
  const change = useChange(ROUTES.changeTriggerSecret, CHANGED);
  const remove = useChange(ROUTES.removeTrigger, [ROUTES.listTriggers]);
  const params = { trigger: id };
  const toggle = async (): Promise<void> => {
    try {
      if (state === "active") {
        await pause.mutateAsync({ params, body: {} });
        notifySuccess(actions.paused(name));
      } else {
        await resume.mutateAsync({ params });
        notifySuccess(actions.resumed(name));
      }
    } catch (error) {
      notifyError(error);
    }
  };
  return (
    <SpaceBetween direction="horizontal" size="xs">
      <Button loading={pause.isPending || resume.isPending} onClick={() => void toggle()}>
        {state === "active" ? actions.pause : actions.resume}
      </Button>
      {isOwn && <Button href={`/triggers/${id}/edit`}>{actions.edit}</Button>}
      <ButtonDropdown
        items={[
          ...(source.kind === "web-hook" && isOwn ? [{ id: "secret", text: secret.again }] : []),
          { id: "remove", text: actions.remove },
        ]}
        onItemClick={({ detail }) => setAsked(detail.id === "secret" ? "secret" : "remove")}
      >
        {text.frame.actions.more}
      </ButtonDropdown>
      {asked === "secret" && (
        <Confirm
          title={secret.againTitle}
          action={secret.again}
          onClose={() => setAsked(undefined)}
          onConfirm={async () => onSecret((await change.mutateAsync({ params })).secret)}
        >
          {secret.againMore}
        </Confirm>
      )}
      {asked === "remove" && (
        <Confirm
          title={actions.removeTitle(name)}
          action={actions.remove}
          onClose={() => setAsked(undefined)}
          onConfirm={async () => {
            await remove.mutateAsync({ params });
            notifySuccess(actions.removed(name));
            void navigate("/triggers");
          }}
        >
          {actions.removeMore}
        </Confirm>
      )}
    </SpaceBetween>
  );
}
