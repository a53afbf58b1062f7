import Alert from "@cloudscape-design/components/alert";
import Button from "@cloudscape-design/components/button";
import ButtonDropdown from "@cloudscape-design/components/button-dropdown";
import Container from "@cloudscape-design/components/container";
import Form from "@cloudscape-design/components/form";
import Header from "@cloudscape-design/components/header";
import KeyValuePairs from "@cloudscape-design/components/key-value-pairs";
import SpaceBetween from "@cloudscape-design/components/space-between";
import { type JsonOf, ROUTES, type User } from "@sluice/api";
import { useState } from "react";
import { useNavigate, useParams } from "react-router";
import { text } from "../../../catalogue/index.ts";
import { Confirm } from "../../../frame/confirm.tsx";
import { dateTime } from "../../../frame/format.ts";
import { notifySuccess } from "../../../frame/notices.tsx";
import { Page } from "../../../frame/page.tsx";
import { useChange, useRead } from "../../../frame/queries.ts";
import { ShownOnce } from "../../../frame/shown-once.tsx";
import { errorSentences, Read } from "../../../frame/states.tsx";
import { When } from "../../../frame/when.tsx";
import { crumbsTo } from "../crumbs.ts";
import { GrantList } from "../grants/grant-list.tsx";
import { OnlyAdministrators } from "../only-administrators.tsx";
import { TokensTable } from "../tokens/tokens-table.tsx";
import { type UserDraft, UserFields } from "./user-fields.tsx";
import { UserState } from "./user-state.tsx";

const CHANGED = [ROUTES.getUser, ROUTES.listUsers, ROUTES.listGroups];

export default function UserPage() {
  const { user: name = "" } = useParams();
  return (
    <OnlyAdministrators>
      <OneUser key={name} name={name} />
    </OnlyAdministrators>
  );
}

function OneUser({ name }: { readonly name: string }) {
  const { link: said } = text.administration;
  const shown = useRead(ROUTES.getUser, { params: { user: name } });
  const [link, setLink] = useState<Link>();
  return (
    <Page
      title={shown.data?.name ?? name}
      crumbs={crumbsTo("users")}
      description={shown.data?.displayName}
      info={shown.data && <UserState user={shown.data} />}
      actions={shown.data && <UserActions user={shown.data} onLink={setLink} />}
    >
      <Read from={shown}>
        {(user) => (
          <SpaceBetween size="l">
            {link !== undefined && (
              <ShownOnce
                title={said.title(user.name)}
                more={`${said.more} ${said.expires(dateTime(link.expiresAt))}`}
                values={[{ value: link.url, copy: said.copy }]}
                onDone={() => setLink(undefined)}
              />
            )}
            <Details user={user} />
            <TokensTable owner={user.name} />
          </SpaceBetween>
        )}
      </Read>
    </Page>
  );
}

type Link = JsonOf<typeof ROUTES.createUserLink>;
type Asked = "disable" | "sessions" | "link" | "remove";

function UserActions({
  user,
  onLink,
}: {
  readonly user: User;
  readonly onLink: (link: Link) => void;
}) {
  const { users } = text.administration;
  const { name, disabled, source } = user;
  const navigate = useNavigate();
  const [asked, setAsked] = useState<Asked>();
  const update = useChange(ROUTES.updateUser, CHANGED);
  const link = useChange(ROUTES.createUserLink);
  const sessions = useChange(ROUTES.endUserSessions);
  const remove = useChange(ROUTES.deleteUser, [ROUTES.listUsers, ROUTES.listGroups]);
  const params = { user: name };
  const close = (): void => setAsked(undefined);
  const enable = (): void =>
    update.mutate(
      { params, body: { disabled: false } },
      { onSuccess: () => notifySuccess(users.enabled(name)) },
    );
  return (
    <>
      <ButtonDropdown
        items={[
          ...(source === "local" ? [{ id: "link", text: users.reset }] : []),
          { id: "sessions", text: users.endSessions },
          disabled ? { id: "enable", text: users.enable } : { id: "disable", text: users.disable },
          { id: "remove", text: users.remove },
        ]}
        onItemClick={({ detail }) =>
          detail.id === "enable" ? enable() : setAsked(detail.id as Asked)
        }
      >
        {text.frame.actions.more}
      </ButtonDropdown>
      {asked === "disable" && (
        <Confirm
          title={users.disableTitle(name)}
          action={users.disable}
          onClose={close}
          onConfirm={() => update.mutateAsync({ params, body: { disabled: true } })}
        >
          {users.disableMore}
        </Confirm>
      )}
      {asked === "sessions" && (
        <Confirm
          title={users.endSessionsTitle(name)}
          action={users.endSessions}
          onClose={close}
          onConfirm={async () => {
            await sessions.mutateAsync({ params });
            notifySuccess(users.sessionsEnded(name));
          }}
        >
          {users.endSessionsMore}
        </Confirm>
      )}
      {asked === "remove" && (
        <Confirm
          title={users.removeTitle(name)}
          action={users.remove}
          typed={name}
          onClose={close}
          onConfirm={async () => {
            await remove.mutateAsync({ params });
            notifySuccess(users.removed(name));
            void navigate("/administration/users");
          }}
        >
          {users.removeMore}
        </Confirm>
      )}
      {asked === "link" && (
        <Confirm
          title={users.resetTitle(name)}
          action={users.reset}
          onClose={close}
          onConfirm={async () => onLink(await link.mutateAsync({ params }))}
        >
          {users.resetMore}
        </Confirm>
      )}
    </>
  );
}

function Details({ user }: { readonly user: User }) {
  const { users } = text.administration;
  const [isEdited, setEdited] = useState(false);
  if (isEdited) return <EditUser user={user} onDone={() => setEdited(false)} />;
  const isOther = user.source !== "local";
  return (
    <Container
      header={
        <Header
          variant="h2"
          actions={<Button onClick={() => setEdited(true)}>{users.edit}</Button>}
        >
          {users.details}
        </Header>
      }
    >
      <SpaceBetween size="m">
        {isOther && <Alert type="info">{users.ofOtherSource(user.source)}</Alert>}
        <KeyValuePairs
          columns={3}
          items={[
            { label: users.displayName, value: user.displayName ?? "–" },
            { label: users.email, value: user.email ?? "–" },
            { label: users.unixUser, value: user.unixUser ?? "–" },
            {
              label: users.grantsGiven,
              value:
                user.grants.length + user.grantsOfSource.length === 0 ? (
                  users.noRoles
                ) : (
                  <GrantList grants={user.grants} />
                ),
            },
            ...(user.grantsOfSource.length === 0
              ? []
              : [
                  {
                    label: users.grantsOfSource,
                    value: <GrantList grants={user.grantsOfSource} />,
                  },
                ]),
            { label: users.groups, value: user.groups.join(", ") || "–" },
            { label: users.createdAt, value: <When at={user.createdAt} /> },
            {
              label: users.lastSignIn,
              value:
                user.lastSignInAt === undefined ? (
                  text.frame.never
                ) : (
                  <When at={user.lastSignInAt} />
                ),
            },
          ]}
        />
      </SpaceBetween>
    </Container>
  );
}

function EditUser({ user, onDone }: { readonly user: User; readonly onDone: () => void }) {
  const { users } = text.administration;
  const [draft, setDraft] = useState<UserDraft>({
    displayName: user.displayName ?? "",
    email: user.email ?? "",
    unixUser: user.unixUser ?? "",
    grants: user.grants,
    groups: user.groups,
  });
  const update = useChange(ROUTES.updateUser, CHANGED);
  const orNull = (word: string): string | null => (word.trim() === "" ? null : word.trim());
  const save = (): void =>
    update.mutate(
      {
        params: { user: user.name },
        body: {
          displayName: orNull(draft.displayName),
          email: orNull(draft.email),
          unixUser: orNull(draft.unixUser),
          grants: [...draft.grants],
          groups: [...draft.groups],
        },
      },
      {
        onSuccess: () => {
          notifySuccess(users.saved(user.name));
          onDone();
        },
      },
    );
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        save();
      }}
    >
      <Form
        {...(update.isError ? { errorText: errorSentences(update.error).join(" ") } : {})}
        actions={
          <SpaceBetween direction="horizontal" size="xs">
            <Button variant="link" formAction="none" onClick={onDone}>
              {text.frame.actions.cancel}
            </Button>
            <Button variant="primary" loading={update.isPending}>
              {text.frame.actions.save}
            </Button>
          </SpaceBetween>
        }
      >
        <Container header={<Header variant="h2">{users.edit}</Header>}>
          <UserFields draft={draft} onChange={setDraft} />
        </Container>
      </Form>
    </form>
  );
}
