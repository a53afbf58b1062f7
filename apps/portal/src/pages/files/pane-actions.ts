import type { ButtonDropdownProps } from "@cloudscape-design/components/button-dropdown";
import { text } from "../../catalogue/index.ts";
import { type Entry, isFile } from "./place.ts";

/** What can be done with what is chosen. */
export function actionsOn(
  chosen: readonly Entry[],
  {
    mayWrite,
    maySubmit,
    hasAcross,
  }: { readonly mayWrite: boolean; readonly maySubmit: boolean; readonly hasAcross: boolean },
): ButtonDropdownProps.ItemOrGroup[] {
  const said = text.files.actions;
  const [only] = chosen.length === 1 ? chosen : [];
  const isText = only !== undefined && isFile(only);
  const item = (is: boolean, id: string, words: string) => (is ? [{ id, text: words }] : []);
  return [
    ...item(only !== undefined && only.kind !== "other", "open", said.open),
    ...item(isText && mayWrite, "edit", said.edit),
    ...item(isText && maySubmit, "submit", said.submit),
    ...item(isText, "download", said.download),
    ...item(true, "tar.gz", said.downloadTarGz),
    ...item(true, "zip", said.downloadZip),
    ...item(only !== undefined && mayWrite, "rename", said.rename),
    ...item(true, "copy", said.copy),
    ...item(mayWrite, "cut", said.cut),
    ...item(hasAcross && mayWrite, "copyAcross", said.copyAcross),
    ...item(hasAcross && mayWrite, "moveAcross", said.moveAcross),
    ...item(true, "path", said.copyPath),
    ...item(mayWrite, "remove", said.remove),
  ];
}
