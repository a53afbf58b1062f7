import Box from "@cloudscape-design/components/box";
import BreadcrumbGroup from "@cloudscape-design/components/breadcrumb-group";
import Button from "@cloudscape-design/components/button";
import Checkbox from "@cloudscape-design/components/checkbox";
import Modal from "@cloudscape-design/components/modal";
import Select from "@cloudscape-design/components/select";
import SpaceBetween from "@cloudscape-design/components/space-between";
import TextFilter from "@cloudscape-design/components/text-filter";
import { type FileEntryDocument, ROUTES } from "@sluice/api";
import { useState } from "react";
import { text } from "../../catalogue/index.ts";
import { useRead } from "../../frame/queries.ts";
import { Read } from "../../frame/states.tsx";
import { EntryTable } from "./entry-table.tsx";
import { folderOf, pathIn, stepsTo } from "./paths.ts";

export interface FileChooserProps {
  readonly cluster: string;
  readonly selects: "file" | "files" | "folder";
  /** A path in whose folder it begins; the home when missing. */
  readonly near?: string;
  readonly onChoose: (paths: readonly string[]) => void;
  readonly onClose: () => void;
}

/** A dialog in which files, or a folder, of a cluster are chosen. For `lazy`. */
export default function FileChooser({ cluster, near, ...props }: FileChooserProps) {
  const roots = useRead(ROUTES.listFileRoots, { params: { cluster } }, { staleTime: 60_000 });
  const said = text.fileChooser;
  const home = roots.data?.items[0]?.path;
  const start = near === undefined ? home : folderOf(near);
  if (start === undefined || roots.data === undefined) {
    return (
      <Modal
        visible
        header={said.title[props.selects]}
        closeAriaLabel={text.frame.actions.close}
        onDismiss={props.onClose}
      >
        <Read from={roots}>{() => null}</Read>
      </Modal>
    );
  }
  return <Browser cluster={cluster} roots={roots.data.items} start={start} {...props} />;
}

function Browser({
  cluster,
  roots,
  start,
  selects,
  onChoose,
  onClose,
}: Omit<FileChooserProps, "near"> & {
  readonly roots: readonly { readonly path: string; readonly name: string }[];
  readonly start: string;
}) {
  const said = text.fileChooser;
  const [folder, setFolder] = useState(start);
  const [contains, setContains] = useState("");
  const [isHidden, setHidden] = useState(false);
  const [chosen, setChosen] = useState<readonly FileEntryDocument[]>([]);
  const go = (path: string): void => {
    setFolder(path);
    setContains("");
    setChosen([]);
  };
  const choose = (paths: readonly string[]): void => {
    onChoose(paths);
    onClose();
  };
  const steps = stepsTo(folder, roots);
  const paths = chosen.map(({ name }) => pathIn(folder, name));
  // Where a folder is wanted and none in the list is chosen, it is the one that is open.
  const result = selects === "folder" && paths.length === 0 ? [folder] : paths;
  return (
    <Modal
      visible
      size="large"
      header={said.title[selects]}
      closeAriaLabel={text.frame.actions.close}
      onDismiss={onClose}
      footer={
        <div className="chooser-footer">
          <Box color="text-status-inactive">
            {result.length === 1 ? result[0] : result.length > 1 ? said.chosen(result.length) : ""}
          </Box>
          <SpaceBetween direction="horizontal" size="xs">
            <Button variant="link" onClick={onClose}>
              {text.frame.actions.cancel}
            </Button>
            <Button variant="primary" disabled={result.length === 0} onClick={() => choose(result)}>
              {said.choose}
            </Button>
          </SpaceBetween>
        </div>
      }
    >
      <SpaceBetween size="s">
        <div className="filters">
          <TextFilter
            filteringText={contains}
            filteringPlaceholder={said.find}
            filteringAriaLabel={said.find}
            onChange={({ detail }) => setContains(detail.filteringText)}
          />
          {roots.length > 1 && (
            <Select
              ariaLabel={said.root}
              selectedOption={{ value: steps[0]?.path ?? "/", label: steps[0]?.name ?? "/" }}
              options={roots.map(({ path, name }) => ({
                value: path,
                label: name,
                labelTag: path,
              }))}
              onChange={({ detail }) => go(detail.selectedOption.value ?? "/")}
            />
          )}
          <Checkbox checked={isHidden} onChange={({ detail }) => setHidden(detail.checked)}>
            {said.hidden}
          </Checkbox>
        </div>
        <BreadcrumbGroup
          ariaLabel={said.where}
          items={steps.map(({ name, path }) => ({ text: name, href: `#${path}` }))}
          onFollow={(event) => {
            event.preventDefault();
            go(event.detail.href.slice(1));
          }}
        />
        <EntryTable
          cluster={cluster}
          folder={folder}
          contains={contains}
          isHidden={isHidden}
          selects={selects}
          chosen={chosen}
          onChosen={setChosen}
          onOpen={(entry) => go(pathIn(folder, entry.name))}
          onPick={(entry) => choose([pathIn(folder, entry.name)])}
        />
      </SpaceBetween>
    </Modal>
  );
}
