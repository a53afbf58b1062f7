import Button from "@cloudscape-design/components/button";
import Header from "@cloudscape-design/components/header";
import Link from "@cloudscape-design/components/link";
import type { User } from "@sluice/api";
import { text } from "../../../catalogue/index.ts";
import { ListTable } from "../../../frame/list-table.tsx";
import { Empty } from "../../../frame/states.tsx";
import type { Column } from "../../../frame/table-settings.tsx";
import { When } from "../../../frame/when.tsx";
import { GrantList } from "../grants/grant-list.tsx";
import { grantWords } from "../grants/grant-words.ts";
import { useAllUsers } from "./all-users.ts";
import { UserState } from "./user-state.tsx";

export function UsersPart() {
  const { users, parts } = text.administration;
  const all = useAllUsers();
  const create = (
    <Button variant="primary" href="/administration/users/new">
      {users.create}
    </Button>
  );
  return (
    <ListTable<User>
      name="users"
      title={parts.users}
      items={all.data}
      error={all.error}
      again={() => void all.refetch()}
      columns={columns()}
      idOf={({ name }) => name}
      textOf={(user) =>
        [
          ...[user.name, user.displayName, user.email, user.unixUser, user.source, ...user.groups],
          ...[...user.grants, ...user.grantsOfSource].map(grantWords),
        ].join(" ")
      }
      sortedBy="name"
      header={
        <Header
          variant="h2"
          {...(all.data === undefined ? {} : { counter: `(${all.data.length})` })}
          actions={create}
        >
          {parts.users}
        </Header>
      }
      empty={<Empty title={users.empty} more={users.emptyMore} action={create} />}
    />
  );
}

function columns(): readonly Column<User>[] {
  const { users } = text.administration;
  return [
    {
      ...{ id: "name", title: users.name, header: users.name, isFixed: true, isRowHeader: true },
      sortingField: "name",
      width: 140,
      cell: (user) => (
        <Link href={`/administration/users/${encodeURIComponent(user.name)}`}>{user.name}</Link>
      ),
    },
    {
      ...{ id: "displayName", title: users.displayName, header: users.displayName },
      sortingField: "displayName",
      width: 140,
      cell: ({ displayName }) => displayName ?? "–",
    },
    {
      ...{ id: "state", title: users.state, header: users.state, width: 115 },
      sortingComparator: (a, b) => Number(a.disabled) - Number(b.disabled),
      cell: (user) => <UserState user={user} />,
    },
    {
      ...{ id: "roles", title: users.roles, header: users.roles, width: 150 },
      cell: ({ grants, grantsOfSource }) => <GrantList grants={[...grants, ...grantsOfSource]} />,
    },
    {
      ...{ id: "groups", title: users.groups, header: users.groups, width: 110 },
      cell: ({ groups }) => groups.join(", ") || "–",
    },
    {
      ...{ id: "unixUser", title: users.unixUser, header: users.unixUser, width: 125 },
      sortingField: "unixUser",
      cell: ({ unixUser }) => unixUser ?? "–",
    },
    {
      ...{ id: "lastSignIn", title: users.lastSignIn, header: users.lastSignIn, width: 150 },
      sortingField: "lastSignInAt",
      cell: ({ lastSignInAt }) =>
        lastSignInAt === undefined ? text.frame.never : <When at={lastSignInAt} />,
    },
    {
      ...{ id: "email", title: users.email, header: users.email, isHidden: true },
      sortingField: "email",
      cell: ({ email }) => email ?? "–",
    },
    {
      ...{ id: "source", title: users.source, header: users.source, isHidden: true },
      sortingField: "source",
      cell: ({ source }) => (source === "local" ? users.local : source),
    },
  ];
}
