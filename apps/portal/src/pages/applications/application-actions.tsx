import ButtonDropdown, {
  type ButtonDropdownProps,
} from "@cloudscape-design/components/button-dropdown";
import { type ApplicationSummary, ROUTES } from "@sluice/api";
import { useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { useNavigate } from "react-router";
import { text } from "../../catalogue/index.ts";
import { Confirm } from "../../frame/confirm.tsx";
import { notifyError, notifySuccess } from "../../frame/notices.tsx";
import { readAgain } from "../../frame/queries.ts";
import { saveTextAs } from "../../frame/save-as.ts";
import { server } from "../../frame/server.ts";
import { mayBeOnSite, useMe } from "../../frame/session.tsx";
import { ShareDialog } from "./share-dialog.tsx";
import { VersionsDialog } from "./versions-dialog.tsx";

/** What an application's page and list show again after a change. */
export const APPLICATION_ROUTES = [
  ROUTES.listApplications,
  ROUTES.getApplication,
  ROUTES.getApplicationShares,
  ROUTES.listApplicationVersions,
];

type Open = "versions" | "share" | "takeBack" | "restore" | "delete";

/** All that can be done with an application, as far as one may. */
export function ApplicationActions({
  application,
  isSmall = false,
}: {
  readonly application: ApplicationSummary;
  /** In a row of a table. */
  readonly isSmall?: boolean;
}) {
  const me = useMe();
  const client = useQueryClient();
  const navigate = useNavigate();
  const [open, setOpen] = useState<Open>();
  const said = text.applications;
  const { name, title, latestVersion } = application;
  const params = { application: name };
  const close = (): void => setOpen(undefined);
  const done = async (words: string): Promise<void> => {
    notifySuccess(words);
    await readAgain(client, APPLICATION_ROUTES);
  };
  const publish = async (version: number | null): Promise<void> => {
    await server.call(ROUTES.publishApplication, { params, body: { version } });
    await done(version === null ? said.told.takenBack(title) : said.told.published(title, version));
  };
  const act = (id: string): void => {
    if (id === "publish") publish(latestVersion).catch(notifyError);
    else if (id === "export") exportText(name).catch(notifyError);
    else if (["versions", "share", "takeBack", "restore", "delete"].includes(id)) {
      setOpen(id as Open);
    }
  };
  return (
    <>
      <ButtonDropdown
        items={itemsOf(application, mayBeOnSite(me, "administrator"))}
        variant={isSmall ? "inline-icon" : "normal"}
        ariaLabel={said.actionsOf(title)}
        expandToViewport
        onItemClick={({ detail }) => act(detail.id)}
      >
        {isSmall ? "" : text.frame.actions.more}
      </ButtonDropdown>
      {open === "versions" && (
        <VersionsDialog application={application} onPublish={publish} onClose={close} />
      )}
      {open === "share" && (
        <ShareDialog
          application={application}
          onSaved={() => done(said.told.shared(title))}
          onClose={close}
        />
      )}
      {open === "takeBack" && (
        <Confirm
          title={said.confirm.takeBack(title)}
          action={said.actions.takeBack}
          onConfirm={() => publish(null)}
          onClose={close}
        >
          {said.confirm.takeBackMore}
        </Confirm>
      )}
      {open === "restore" && (
        <Confirm
          title={said.confirm.restore(title)}
          action={said.actions.restore}
          onConfirm={async () => {
            await server.call(ROUTES.restoreApplication, { params });
            await done(said.told.restored(title));
          }}
          onClose={close}
        >
          {said.confirm.restoreMore}
        </Confirm>
      )}
      {open === "delete" && (
        <Confirm
          title={said.confirm.delete(title)}
          action={said.actions.delete}
          onConfirm={async () => {
            await server.call(ROUTES.deleteApplication, { params });
            await navigate("/applications");
            await done(said.told.deleted(title));
          }}
          onClose={close}
        >
          {said.confirm.deleteMore}
        </Confirm>
      )}
    </>
  );
}

async function exportText(application: string): Promise<void> {
  const { text: yaml } = await server.call(ROUTES.getApplicationText, { params: { application } });
  saveTextAs(`${application}.yaml`, yaml);
}

function itemsOf(
  application: ApplicationSummary,
  isAdministrator: boolean,
): ButtonDropdownProps.Items {
  const said = text.applications.actions;
  const { name, mayEdit, isLibrary, publishedVersion, latestVersion } = application;
  const path = encodeURIComponent(name);
  const offered = (
    may: boolean,
    ...items: ButtonDropdownProps.Item[]
  ): ButtonDropdownProps.Item[] => (may ? items : []);
  return [
    { id: "submit", text: said.submit, href: `/submit/${path}` },
    { id: "edit", text: mayEdit ? said.edit : said.view, href: `/applications/${path}` },
    { id: "copy", text: said.copy, href: `/applications/new?from=${path}` },
    { id: "export", text: said.export },
    ...offered(mayEdit && publishedVersion !== latestVersion, {
      id: "publish",
      text: said.publish(latestVersion),
    }),
    ...offered(mayEdit, { id: "versions", text: said.versions }, { id: "share", text: said.share }),
    ...offered(mayEdit && publishedVersion !== undefined, { id: "takeBack", text: said.takeBack }),
    ...offered(isAdministrator && isLibrary, { id: "restore", text: said.restore }),
    ...offered(mayEdit, { id: "delete", text: said.delete }),
  ];
}
