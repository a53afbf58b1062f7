import Button from "@cloudscape-design/components/button";
import Header from "@cloudscape-design/components/header";
import Link from "@cloudscape-design/components/link";
import { type Group, ROUTES } from "@sluice/api";
import { text } from "../../../catalogue/index.ts";
import { ListTable } from "../../../frame/list-table.tsx";
import { useRead } from "../../../frame/queries.ts";
import { Empty } from "../../../frame/states.tsx";
import type { Column } from "../../../frame/table-settings.tsx";
import { GrantList } from "../grants/grant-list.tsx";
import { grantWords } from "../grants/grant-words.ts";

export function GroupsPart() {
  const { groups, parts } = text.administration;
  const all = useRead(ROUTES.listGroups, {});
  const create = (
    <Button variant="primary" href="/administration/groups/new">
      {groups.create}
    </Button>
  );
  return (
    <ListTable<Group>
      name="groups"
      title={parts.groups}
      items={all.data?.items}
      error={all.error}
      again={() => void all.refetch()}
      columns={columns()}
      idOf={({ name }) => name}
      textOf={({ name, description, members, grants }) =>
        [name, description, ...members, ...grants.map(grantWords)].join(" ")
      }
      sortedBy="name"
      header={
        <Header
          variant="h2"
          {...(all.data === undefined ? {} : { counter: `(${all.data.items.length})` })}
          actions={create}
        >
          {parts.groups}
        </Header>
      }
      empty={<Empty title={groups.empty} more={groups.emptyMore} action={create} />}
    />
  );
}

function columns(): readonly Column<Group>[] {
  const { groups } = text.administration;
  return [
    {
      ...{ id: "name", title: groups.name, header: groups.name, isFixed: true, isRowHeader: true },
      ...{ sortingField: "name", width: 220 },
      cell: ({ name }) => (
        <Link href={`/administration/groups/${encodeURIComponent(name)}`}>{name}</Link>
      ),
    },
    {
      ...{ id: "description", title: groups.description, header: groups.description, width: 320 },
      cell: ({ description }) => description || "–",
    },
    {
      ...{ id: "members", title: groups.members, header: groups.members, width: 140 },
      sortingComparator: (a, b) => a.members.length - b.members.length,
      cell: ({ members }) => groups.count(members.length),
    },
    {
      ...{ id: "roles", title: groups.roles, header: groups.roles, width: 280 },
      cell: ({ grants }) => <GrantList grants={grants} />,
    },
  ];
}
