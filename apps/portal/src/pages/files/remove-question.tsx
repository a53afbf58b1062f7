import { text } from "../../catalogue/index.ts";
import { shownName } from "./paths.ts";
import type { Entry } from "./place.ts";

const MOST_NAMES = 6;

/** What will be gone. */
export function RemoveQuestion({ entries }: { readonly entries: readonly Entry[] }) {
  const said = text.files.remove;
  const folders = entries.filter(({ kind }) => kind === "folder").length;
  const others = entries.length - folders;
  const parts = [
    ...(folders > 0 ? [`${said.folders(folders)} ${said.folder(folders)}`] : []),
    ...(others > 0 ? [said.files(others)] : []),
  ];
  return (
    <>
      <div>
        {parts.join(said.and)}. {said.gone}
      </div>
      <ul>
        {entries.slice(0, MOST_NAMES).map(({ path, name }) => (
          <li key={path}>{shownName(name)}</li>
        ))}
        {entries.length > MOST_NAMES && <li>…</li>}
      </ul>
    </>
  );
}
