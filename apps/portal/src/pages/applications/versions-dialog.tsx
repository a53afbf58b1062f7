import Badge from "@cloudscape-design/components/badge";
import Box from "@cloudscape-design/components/box";
import Button from "@cloudscape-design/components/button";
import FormField from "@cloudscape-design/components/form-field";
import Modal from "@cloudscape-design/components/modal";
import Select from "@cloudscape-design/components/select";
import SpaceBetween from "@cloudscape-design/components/space-between";
import Table from "@cloudscape-design/components/table";
import { type ApplicationSummary, type ApplicationVersion, ROUTES } from "@sluice/api";
import { useState } from "react";
import { text } from "../../catalogue/index.ts";
import { useRead } from "../../frame/queries.ts";
import { Failure, Read } from "../../frame/states.tsx";
import { When } from "../../frame/when.tsx";
import { DiffView } from "../../parts/editor/diff-view.tsx";

/** Every save of an application: by whom, why, and what it changed. */
export function VersionsDialog({
  application,
  onPublish,
  onClose,
}: {
  readonly application: ApplicationSummary;
  readonly onPublish: (version: number) => Promise<void>;
  readonly onClose: () => void;
}) {
  const versions = useRead(ROUTES.listApplicationVersions, {
    params: { application: application.name },
  });
  const said = text.applications.versions;
  return (
    <Modal
      visible
      size="max"
      header={said.title(application.title)}
      closeAriaLabel={text.frame.actions.close}
      onDismiss={onClose}
    >
      <Read from={versions}>
        {({ items }) => (
          <Versions
            application={application}
            versions={items}
            onPublish={onPublish}
            onClose={onClose}
          />
        )}
      </Read>
    </Modal>
  );
}

function Versions({
  application,
  versions,
  onPublish,
  onClose,
}: {
  readonly application: ApplicationSummary;
  readonly versions: readonly ApplicationVersion[];
  readonly onPublish: (version: number) => Promise<void>;
  readonly onClose: () => void;
}) {
  const { name, publishedVersion, latestVersion } = application;
  const [version, setVersion] = useState(latestVersion);
  const [other, setOther] = useState<number>();
  const [isBusy, setBusy] = useState(false);
  const [error, setError] = useState<unknown>();
  const said = text.applications.versions;
  const before = other ?? versions.find((one) => one.version < version)?.version;
  const others = versions
    .filter((one) => one.version !== version)
    .map((one) => ({ value: `${one.version}`, label: `${said.version} ${one.version}` }));
  const publish = async (): Promise<void> => {
    setBusy(true);
    setError(undefined);
    try {
      await onPublish(version);
      onClose();
    } catch (problem) {
      setError(problem);
      setBusy(false);
    }
  };
  return (
    <SpaceBetween size="l">
      <Table
        variant="embedded"
        items={[...versions]}
        trackBy={(one) => `${one.version}`}
        selectionType="single"
        selectedItems={versions.filter((one) => one.version === version)}
        onSelectionChange={({ detail }) => setVersion(detail.selectedItems[0]?.version ?? version)}
        onRowClick={({ detail }) => setVersion(detail.item.version)}
        ariaLabels={{
          tableLabel: said.title(application.title),
          selectionGroupLabel: said.version,
          itemSelectionLabel: (_, one) => text.frame.table.select(`${one.version}`),
        }}
        columnDefinitions={[
          {
            id: "version",
            header: said.version,
            width: 160,
            cell: (one) => (
              <>
                {one.version}{" "}
                {one.version === publishedVersion && <Badge color="green">{said.published}</Badge>}
              </>
            ),
          },
          { id: "by", header: said.savedBy, width: 140, cell: ({ savedBy }) => savedBy },
          {
            id: "at",
            header: said.savedAt,
            width: 160,
            cell: ({ savedAt }) => <When at={savedAt} />,
          },
          { id: "note", header: said.note, cell: ({ note }) => note || "–" },
        ]}
      />
      <div className="version-actions">
        {before !== undefined && (
          <FormField label={said.compare}>
            <Select
              options={others}
              selectedOption={others.find(({ value }) => value === `${before}`) ?? null}
              onChange={({ detail }) => setOther(Number(detail.selectedOption.value))}
            />
          </FormField>
        )}
        <SpaceBetween direction="horizontal" size="xs">
          <Button
            href={`/applications/${encodeURIComponent(name)}?version=${version}`}
            onClick={onClose}
          >
            {said.open}
          </Button>
          <Button
            variant="primary"
            loading={isBusy}
            disabled={version === publishedVersion}
            onClick={() => void publish()}
          >
            {said.publish}
          </Button>
        </SpaceBetween>
      </div>
      {error !== undefined && <Failure error={error} />}
      <Difference name={name} from={before} to={version} />
    </SpaceBetween>
  );
}

function Difference({
  name,
  from,
  to,
}: {
  readonly name: string;
  readonly from: number | undefined;
  readonly to: number;
}) {
  const said = text.applications.versions;
  const now = useVersion(name, to);
  const before = useVersion(name, from);
  const label = from === undefined ? said.first(to) : said.difference(from, to);
  if (from === undefined) {
    return (
      <Read from={now}>
        {({ text: yaml }) => <DiffView before="" after={yaml} label={label} />}
      </Read>
    );
  }
  return (
    <SpaceBetween size="xs">
      <Box variant="h3">{label}</Box>
      <Read from={now}>
        {({ text: after }) => (
          <Read from={before}>
            {({ text: yaml }) =>
              yaml === after ? (
                <Box color="text-status-inactive">{said.same}</Box>
              ) : (
                <DiffView before={yaml} after={after} label={label} />
              )
            }
          </Read>
        )}
      </Read>
    </SpaceBetween>
  );
}

/** A version never changes. */
function useVersion(application: string, version: number | undefined) {
  return useRead(
    ROUTES.getApplicationText,
    { params: { application }, query: { version: version ?? 1 } },
    { enabled: version !== undefined, staleTime: Number.POSITIVE_INFINITY },
  );
}
