import Badge from "@cloudscape-design/components/badge";
import Box from "@cloudscape-design/components/box";
import Button from "@cloudscape-design/components/button";
import Link from "@cloudscape-design/components/link";
import Select from "@cloudscape-design/components/select";
import SpaceBetween from "@cloudscape-design/components/space-between";
import { type ApplicationSummary, ROUTES } from "@sluice/api";
import { useMemo } from "react";
import { text } from "../../catalogue/index.ts";
import { useAddress } from "../../frame/address.ts";
import { ListTable } from "../../frame/list-table.tsx";
import { Page } from "../../frame/page.tsx";
import { useRead } from "../../frame/queries.ts";
import { useMay } from "../../frame/session.tsx";
import { Empty, Forbidden } from "../../frame/states.tsx";
import type { Column } from "../../frame/table-settings.tsx";
import { When } from "../../frame/when.tsx";
import { ApplicationActions } from "./application-actions.tsx";
import { ApplicationState } from "./application-state.tsx";
import { ImportButton } from "./import-button.tsx";
import { sharesInWords } from "./shares.ts";

export default function ApplicationsPage() {
  const mayMake = useMay("user");
  const said = text.applications;
  return (
    <Page
      title={text.frame.pages.applications}
      description={said.description}
      actions={
        mayMake && (
          <SpaceBetween direction="horizontal" size="xs">
            <ImportButton />
            <Button variant="primary" href="/applications/new">
              {said.make}
            </Button>
          </SpaceBetween>
        )
      }
    >
      {mayMake ? <List /> : <Forbidden needs="user" />}
    </Page>
  );
}

function List() {
  const said = text.applications;
  const applications = useRead(ROUTES.listApplications, {});
  const [{ of }, change] = useAddress({ of: "all" });
  const shown = useMemo(columns, []);
  const all = applications.data?.items;
  const items = of === "editable" ? all?.filter(({ mayEdit }) => mayEdit) : all;
  const options = [
    { value: "all", label: said.all },
    { value: "editable", label: said.editable },
  ];
  const isNoneToEdit = of === "editable" && all !== undefined && all.length > 0;
  return (
    <ListTable
      name="applications"
      title={text.frame.pages.applications}
      items={items}
      error={applications.error}
      again={() => void applications.refetch()}
      columns={shown}
      idOf={({ name }) => name}
      textOf={({ name, title, category, owner }) => `${name} ${title} ${category} ${owner}`}
      sortedBy="title"
      filters={
        <Select
          ariaLabel={said.show}
          options={options}
          selectedOption={options.find(({ value }) => value === of) ?? null}
          onChange={({ detail }) => change({ of: detail.selectedOption.value ?? "all" })}
        />
      }
      empty={
        <Empty
          title={isNoneToEdit ? said.noneToEdit : said.none}
          more={isNoneToEdit ? said.noneToEditMore : said.noneMore}
        />
      }
    />
  );
}

function columns(): readonly Column<ApplicationSummary>[] {
  const said = text.applications.columns;
  return [
    {
      id: "title",
      title: said.title,
      header: said.title,
      isFixed: true,
      sortingComparator: (a, b) => a.title.localeCompare(b.title),
      width: 230,
      cell: ({ name, title, isLibrary }) => (
        <>
          <Link href={`/applications/${encodeURIComponent(name)}`}>{title}</Link>{" "}
          {isLibrary && <Badge>{text.applications.library}</Badge>}
        </>
      ),
    },
    {
      id: "name",
      title: said.name,
      header: said.name,
      sortingField: "name",
      isHidden: true,
      width: 130,
      cell: ({ name }) => <Box variant="code">{name}</Box>,
    },
    {
      id: "category",
      title: said.category,
      header: said.category,
      sortingField: "category",
      isHidden: true,
      width: 130,
      cell: ({ category }) => category,
    },
    {
      id: "state",
      title: said.state,
      header: said.state,
      width: 215,
      sortingComparator: (a, b) => (a.publishedVersion ?? 0) - (b.publishedVersion ?? 0),
      cell: (application) => <ApplicationState application={application} />,
    },
    {
      id: "owner",
      title: said.owner,
      header: said.owner,
      sortingField: "owner",
      width: 110,
      cell: ({ owner }) => owner,
    },
    {
      id: "shared",
      title: said.shared,
      header: said.shared,
      width: 160,
      cell: ({ shares }) => (shares === undefined ? "–" : sharesInWords(shares)),
    },
    {
      id: "changed",
      title: said.changed,
      header: said.changed,
      sortingField: "changedAt",
      width: 140,
      cell: ({ changedAt }) => <When at={changedAt} />,
    },
    {
      id: "actions",
      title: said.actions,
      header: said.actions,
      isFixed: true,
      width: 105,
      cell: (application) => <ApplicationActions application={application} isSmall />,
    },
  ];
}
