import Button from "@cloudscape-design/components/button";
import Container from "@cloudscape-design/components/container";
import Header from "@cloudscape-design/components/header";
import KeyValuePairs from "@cloudscape-design/components/key-value-pairs";
import SpaceBetween from "@cloudscape-design/components/space-between";
import type { CreatedToken, Me } from "@sluice/api";
import { useState } from "react";
import { text } from "../../catalogue/index.ts";
import { Page } from "../../frame/page.tsx";
import { signOut, useMe } from "../../frame/session.tsx";
import { ShownOnce } from "../../frame/shown-once.tsx";
import { ChangePassword } from "./change-password.tsx";
import { GrantList } from "./grants/grant-list.tsx";
import { NewToken } from "./tokens/new-token.tsx";
import { TokensTable } from "./tokens/tokens-table.tsx";

export default function AccountPage() {
  const { account } = text.administration;
  const me = useMe();
  return (
    <Page title={text.frame.pages.account}>
      <SpaceBetween size="l">
        <Who me={me} />
        <OwnTokens />
        <ChangePassword me={me} />
        <Container
          header={
            <Header
              variant="h2"
              description={account.sessionsMore}
              actions={
                <Button onClick={() => void signOut(true)}>{account.signOutEverywhere}</Button>
              }
            >
              {account.sessions}
            </Header>
          }
        />
      </SpaceBetween>
    </Page>
  );
}

function Who({ me }: { readonly me: Me }) {
  const { account } = text.administration;
  return (
    <Container header={<Header variant="h2">{account.who}</Header>}>
      <KeyValuePairs
        columns={3}
        items={[
          { label: account.name, value: me.name },
          { label: account.displayName, value: me.displayName ?? "–" },
          { label: account.email, value: me.email ?? "–" },
          { label: account.unixUser, value: me.unixUser ?? account.noUnixUser },
          { label: account.roles, value: <GrantList grants={me.grants} /> },
          { label: account.groups, value: me.groups.join(", ") || "–" },
        ]}
      />
    </Container>
  );
}

function OwnTokens() {
  const { tokens } = text.administration;
  const [isAsked, setAsked] = useState(false);
  const [made, setMade] = useState<CreatedToken>();
  return (
    <SpaceBetween size="m">
      {made !== undefined && (
        <ShownOnce
          title={tokens.madeTitle(made.name)}
          more={tokens.madeMore}
          values={[{ value: made.token, copy: tokens.copy }]}
          onDone={() => setMade(undefined)}
        />
      )}
      {isAsked && (
        <NewToken
          onCancel={() => setAsked(false)}
          onMade={(token) => {
            setMade(token);
            setAsked(false);
          }}
        />
      )}
      <TokensTable
        actions={
          <Button disabled={isAsked} onClick={() => setAsked(true)}>
            {tokens.create}
          </Button>
        }
      />
    </SpaceBetween>
  );
}
