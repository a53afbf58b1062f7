import Alert from "@cloudscape-design/components/alert";
import Box from "@cloudscape-design/components/box";
import Button from "@cloudscape-design/components/button";
import Container from "@cloudscape-design/components/container";
import Form from "@cloudscape-design/components/form";
import FormField from "@cloudscape-design/components/form-field";
import Header from "@cloudscape-design/components/header";
import Input from "@cloudscape-design/components/input";
import SpaceBetween from "@cloudscape-design/components/space-between";
import { ROUTES } from "@sluice/api";
import { type FormEvent, useEffect, useState } from "react";
import { text } from "../catalogue/index.ts";
import { Panel } from "./panel.tsx";
import { statusOf, useChange, useRead } from "./queries.ts";
import { server } from "./server.ts";
import { beSignedIn } from "./session.tsx";
import { errorSentences } from "./states.tsx";

/** By name and password, or by the providers that the site has. */
export default function SignIn({ isOver }: { readonly isOver: boolean }) {
  const { signIn: said } = text.frame;
  const providers = useRead(ROUTES.listSignInProviders, {}, { staleTime: 60_000 });
  const signIn = useChange(ROUTES.signIn);
  const [name, setName] = useState("");
  const [password, setPassword] = useState("");
  useEffect(() => {
    document.title = `${said.title}`;
  }, [said.title]);
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    if (signIn.isPending) return;
    signIn.mutate({ body: { name, password } }, { onSuccess: beSignedIn });
  };
  const { password: hasPassword = true, oidc = [] } = providers.data ?? {};
  const returnTo = location.pathname + location.search;
  return (
    <Panel>
      <Container header={<Header variant="h1">{said.title}</Header>}>
        <SpaceBetween size="l">
          {isOver && !signIn.isError && <Alert type="info">{said.over}</Alert>}
          {hasPassword && (
            <form onSubmit={submit}>
              <Form
                {...(signIn.isError ? { errorText: refusal(signIn.error) } : {})}
                actions={
                  <Button variant="primary" formAction="submit" loading={signIn.isPending}>
                    {said.go}
                  </Button>
                }
              >
                <SpaceBetween size="m">
                  <FormField label={said.name}>
                    <Input
                      value={name}
                      onChange={({ detail }) => setName(detail.value)}
                      autoComplete="username"
                      autoFocus
                      spellcheck={false}
                    />
                  </FormField>
                  <FormField label={said.password}>
                    <Input
                      type="password"
                      value={password}
                      onChange={({ detail }) => setPassword(detail.value)}
                      autoComplete="current-password"
                    />
                  </FormField>
                </SpaceBetween>
              </Form>
            </form>
          )}
          {hasPassword && oidc.length > 0 && (
            <Box textAlign="center" color="text-status-inactive">
              {said.or}
            </Box>
          )}
          {oidc.map(({ name: provider, title }) => (
            <Button
              key={provider}
              fullWidth
              href={server.url(ROUTES.startOidc, {
                params: { provider },
                query: { returnTo },
              } as never)}
              target="_self"
            >
              {said.with(title)}
            </Button>
          ))}
        </SpaceBetween>
      </Container>
    </Panel>
  );
}

function refusal(error: unknown): string {
  return statusOf(error) === 401 ? text.frame.signIn.refused : errorSentences(error).join(" ");
}
