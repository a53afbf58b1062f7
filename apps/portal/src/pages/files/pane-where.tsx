import BreadcrumbGroup from "@cloudscape-design/components/breadcrumb-group";
import Button from "@cloudscape-design/components/button";
import ButtonDropdown from "@cloudscape-design/components/button-dropdown";
import { text } from "../../catalogue/index.ts";
import { queryClient } from "../../frame/queries.ts";
import { readFolderAgain } from "./folder.ts";
import type { PaneProps } from "./pane.tsx";
import { shownName, stepsTo } from "./paths.ts";

/** The way to a folder, from the root that it lies in. */
export function Where({
  label,
  place,
  path,
  roots,
  hrefOf,
  go,
  onUp,
}: PaneProps & { readonly onUp: () => void }) {
  const said = text.files;
  const steps = stepsTo(path, roots);
  return (
    <div className="pane-where">
      <Button
        iconName="arrow-left"
        variant="icon"
        ariaLabel={said.up}
        disabled={steps.length < 2}
        onClick={onUp}
      />
      <ButtonDropdown
        variant="icon"
        ariaLabel={said.roots}
        items={roots.map((root) => ({
          id: root.path,
          text: root.name,
          description: root.path,
          href: hrefOf(root.path, true),
        }))}
        onItemFollow={(event) => {
          event.preventDefault();
          go(hrefOf(event.detail.id, true));
        }}
      />
      <BreadcrumbGroup
        ariaLabel={`${said.path}: ${label}`}
        items={steps.map((step) => ({
          text: shownName(step.name),
          href: hrefOf(step.path, true),
        }))}
      />
      <Button
        iconName="refresh"
        variant="icon"
        ariaLabel={said.actions.refresh}
        onClick={() => void readFolderAgain(queryClient, place, path)}
      />
    </div>
  );
}
