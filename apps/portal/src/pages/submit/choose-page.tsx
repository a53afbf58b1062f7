import Box from "@cloudscape-design/components/box";
import Button from "@cloudscape-design/components/button";
import Header from "@cloudscape-design/components/header";
import Icon from "@cloudscape-design/components/icon";
import SpaceBetween from "@cloudscape-design/components/space-between";
import TextFilter from "@cloudscape-design/components/text-filter";
import { type ApplicationSummary, ROUTES } from "@sluice/api";
import { useSearchParams } from "react-router";
import { text } from "../../catalogue/index.ts";
import { useAddress } from "../../frame/address.ts";
import { submitHref } from "../../frame/addresses.ts";
import { NoMatch } from "../../frame/list-table.tsx";
import { Page } from "../../frame/page.tsx";
import { useRead } from "../../frame/queries.ts";
import { useMay } from "../../frame/session.tsx";
import { Empty, Forbidden, Read } from "../../frame/states.tsx";
import { When } from "../../frame/when.tsx";
import { byCategory, found, lastUses, recentFirst } from "./choice.ts";
import { beginningIn } from "./fresh-form.ts";
import { iconOf } from "./icons.ts";
import "./submit.css";

/** Runs of one's own that are looked at for what was used lately. */
const LOOKED_AT = 200;
/** Fewer than these need no list of those that were used lately. */
const FEW = 8;

export default function ChoosePage() {
  const mayUse = useMay("user");
  const applications = useRead(ROUTES.listApplications, {}, { enabled: mayUse });
  const runs = useRead(
    ROUTES.listRuns,
    { query: { of: "own", limit: LOOKED_AT } },
    { enabled: mayUse, staleTime: 30_000 },
  );
  const said = text.submit.choose;
  const [query] = useSearchParams();
  const file = beginningIn(query)?.file;
  return (
    <Page
      title={text.frame.pages.submit}
      description={file === undefined ? said.description : said.withFile(file)}
      actions={
        mayUse &&
        file === undefined && <Button href="/submit-script">{text.submit.script.open}</Button>
      }
    >
      {mayUse ? (
        <Read from={applications}>
          {({ items }) => <Applications items={items} used={lastUses(runs.data?.items ?? [])} />}
        </Read>
      ) : (
        <Forbidden needs="user" />
      )}
    </Page>
  );
}

function Applications({
  items,
  used,
}: {
  readonly items: readonly ApplicationSummary[];
  readonly used: ReadonlyMap<string, string>;
}) {
  const [{ find }, change] = useAddress({ find: "" });
  const said = text.submit.choose;
  if (items.length === 0) {
    return (
      <Empty
        title={said.none}
        more={said.noneMore}
        action={<Button href="/applications">{said.make}</Button>}
      />
    );
  }
  const shown = found(items, find);
  const recent = find === "" && items.length >= FEW ? recentFirst(items, used) : [];
  return (
    <SpaceBetween size="l">
      <div className="filters">
        <TextFilter
          filteringText={find}
          filteringAriaLabel={said.find}
          filteringPlaceholder={said.find}
          countText={find === "" ? "" : text.frame.table.matches(shown.length)}
          onChange={({ detail }) => change({ find: detail.filteringText })}
        />
      </div>
      {recent.length > 0 && <Group title={said.recent} items={recent} used={used} />}
      {byCategory(shown).map(([category, own]) => (
        <Group key={category} title={category} items={own} used={used} />
      ))}
      {shown.length === 0 && <NoMatch onClear={() => change({ find: "" })} />}
    </SpaceBetween>
  );
}

function Group({
  title,
  items,
  used,
}: {
  readonly title: string;
  readonly items: readonly ApplicationSummary[];
  readonly used: ReadonlyMap<string, string>;
}) {
  return (
    <section>
      <Box padding={{ bottom: "xs" }}>
        <Header variant="h2">{title}</Header>
      </Box>
      <ul className="application-cards">
        {items.map((one) => (
          <li key={one.name}>
            <Card application={one} usedAt={used.get(one.name)} />
          </li>
        ))}
      </ul>
    </section>
  );
}

function Card({
  application,
  usedAt,
}: {
  readonly application: ApplicationSummary;
  readonly usedAt: string | undefined;
}) {
  const { name, title, description, icon, publishedVersion } = application;
  const [query] = useSearchParams();
  const beginning = beginningIn(query);
  const isDraft = publishedVersion === undefined;
  return (
    <a className="application-card" href={submitHref(beginning, name)}>
      <span className="application-icon">
        <Icon name={iconOf(icon)} />
      </span>
      <span className="application-words">
        <b>{title}</b>
        <span>{description}</span>
        {(isDraft || usedAt !== undefined) && (
          <small>
            {isDraft && text.submit.choose.draft}
            {isDraft && usedAt !== undefined && " · "}
            {usedAt !== undefined && <When at={usedAt} />}
          </small>
        )}
      </span>
    </a>
  );
}
