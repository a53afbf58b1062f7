import Button from "@cloudscape-design/components/button";
import KeyValuePairs from "@cloudscape-design/components/key-value-pairs";
import Link from "@cloudscape-design/components/link";
import SpaceBetween from "@cloudscape-design/components/space-between";
import { ROUTES } from "@sluice/api";
import { text } from "../../catalogue/index.ts";
import { filesHref } from "../../frame/addresses.ts";
import { bytes, dateTime } from "../../frame/format.ts";
import { type Crumb, Page } from "../../frame/page.tsx";
import { useRead } from "../../frame/queries.ts";
import { server } from "../../frame/server.ts";
import { useMay } from "../../frame/session.tsx";
import { Read } from "../../frame/states.tsx";
import { kindOf } from "../../parts/preview/kinds.ts";
import { Preview, type PreviewSource } from "../../parts/preview/preview.tsx";
import { ActingAs } from "./acting-as.tsx";
import { FileEdit } from "./file-edit.tsx";
import { nameOf, parentOf, type Root, shownName, stepsTo } from "./paths.ts";
import { permissions } from "./permissions.ts";
import { downloadUrl, type Entry, isFile, type Place, whose } from "./place.ts";

/** A file by itself: what it is and what is in it. */
export function FileView({
  place,
  roots,
  path,
  isEdit,
  hrefOf,
  go,
}: {
  readonly place: Place;
  readonly roots: readonly Root[];
  readonly path: string;
  readonly isEdit: boolean;
  readonly hrefOf: (path: string, isFolder: boolean, edit?: boolean) => string;
  readonly go: (href: string) => void;
}) {
  const { cluster } = place;
  const query = { path, ...whose(place) };
  const entry = useRead(ROUTES.getFile, { params: { cluster }, query }, { topics: ["file"] });
  const mayWrite = useMay("user", cluster);
  const said = text.files;
  const folder = parentOf(path);
  const crumbs: readonly Crumb[] = [
    { text: text.frame.pages.files, href: filesHref(cluster) },
    ...stepsTo(folder, roots).map((step) => ({
      text: shownName(step.name),
      href: hrefOf(step.path, true),
    })),
  ];
  const isText = ["text", "table"].includes(kindOf(nameOf(path)));
  const isRead = entry.data !== undefined && isFile(entry.data);
  return (
    <Page
      title={shownName(nameOf(path))}
      crumbs={crumbs}
      actions={
        isRead &&
        !isEdit && (
          <SpaceBetween direction="horizontal" size="xs">
            {mayWrite && isText && (
              <Button onClick={() => go(hrefOf(path, false, true))}>{said.view.edit}</Button>
            )}
            <Button href={downloadUrl(place, path)} download iconName="download">
              {text.frame.actions.download}
            </Button>
          </SpaceBetween>
        )
      }
    >
      <SpaceBetween size="l">
        <ActingAs place={place} />
        {isEdit ? (
          <FileEdit place={place} path={path} onClose={() => go(hrefOf(path, false))} />
        ) : (
          <Read from={entry}>
            {(found) => (
              <SpaceBetween size="l">
                <Facts entry={found} folderHref={hrefOf(folder, true)} />
                {isFile(found) && <Preview source={sourceOf(place, found)} />}
              </SpaceBetween>
            )}
          </Read>
        )}
      </SpaceBetween>
    </Page>
  );
}

function Facts({ entry, folderHref }: { readonly entry: Entry; readonly folderHref: string }) {
  const said = text.files;
  const { kind, leadsTo = "" } = entry;
  return (
    <KeyValuePairs
      columns={4}
      items={[
        {
          label: said.view.where,
          value: <Link href={folderHref}>{shownName(parentOf(entry.path))}</Link>,
        },
        { label: said.columns.size, value: bytes(entry.size) },
        { label: said.columns.modified, value: dateTime(entry.modified) },
        {
          label: `${said.columns.owner}, ${said.columns.mode.toLowerCase()}`,
          value: `${entry.owner}:${entry.group} ${permissions(entry.mode)}`,
        },
        ...(kind === "link" ? [{ label: said.view.link, value: shownName(leadsTo) }] : []),
      ]}
    />
  );
}

function sourceOf(place: Place, { path, name, size, etag, kind }: Entry): PreviewSource {
  const { cluster } = place;
  const query = { path, ...whose(place) };
  return {
    key: `${cluster} ${place.as ?? ""} ${path} ${etag}`,
    name,
    // Of a link its own, which says nothing of what it leads to.
    size: kind === "link" ? 1 : size,
    open: (signal) => server.stream(ROUTES.downloadFile, { params: { cluster }, query, signal }),
    href: downloadUrl(place, path),
  };
}
