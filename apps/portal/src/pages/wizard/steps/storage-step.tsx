import Button from "@cloudscape-design/components/button";
import SpaceBetween from "@cloudscape-design/components/space-between";
import type { Edit, Path } from "@sluice/model";
import { text } from "../../../catalogue/index.ts";
import { Empty } from "../../../frame/states.tsx";
import { ChoiceField, TextField } from "../fields.tsx";
import { freeName, listOf, removeEntryEdits, sectionOf, valueAt, wordOf } from "../file.ts";
import { type ProviderName, useFile } from "../file-context.ts";
import { Part, Row } from "../part.tsx";

const STORAGE = ["SharedStorage"] as const;

const KINDS = {
  local: ["Local"],
  aws: ["Ebs", "Efs", "FsxLustre", "FsxOntap", "FsxOpenZfs", "FileCache"],
  azure: [],
} as const satisfies Readonly<Record<ProviderName, readonly string[]>>;
type Kind = (typeof KINDS)[keyof typeof KINDS][number];

/** What a kind begins with; those that only name what exists begin empty. */
const SETTINGS: Readonly<Partial<Record<Kind, readonly [string, object]>>> = {
  Ebs: ["EbsSettings", { VolumeType: "gp3", Size: 200, DeletionPolicy: "Retain" }],
  Efs: ["EfsSettings", { Encrypted: true, DeletionPolicy: "Retain" }],
  FsxLustre: ["FsxLustreSettings", { StorageCapacity: 1200, DeploymentType: "SCRATCH_2" }],
};
const SECTIONS = [
  "EbsSettings",
  "EfsSettings",
  "FsxLustreSettings",
  "FsxOntapSettings",
  "FsxOpenZfsSettings",
  "FileCacheSettings",
];

export function StorageStep() {
  const { value, edit, provider } = useFile();
  const said = text.wizard.storage;
  const entries = listOf(valueAt(value, STORAGE));
  const [kind] = KINDS[provider];
  const add = (): void => {
    if (kind === undefined) return;
    const name = freeName("data", entries);
    const settings = SETTINGS[kind];
    const entry = {
      Name: name,
      MountDir: `/${name}`,
      StorageType: kind,
      ...(settings === undefined ? {} : { [settings[0]]: settings[1] }),
    };
    edit([{ kind: "append", path: STORAGE, value: entry }]);
  };
  return (
    <Part
      title={said.title}
      more={provider === "local" ? said.local : said.more}
      actions={kind !== undefined && <Button onClick={add}>{said.add}</Button>}
    >
      {entries.length === 0 && <Empty title={said.none} />}
      {entries.map((entry, index) => (
        <Storage
          // biome-ignore lint/suspicious/noArrayIndexKey: its place in the file is what it is
          key={index}
          entry={entry}
          path={[...STORAGE, index]}
        />
      ))}
    </Part>
  );
}

function Storage({ entry, path }: { readonly entry: unknown; readonly path: Path }) {
  const { value, edit, provider } = useFile();
  const said = text.wizard.storage;
  const { Name, StorageType } = sectionOf(entry);
  const name = wordOf(Name);
  const kinds: readonly Kind[] = KINDS[provider];
  return (
    <fieldset className="entry">
      <legend>{said.entry(name)}</legend>
      <SpaceBetween size="m">
        <Row>
          <TextField path={[...path, "Name"]} label={said.name} />
          <TextField
            path={[...path, "MountDir"]}
            label={said.mountDir}
            constraint={said.mountDirHelp}
          />
        </Row>
        <ChoiceField
          path={[...path, "StorageType"]}
          label={said.type}
          choices={kinds.map((kind) => ({
            value: kind,
            label: said.types[kind],
            description: said.typesMore[kind],
          }))}
          onChoose={(kind) => edit(kindEdits(entry, path, kind))}
        />
        <Settings kind={wordOf(StorageType)} path={path} />
        <div className="part-actions">
          <Button
            ariaLabel={said.removeNamed(name)}
            onClick={() => edit(removeEntryEdits(value, path))}
          >
            {said.remove}
          </Button>
        </div>
      </SpaceBetween>
    </fieldset>
  );
}

/** Settings of the former kind go, and what the new one begins with comes. */
function kindEdits(entry: unknown, path: Path, kind: string): readonly Edit[] {
  const settings = SETTINGS[kind as Kind];
  const former = SECTIONS.filter((section) => section in sectionOf(entry));
  return [
    { kind: "set", path: [...path, "StorageType"], value: kind },
    ...former.map((section): Edit => ({ kind: "remove", path: [...path, section] })),
    ...(settings === undefined
      ? []
      : [{ kind: "set" as const, path: [...path, settings[0]], value: settings[1] }]),
  ];
}

function Settings({ kind, path }: { readonly kind: string; readonly path: Path }) {
  const said = text.wizard.storage;
  const kept = (section: string, policies: readonly (keyof typeof said.onDeletes)[]) => (
    <ChoiceField
      path={[...path, section, "DeletionPolicy"]}
      label={said.onDelete}
      fallback="Delete"
      choices={policies.map((value) => ({ value, label: said.onDeletes[value] }))}
    />
  );
  switch (kind) {
    case "Ebs":
      return (
        <Row>
          <TextField path={[...path, "EbsSettings", "Size"]} label={said.size} type="number" />
          {kept("EbsSettings", ["Retain", "Snapshot", "Delete"])}
        </Row>
      );
    case "Efs":
      return (
        <Row>
          <TextField
            path={[...path, "EfsSettings", "FileSystemId"]}
            label={said.fileSystem}
            constraint={said.fileSystemHelp}
            isOptional
          />
          {kept("EfsSettings", ["Retain", "Delete"])}
        </Row>
      );
    case "FsxLustre":
      return (
        <TextField
          path={[...path, "FsxLustreSettings", "StorageCapacity"]}
          label={said.size}
          constraint={said.lustreSizeHelp}
          type="number"
        />
      );
    case "FsxOntap":
      return <TextField path={[...path, "FsxOntapSettings", "VolumeId"]} label={said.volume} />;
    case "FsxOpenZfs":
      return <TextField path={[...path, "FsxOpenZfsSettings", "VolumeId"]} label={said.volume} />;
    case "FileCache":
      return (
        <TextField path={[...path, "FileCacheSettings", "FileCacheId"]} label={said.fileSystem} />
      );
    default:
      return null;
  }
}
