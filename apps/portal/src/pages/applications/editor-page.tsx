import Button from "@cloudscape-design/components/button";
import SpaceBetween from "@cloudscape-design/components/space-between";
import { type ApplicationSummary, ROUTES } from "@sluice/api";
import { useLocation, useParams, useSearchParams } from "react-router";
import { text } from "../../catalogue/index.ts";
import { Page } from "../../frame/page.tsx";
import { useRead } from "../../frame/queries.ts";
import { useMay } from "../../frame/session.tsx";
import { Forbidden, Read } from "../../frame/states.tsx";
import { ApplicationActions } from "./application-actions.tsx";
import { ApplicationEditor } from "./application-editor.tsx";
import { ApplicationState } from "./application-state.tsx";
import { copyName, renamed } from "./application-text.ts";

const FOREVER = { staleTime: Number.POSITIVE_INFINITY };

/** `/applications/new?from=NAME`, `/applications/NAME?version=3`: the text of an application. */
export default function EditorPage() {
  const { application } = useParams();
  const mayEdit = useMay("user");
  const crumbs = [{ text: text.frame.pages.applications, href: "/applications" }];
  if (!mayEdit) {
    return (
      <Page title={text.frame.pages.applications} crumbs={crumbs}>
        <Forbidden needs="user" />
      </Page>
    );
  }
  return application === undefined ? <NewOne /> : <KnownOne name={application} key={application} />;
}

function NewOne() {
  const [query] = useSearchParams();
  const { state } = useLocation() as { readonly state: { readonly text?: string } | null };
  const from = query.get("from");
  const said = text.applications;
  const all = useRead(ROUTES.listApplications, {});
  const source = useRead(
    ROUTES.getApplicationText,
    { params: { application: from ?? "" } },
    { enabled: from !== null, ...FOREVER },
  );
  const taken = new Set(all.data?.items.map(({ name }) => name));
  return (
    <Page
      title={said.editor.newTitle}
      crumbs={[{ text: text.frame.pages.applications, href: "/applications" }]}
    >
      <Read from={all}>
        {({ items }) =>
          from === null ? (
            <ApplicationEditor
              key="new"
              saved=""
              initial={state?.text ?? said.example}
              others={items}
            />
          ) : (
            <Read from={source}>
              {({ text: yaml }) => (
                <ApplicationEditor
                  key={from}
                  saved=""
                  initial={renamed(yaml, copyName(from, taken))}
                  others={items}
                  from={from}
                />
              )}
            </Read>
          )
        }
      </Read>
    </Page>
  );
}

function KnownOne({ name }: { readonly name: string }) {
  const [query] = useSearchParams();
  const version = Number(query.get("version"));
  const params = { application: name };
  const found = useRead(ROUTES.getApplication, { params });
  const application: ApplicationSummary | undefined = found.data;
  return (
    <Page
      title={application?.title ?? name}
      crumbs={[{ text: text.frame.pages.applications, href: "/applications" }]}
      info={application && <ApplicationState application={application} />}
      actions={application && <Actions application={application} />}
    >
      <Read from={found}>
        {(one) => <Texts application={one} {...(version > 0 ? { version } : {})} key={version} />}
      </Read>
    </Page>
  );
}

function Actions({ application }: { readonly application: ApplicationSummary }) {
  const said = text.applications.actions;
  const path = encodeURIComponent(application.name);
  return (
    <SpaceBetween direction="horizontal" size="xs">
      <ApplicationActions application={application} />
      {application.mayEdit ? (
        <Button href={`/submit/${path}`}>{said.submit}</Button>
      ) : (
        <Button href={`/applications/new?from=${path}`}>{said.copy}</Button>
      )}
    </SpaceBetween>
  );
}

/** The newest text, and in the editor that or another version's. */
function Texts({
  application,
  version,
}: {
  readonly application: ApplicationSummary;
  readonly version?: number;
}) {
  const { name, mayEdit, latestVersion } = application;
  const params = { application: name };
  const newest = useRead(
    ROUTES.getApplicationText,
    { params, query: mayEdit ? { version: latestVersion } : {} },
    { keep: true, ...FOREVER },
  );
  const other = useRead(
    ROUTES.getApplicationText,
    { params, query: { version: version ?? latestVersion } },
    { enabled: version !== undefined, ...FOREVER },
  );
  return (
    <Read from={newest}>
      {({ text: saved, version: base }) => {
        const editor = (initial: string) => (
          <ApplicationEditor
            application={application}
            base={base}
            saved={saved}
            initial={initial}
          />
        );
        if (version === undefined) return editor(saved);
        return <Read from={other}>{({ text: initial }) => editor(initial)}</Read>;
      }}
    </Read>
  );
}
