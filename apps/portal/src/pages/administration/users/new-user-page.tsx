import Button from "@cloudscape-design/components/button";
import Container from "@cloudscape-design/components/container";
import Form from "@cloudscape-design/components/form";
import FormField from "@cloudscape-design/components/form-field";
import Input from "@cloudscape-design/components/input";
import SpaceBetween from "@cloudscape-design/components/space-between";
import { isUserName, ROUTES } from "@sluice/api";
import { type FormEvent, useState } from "react";
import { useNavigate } from "react-router";
import { text } from "../../../catalogue/index.ts";
import { dateTime } from "../../../frame/format.ts";
import { Page } from "../../../frame/page.tsx";
import { useChange } from "../../../frame/queries.ts";
import { ShownOnce } from "../../../frame/shown-once.tsx";
import { errorSentences } from "../../../frame/states.tsx";
import { crumbsTo } from "../crumbs.ts";
import { OnlyAdministrators } from "../only-administrators.tsx";
import { type UserDraft, UserFields } from "./user-fields.tsx";

export default function NewUserPage() {
  const { users } = text.administration;
  return (
    <OnlyAdministrators>
      <Page title={users.new} crumbs={crumbsTo("users")} description={users.newMore}>
        <NewUser />
      </Page>
    </OnlyAdministrators>
  );
}

const NOBODY: UserDraft = {
  ...{ displayName: "", email: "", unixUser: "" },
  grants: [{ role: "user", cluster: "*", account: "*" }],
  groups: [],
};

function NewUser() {
  const { users, link: said } = text.administration;
  const navigate = useNavigate();
  const [name, setName] = useState("");
  const [draft, setDraft] = useState(NOBODY);
  const [isTried, setTried] = useState(false);
  const create = useChange(ROUTES.createUser, [ROUTES.listUsers, ROUTES.listGroups]);
  const isGood = isUserName(name);
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    setTried(true);
    if (!isGood || create.isPending) return;
    create.mutate({
      body: { name, ...written(draft), grants: [...draft.grants], groups: [...draft.groups] },
    });
  };
  if (create.data !== undefined) {
    const { user, link } = create.data;
    const href = `/administration/users/${encodeURIComponent(user.name)}`;
    return (
      <ShownOnce
        title={said.title(user.name)}
        more={
          <>
            {said.more} {said.expires(dateTime(link.expiresAt))}
          </>
        }
        values={[{ value: link.url, copy: said.copy }]}
        onDone={() => void navigate(href)}
      />
    );
  }
  return (
    <form onSubmit={submit}>
      <Form
        {...(create.isError ? { errorText: errorSentences(create.error).join(" ") } : {})}
        actions={
          <SpaceBetween direction="horizontal" size="xs">
            <Button variant="link" formAction="none" href="/administration/users">
              {text.frame.actions.cancel}
            </Button>
            <Button variant="primary" loading={create.isPending}>
              {users.create}
            </Button>
          </SpaceBetween>
        }
      >
        <Container>
          <SpaceBetween size="m">
            <FormField
              label={users.name}
              description={users.nameHelp}
              errorText={isTried && !isGood ? users.invalidName : ""}
            >
              <Input
                value={name}
                autoFocus
                spellcheck={false}
                autoComplete={false}
                onChange={({ detail }) => setName(detail.value)}
              />
            </FormField>
            <UserFields draft={draft} onChange={setDraft} />
          </SpaceBetween>
        </Container>
      </Form>
    </form>
  );
}

/** What was written; an empty field says nothing. */
function written({ displayName, email, unixUser }: UserDraft) {
  return {
    ...(displayName.trim() === "" ? {} : { displayName: displayName.trim() }),
    ...(email.trim() === "" ? {} : { email: email.trim() }),
    ...(unixUser.trim() === "" ? {} : { unixUser: unixUser.trim() }),
  };
}
