import BreadcrumbGroup from "@cloudscape-design/components/breadcrumb-group";
import Button from "@cloudscape-design/components/button";
import Icon from "@cloudscape-design/components/icon";
import Link from "@cloudscape-design/components/link";
import { type JsonOf, ROUTES, type RunView } from "@sluice/api";
import { text } from "../../catalogue/index.ts";
import { useAddress } from "../../frame/address.ts";
import { filesHref, runHref } from "../../frame/addresses.ts";
import { bytes } from "../../frame/format.ts";
import { useRead } from "../../frame/queries.ts";
import { isLive } from "../../frame/run-state.tsx";
import { server } from "../../frame/server.ts";
import { Empty, Read } from "../../frame/states.tsx";
import { Preview, type PreviewSource } from "../../parts/preview/preview.tsx";
import { archiveHref } from "./run-actions.tsx";

type RunEntry = JsonOf<typeof ROUTES.listRunFiles>["items"][number];

/** Milliseconds in which a job writes more files. */
const EVERY = 10_000;

/** The folder of a run, and what is in one of its files. */
export function RunFiles({ run }: { readonly run: RunView }) {
  const [{ folder, file }] = useAddress({ folder: "", file: "" });
  const files = useRead(
    ROUTES.listRunFiles,
    { params: { run: run.id }, query: folder === "" ? {} : { path: folder } },
    { topics: ["run"], keep: true, ...(isLive(run.state) ? { every: EVERY } : {}) },
  );
  const said = text.runs.page;
  const hrefOf = (to: { readonly folder: string; readonly file?: string }): string => {
    const query = new URLSearchParams({ tab: "files" });
    if (to.folder !== "") query.set("folder", to.folder);
    if (to.file !== undefined) query.set("file", to.file);
    return `${runHref(run.id)}?${query}`;
  };
  const names = folder.split("/").filter((name) => name !== "");
  return (
    <div className="run-files">
      <div>
        {names.length > 0 && (
          <BreadcrumbGroup
            ariaLabel={text.files.path}
            items={[
              { text: said.root, href: hrefOf({ folder: "" }) },
              ...names.map((name, at) => ({
                text: name,
                href: hrefOf({ folder: names.slice(0, at + 1).join("/") }),
              })),
            ]}
          />
        )}
        <Read from={files}>
          {({ items }) => {
            if (items.length === 0) return <Empty title={said.emptyFolder} />;
            return (
              <ul className="run-files-list" aria-label={said.entries}>
                {sorted(items).map((entry) => (
                  <Line key={entry.name} {...{ run, entry, folder, file, hrefOf }} />
                ))}
              </ul>
            );
          }}
        </Read>
        <div className="run-files-foot">
          <Link href={archiveHref(run, "tar.gz")} external={false}>
            {text.runs.actions.download}
          </Link>
          {run.isOwn && (
            <Link href={filesHref(run.cluster, run.folder)}>{text.runs.actions.openFolder}</Link>
          )}
        </div>
      </div>
      <div>
        <Shown run={run} folder={folder} file={file} items={files.data?.items} />
      </div>
    </div>
  );
}

function sorted(items: readonly RunEntry[]): readonly RunEntry[] {
  const rank = ({ kind }: RunEntry): number => (kind === "folder" ? 0 : 1);
  return [...items].sort(
    (one, other) =>
      rank(one) - rank(other) || one.name.localeCompare(other.name, undefined, { numeric: true }),
  );
}

function Line({
  run,
  entry,
  folder,
  file,
  hrefOf,
}: {
  readonly run: RunView;
  readonly entry: RunEntry;
  readonly folder: string;
  readonly file: string;
  readonly hrefOf: (to: { readonly folder: string; readonly file?: string }) => string;
}) {
  const { name, kind, size } = entry;
  const isFolder = kind === "folder";
  const path = folder === "" ? name : `${folder}/${name}`;
  const href = isFolder ? hrefOf({ folder: path }) : hrefOf({ folder, file: name });
  return (
    <li data-chosen={file === name}>
      <a href={href} aria-current={file === name ? "true" : undefined}>
        <Icon name={isFolder ? "folder" : "file"} />
        <span>{name}</span>
      </a>
      <span className="numbers">{isFolder ? "" : bytes(size)}</span>
      {kind === "file" && (
        <Button
          href={fileHref(run, path)}
          download
          iconName="download"
          variant="icon"
          ariaLabel={`${text.frame.actions.download} ${name}`}
        />
      )}
    </li>
  );
}

function Shown({
  run,
  folder,
  file,
  items,
}: {
  readonly run: RunView;
  readonly folder: string;
  readonly file: string;
  readonly items: readonly RunEntry[] | undefined;
}) {
  const entry = items?.find(({ name, kind }) => name === file && kind === "file");
  if (entry === undefined) return <Empty title={text.runs.page.choose} />;
  return <Preview key={file} source={sourceOf(run, folder, entry)} />;
}

function fileHref(run: RunView, path: string): string {
  return server.url(ROUTES.readRunFile, { params: { run: run.id }, query: { path } });
}

function sourceOf(run: RunView, folder: string, entry: RunEntry): PreviewSource {
  const { name, size, modified } = entry;
  const path = folder === "" ? name : `${folder}/${name}`;
  return {
    key: `${run.id} ${path} ${size} ${modified}`,
    name,
    size,
    open: (signal) =>
      server.stream(ROUTES.readRunFile, { params: { run: run.id }, query: { path }, signal }),
    href: fileHref(run, path),
  };
}
