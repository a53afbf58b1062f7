import { ROUTES } from "@sluice/api";
import { server } from "../../frame/server.ts";
import { folderChanged } from "./folder.ts";
import type { Naming } from "./name-bar.tsx";
import { inFolder } from "./paths.ts";
import { type Place, whose } from "./place.ts";

/** Renames an entry of a folder, or makes one there; the folder shows it at once. */
export async function nameEntry(
  place: Place,
  folder: string,
  naming: Naming,
  to: string,
): Promise<void> {
  const params = { cluster: place.cluster };
  const query = whose(place);
  const path = inFolder(folder, to);
  if (naming.kind === "rename") {
    const body = { from: inFolder(folder, naming.name), to: path };
    const entry = await server.call(ROUTES.renameFile, { params, query, body });
    folderChanged(place, folder, { removed: [naming.name], added: [entry] });
  } else if (naming.kind === "folder") {
    const entry = await server.call(ROUTES.makeFolder, { params, query, body: { path } });
    folderChanged(place, folder, { added: [entry] });
  } else {
    const request = { params, query: { path, ...query }, content: new Blob([]) };
    const entry = await server.call(ROUTES.writeFile, request);
    folderChanged(place, folder, { added: [entry] });
  }
}
