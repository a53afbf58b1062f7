import Alert from "@cloudscape-design/components/alert";
import Button from "@cloudscape-design/components/button";
import Container from "@cloudscape-design/components/container";
import Form from "@cloudscape-design/components/form";
import FormField from "@cloudscape-design/components/form-field";
import Header from "@cloudscape-design/components/header";
import Input from "@cloudscape-design/components/input";
import SpaceBetween from "@cloudscape-design/components/space-between";
import { ROUTES } from "@sluice/api";
import { useQuery } from "@tanstack/react-query";
import { type FormEvent, useEffect, useState } from "react";
import { text } from "../catalogue/index.ts";
import { Panel } from "./panel.tsx";
import { isPassing, useChange } from "./queries.ts";
import { server } from "./server.ts";
import { beSignedIn } from "./session.tsx";
import { errorSentences, Failure, Loading } from "./states.tsx";

export interface OneTimeLink {
  readonly token: string;
}

/** Links have their token behind `#`, so that no server and no proxy ever has it in an address. */
export function linkOf(hash: string): OneTimeLink | undefined {
  const token = /^#\/(?:first|invite|reset)\/([\w-]+)$/.exec(hash)?.[1];
  return token === undefined ? undefined : { token };
}

const LEAST_PASSWORD = 12;

/** Where a one-time link leads: a password is set, and who sets it is signed in. */
export function LinkPage({
  link,
  onDone,
}: {
  readonly link: OneTimeLink;
  readonly onDone: () => void;
}) {
  const { link: said } = text.frame;
  const shown = useQuery({
    queryKey: ["link", link.token],
    queryFn: () => server.call(ROUTES.showLink, { body: { token: link.token } }),
    staleTime: Number.POSITIVE_INFINITY,
  });
  useEffect(() => {
    document.title = text.frame.product;
  }, []);
  if (shown.data !== undefined) {
    return (
      <Panel>
        <LinkForm token={link.token} shown={shown.data} onDone={onDone} />
      </Panel>
    );
  }
  return (
    <Panel>
      {shown.isPending ? (
        <Loading />
      ) : isPassing(shown.error) ? (
        <Failure error={shown.error} again={() => void shown.refetch()} />
      ) : (
        <Alert
          type="warning"
          header={said.noUse}
          action={<Button onClick={onDone}>{said.toSignIn}</Button>}
        >
          {said.noUseMore}
        </Alert>
      )}
    </Panel>
  );
}

interface Shown {
  readonly purpose: "first" | "invite" | "reset";
  readonly name?: string | undefined;
}

function LinkForm({
  token,
  shown,
  onDone,
}: {
  readonly token: string;
  readonly shown: Shown;
  readonly onDone: () => void;
}) {
  const { link: said } = text.frame;
  const isFirst = shown.purpose === "first";
  const [name, setName] = useState("");
  const [unixUser, setUnixUser] = useState("");
  const [password, setPassword] = useState("");
  const [again, setAgain] = useState("");
  const [isTried, setTried] = useState(false);
  const use = useChange(ROUTES.useLink);
  const wrong = {
    name: isFirst && name.trim() === "" ? said.missing : "",
    password: password.length < LEAST_PASSWORD ? said.short : "",
    again: password === again ? "" : said.differ,
  };
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    setTried(true);
    if (use.isPending || Object.values(wrong).some((one) => one !== "")) return;
    const first = isFirst ? { name: name.trim() } : {};
    const unix = isFirst && unixUser.trim() !== "" ? { unixUser: unixUser.trim() } : {};
    use.mutate(
      { body: { token, password, ...first, ...unix } },
      {
        onSuccess: (me) => {
          beSignedIn(me);
          onDone();
        },
      },
    );
  };
  const { title, more } = wording(shown);
  const told = (what: string): string => (isTried ? what : "");
  return (
    <form onSubmit={submit}>
      <Form
        {...(use.isError ? { errorText: errorSentences(use.error).join(" ") } : {})}
        actions={
          <Button variant="primary" formAction="submit" loading={use.isPending}>
            {said.go}
          </Button>
        }
      >
        <Container
          header={
            <Header variant="h1" description={more}>
              {title}
            </Header>
          }
        >
          <SpaceBetween size="m">
            {isFirst && (
              <>
                <FormField
                  label={said.name}
                  description={said.nameHelp}
                  errorText={told(wrong.name)}
                >
                  <Input
                    value={name}
                    onChange={({ detail }) => setName(detail.value)}
                    autoComplete="username"
                    autoFocus
                    spellcheck={false}
                  />
                </FormField>
                <FormField label={said.unixUser} description={said.unixUserHelp}>
                  <Input
                    value={unixUser}
                    onChange={({ detail }) => setUnixUser(detail.value)}
                    autoComplete={false}
                    spellcheck={false}
                  />
                </FormField>
              </>
            )}
            <FormField
              label={said.password}
              description={said.passwordHelp}
              errorText={told(wrong.password)}
            >
              <Input
                type="password"
                value={password}
                onChange={({ detail }) => setPassword(detail.value)}
                autoComplete="new-password"
              />
            </FormField>
            <FormField label={said.again} errorText={told(wrong.again)}>
              <Input
                type="password"
                value={again}
                onChange={({ detail }) => setAgain(detail.value)}
                autoComplete="new-password"
              />
            </FormField>
          </SpaceBetween>
        </Container>
      </Form>
    </form>
  );
}

function wording({ purpose, name = "" }: Shown): { readonly title: string; readonly more: string } {
  const { link: said } = text.frame;
  if (purpose === "first") return { title: said.first, more: said.firstMore };
  if (purpose === "invite") return { title: said.invite(name), more: said.inviteMore };
  return { title: said.reset(name), more: said.resetMore };
}
