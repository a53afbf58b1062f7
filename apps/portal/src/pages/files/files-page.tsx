import Box from "@cloudscape-design/components/box";
import SegmentedControl from "@cloudscape-design/components/segmented-control";
import Select from "@cloudscape-design/components/select";
import SpaceBetween from "@cloudscape-design/components/space-between";
import Toggle from "@cloudscape-design/components/toggle";
import { ProblemError, ROUTES } from "@sluice/api";
import { useState } from "react";
import { Navigate, useNavigate, useParams, useSearchParams } from "react-router";
import { text } from "../../catalogue/index.ts";
import { filesHref } from "../../frame/addresses.ts";
import { remember, remembered } from "../../frame/memory.ts";
import { Page } from "../../frame/page.tsx";
import { useRead } from "../../frame/queries.ts";
import { Empty, Read } from "../../frame/states.tsx";
import { ActingAs, Nobody } from "./acting-as.tsx";
import { FileView } from "./file-view.tsx";
import { Pane } from "./pane.tsx";
import type { Root } from "./paths.ts";
import { type Place, whose } from "./place.ts";
import { TransferStatus } from "./transfer-status.tsx";
import { UploadPanel } from "./uploads/upload-panel.tsx";

const CLUSTER = "files.cluster";
const LOOKS = "files.looks";

interface Looks {
  readonly isTwo: boolean;
  readonly hidden: boolean;
}

/** Files of a cluster, in one pane or two; a file by itself where the address names one. */
export default function FilesPage() {
  const { cluster } = useParams();
  return cluster === undefined ? <ChooseCluster /> : <ClusterFiles cluster={cluster} />;
}

function ChooseCluster() {
  const clusters = useRead(ROUTES.listClusters, {});
  const said = text.files;
  return (
    <Read from={clusters}>
      {({ items }) => {
        const last = remembered<string>(CLUSTER);
        const chosen = items.find(({ clusterName }) => clusterName === last) ?? items[0];
        if (chosen !== undefined) {
          return <Navigate replace to={filesHref(chosen.clusterName)} />;
        }
        return (
          <Page title={text.frame.pages.files}>
            <Empty title={said.noClusters} more={said.noClustersMore} />
          </Page>
        );
      }}
    </Read>
  );
}

function ClusterFiles({ cluster }: { readonly cluster: string }) {
  const [params] = useSearchParams();
  const place: Place = { cluster, as: params.get("as") ?? undefined };
  const roots = useRead(
    ROUTES.listFileRoots,
    { params: { cluster }, query: whose(place) },
    { staleTime: 300_000 },
  );
  const { error, data } = roots;
  if (data === undefined && isNobody(error)) {
    return (
      <Page title={text.frame.pages.files}>
        <Nobody cluster={cluster} />
      </Page>
    );
  }
  if (data === undefined) {
    return (
      <Page title={text.frame.pages.files}>
        <ActingAs place={place} />
        <Read from={roots}>{() => null}</Read>
      </Page>
    );
  }
  return <Files key={`${cluster} ${place.as}`} place={place} roots={data.items} />;
}

function isNobody(error: unknown): boolean {
  return error instanceof ProblemError && error.code === "UNIX_USER_MISSING";
}

function Files({ place, roots }: { readonly place: Place; readonly roots: readonly Root[] }) {
  const [params, setParams] = useSearchParams();
  const navigate = useNavigate();
  const { cluster } = place;
  const [looks, setLooks] = useState<Looks>(() => ({
    ...{ isTwo: false, hidden: false },
    ...remembered<Partial<Looks>>(LOOKS),
  }));
  const look = (change: Partial<Looks>): void => {
    const next = { ...looks, ...change };
    setLooks(next);
    remember(LOOKS, next);
  };
  const home = roots[0]?.path ?? "/";
  const path = params.get("path") ?? home;
  const right = params.get("right") ?? home;
  const isTwo = looks.isTwo || params.has("right");
  const hrefIn =
    (side: "path" | "right") =>
    (target: string, isFolder: boolean, edit = false): string => {
      const next = new URLSearchParams(params);
      next.delete("file");
      next.delete("edit");
      next.set(isFolder ? side : "file", target);
      if (edit) next.set("edit", "1");
      return `${filesHref(cluster)}?${next}`;
    };
  const go = (href: string): void => void navigate(href);
  const file = params.get("file");
  if (file !== null) {
    return (
      <FileView
        {...{ place, roots, go }}
        path={file}
        isEdit={params.has("edit")}
        hrefOf={hrefIn("path")}
      />
    );
  }
  const said = text.files;
  const pane = { place, roots, hidden: looks.hidden, go };
  return (
    <Page
      title={text.frame.pages.files}
      actions={
        <SpaceBetween direction="horizontal" size="s" alignItems="center">
          <ClusterChoice cluster={cluster} />
          <Toggle
            checked={looks.hidden}
            onChange={({ detail }) => look({ hidden: detail.checked })}
          >
            {said.hidden}
          </Toggle>
          <SegmentedControl
            label={said.panes}
            selectedId={isTwo ? "2" : "1"}
            options={[
              { id: "1", text: said.onePane },
              { id: "2", text: said.twoPanes },
            ]}
            onChange={({ detail }) => {
              look({ isTwo: detail.selectedId === "2" });
              const next = new URLSearchParams(params);
              if (detail.selectedId === "2") next.set("right", path);
              else next.delete("right");
              setParams(next, { replace: true });
            }}
          />
        </SpaceBetween>
      }
    >
      <div className="files-page">
        <ActingAs place={place} />
        <TransferStatus />
        <div className="panes" data-count={isTwo ? 2 : 1}>
          <Pane
            {...pane}
            label={isTwo ? said.leftPane : said.folder}
            path={path}
            across={isTwo ? right : undefined}
            hrefOf={hrefIn("path")}
          />
          {isTwo && (
            <Pane
              {...pane}
              label={said.rightPane}
              path={right}
              across={path}
              hrefOf={hrefIn("right")}
            />
          )}
        </div>
        <UploadPanel place={place} />
      </div>
    </Page>
  );
}

function ClusterChoice({ cluster }: { readonly cluster: string }) {
  const { data } = useRead(ROUTES.listClusters, {}, { staleTime: 60_000 });
  const navigate = useNavigate();
  const names = data?.items.map(({ clusterName }) => clusterName) ?? [];
  // Where there is one cluster, nobody has to choose.
  if (names.length < 2) return <Box color="text-status-inactive">{cluster}</Box>;
  return (
    <Select
      ariaLabel={text.files.cluster}
      selectedOption={{ value: cluster, label: cluster }}
      options={names.map((name) => ({ value: name, label: name }))}
      onChange={({ detail }) => {
        const { value = cluster } = detail.selectedOption;
        remember(CLUSTER, value);
        void navigate(filesHref(value));
      }}
    />
  );
}
