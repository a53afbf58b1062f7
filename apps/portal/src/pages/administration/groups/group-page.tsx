import Button from "@cloudscape-design/components/button";
import Container from "@cloudscape-design/components/container";
import Form from "@cloudscape-design/components/form";
import FormField from "@cloudscape-design/components/form-field";
import Input from "@cloudscape-design/components/input";
import Multiselect from "@cloudscape-design/components/multiselect";
import SpaceBetween from "@cloudscape-design/components/space-between";
import { type Grant, type Group, ROUTES } from "@sluice/api";
import { type FormEvent, useState } from "react";
import { useNavigate, useParams } from "react-router";
import { text } from "../../../catalogue/index.ts";
import { Confirm } from "../../../frame/confirm.tsx";
import { notifySuccess } from "../../../frame/notices.tsx";
import { Page } from "../../../frame/page.tsx";
import { useChange, useRead } from "../../../frame/queries.ts";
import { errorSentences, NotFound, Read } from "../../../frame/states.tsx";
import { crumbsTo } from "../crumbs.ts";
import { GrantsEditor } from "../grants/grants-editor.tsx";
import { OnlyAdministrators } from "../only-administrators.tsx";
import { useAllUsers } from "../users/all-users.ts";

const CHANGED = [ROUTES.listGroups, ROUTES.listUsers, ROUTES.getUser];
const NAME = /^[A-Za-z0-9_][A-Za-z0-9_. -]{0,59}$/;

export default function GroupPage() {
  const { group: name } = useParams();
  return (
    <OnlyAdministrators>
      {name === undefined ? <NewGroup /> : <OneGroup key={name} name={name} />}
    </OnlyAdministrators>
  );
}

function NewGroup() {
  const { groups } = text.administration;
  return (
    <Page title={groups.new} crumbs={crumbsTo("groups")} description={groups.emptyMore}>
      <GroupForm group={undefined} />
    </Page>
  );
}

function OneGroup({ name }: { readonly name: string }) {
  const { groups } = text.administration;
  const all = useRead(ROUTES.listGroups, {});
  const navigate = useNavigate();
  const [isRemoved, setRemoved] = useState(false);
  const remove = useChange(ROUTES.deleteGroup, CHANGED);
  return (
    <Page
      title={name}
      crumbs={crumbsTo("groups")}
      actions={<Button onClick={() => setRemoved(true)}>{groups.remove}</Button>}
    >
      <Read from={all}>
        {({ items }) => {
          const group = items.find((one) => one.name === name);
          return group === undefined ? <NotFound /> : <GroupForm group={group} />;
        }}
      </Read>
      {isRemoved && (
        <Confirm
          title={groups.removeTitle(name)}
          action={groups.remove}
          onClose={() => setRemoved(false)}
          onConfirm={async () => {
            await remove.mutateAsync({ params: { group: name } });
            notifySuccess(groups.removed(name));
            void navigate("/administration/groups");
          }}
        >
          {groups.removeMore}
        </Confirm>
      )}
    </Page>
  );
}

interface Draft {
  readonly name: string;
  readonly description: string;
  readonly grants: readonly Grant[];
  readonly members: readonly string[];
}

/** A new group has its members once it is made: the interface gives it those by a second request. */
function GroupForm({ group }: { readonly group: Group | undefined }) {
  const { groups } = text.administration;
  const navigate = useNavigate();
  const users = useAllUsers();
  const [draft, setDraft] = useState<Draft>(
    group ?? { name: "", description: "", grants: [], members: [] },
  );
  const [isTried, setTried] = useState(false);
  const create = useChange(ROUTES.createGroup, CHANGED);
  const update = useChange(ROUTES.updateGroup, CHANGED);
  const isGood = NAME.test(draft.name);
  const error = create.error ?? update.error;
  const isBusy = create.isPending || update.isPending;
  const save = async (): Promise<void> => {
    const { name, description, members } = draft;
    const grants = [...draft.grants];
    // It may be there from a try whose second request failed.
    if (group === undefined && create.data?.name !== name) {
      await create.mutateAsync({ body: { name, description, grants } });
    }
    await update.mutateAsync({
      params: { group: name },
      body: { description, grants, members: [...members] },
    });
    notifySuccess(group === undefined ? groups.created(name) : groups.saved(name));
    void navigate("/administration/groups");
  };
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    setTried(true);
    // What goes wrong is told by the form.
    if (isGood && !isBusy) save().catch(() => {});
  };
  const people = (users.data ?? []).map(({ name, displayName }) => ({
    value: name,
    label: displayName === undefined ? name : `${displayName} (${name})`,
  }));
  return (
    <form onSubmit={submit}>
      <Form
        {...(error === null ? {} : { errorText: errorSentences(error).join(" ") })}
        actions={
          <SpaceBetween direction="horizontal" size="xs">
            <Button variant="link" formAction="none" href="/administration/groups">
              {text.frame.actions.cancel}
            </Button>
            <Button variant="primary" loading={isBusy}>
              {group === undefined ? groups.create : text.frame.actions.save}
            </Button>
          </SpaceBetween>
        }
      >
        <Container>
          <SpaceBetween size="m">
            {group === undefined && (
              <FormField
                label={groups.name}
                description={groups.nameHelp}
                errorText={isTried && !isGood ? groups.invalidName : ""}
              >
                <Input
                  value={draft.name}
                  autoFocus
                  spellcheck={false}
                  onChange={({ detail }) => setDraft({ ...draft, name: detail.value })}
                />
              </FormField>
            )}
            <FormField label={groups.description}>
              <Input
                value={draft.description}
                onChange={({ detail }) => setDraft({ ...draft, description: detail.value })}
              />
            </FormField>
            <FormField label={groups.members}>
              <Multiselect
                options={people}
                selectedOptions={draft.members.map(
                  (value) => people.find((one) => one.value === value) ?? { value, label: value },
                )}
                filteringType="auto"
                placeholder={groups.membersHelp}
                statusType={users.isPending ? "loading" : "finished"}
                tokenLimit={20}
                onChange={({ detail }) =>
                  setDraft({
                    ...draft,
                    members: detail.selectedOptions.flatMap(({ value }) => value ?? []),
                  })
                }
              />
            </FormField>
            <FormField label={groups.roles} stretch>
              <GrantsEditor
                grants={draft.grants}
                onChange={(grants) => setDraft({ ...draft, grants })}
              />
            </FormField>
          </SpaceBetween>
        </Container>
      </Form>
    </form>
  );
}
