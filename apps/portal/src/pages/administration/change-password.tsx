import Button from "@cloudscape-design/components/button";
import Container from "@cloudscape-design/components/container";
import Form from "@cloudscape-design/components/form";
import FormField from "@cloudscape-design/components/form-field";
import Header from "@cloudscape-design/components/header";
import Input from "@cloudscape-design/components/input";
import SpaceBetween from "@cloudscape-design/components/space-between";
import { type Me, ROUTES } from "@sluice/api";
import { type FormEvent, useState } from "react";
import { text } from "../../catalogue/index.ts";
import { notifySuccess } from "../../frame/notices.tsx";
import { useChange } from "../../frame/queries.ts";
import { errorSentences } from "../../frame/states.tsx";

const LEAST = 12;
const NOTHING = { current: "", password: "", again: "" };

export function ChangePassword({ me }: { readonly me: Me }) {
  const { account } = text.administration;
  const [draft, setDraft] = useState(NOTHING);
  const [isTried, setTried] = useState(false);
  const change = useChange(ROUTES.changePassword);
  if (!me.hasPassword) {
    return (
      <Container
        header={
          <Header variant="h2" description={account.passwordElsewhere}>
            {account.password}
          </Header>
        }
      />
    );
  }
  const wrong = {
    current: draft.current === "" ? account.missing : "",
    password: draft.password.length < LEAST ? account.short : "",
    again: draft.password === draft.again ? "" : account.differ,
  };
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    setTried(true);
    if (change.isPending || Object.values(wrong).some((one) => one !== "")) return;
    const { current, password } = draft;
    change.mutate(
      { body: { current, password } },
      {
        onSuccess: () => {
          setDraft(NOTHING);
          setTried(false);
          notifySuccess(account.changed);
        },
      },
    );
  };
  const field = (key: keyof typeof NOTHING, label: string, help?: string) => (
    <FormField
      label={label}
      errorText={isTried ? wrong[key] : ""}
      {...(help === undefined ? {} : { description: help })}
    >
      <Input
        type="password"
        value={draft[key]}
        autoComplete={key === "current" ? "current-password" : "new-password"}
        onChange={({ detail }) => setDraft({ ...draft, [key]: detail.value })}
      />
    </FormField>
  );
  return (
    <form onSubmit={submit}>
      <Container
        header={
          <Header variant="h2" description={account.passwordMore}>
            {account.password}
          </Header>
        }
      >
        <Form
          {...(change.isError ? { errorText: errorSentences(change.error).join(" ") } : {})}
          actions={<Button loading={change.isPending}>{account.change}</Button>}
        >
          {/* For password managers, which keep it under a name. */}
          <input
            className="visually-hidden"
            type="text"
            autoComplete="username"
            value={me.name}
            readOnly
            tabIndex={-1}
            aria-hidden
          />
          <SpaceBetween size="m">
            {field("current", account.current)}
            {field("password", account.new, account.newHelp)}
            {field("again", account.again)}
          </SpaceBetween>
        </Form>
      </Container>
    </form>
  );
}
