import type { UserWorker } from "@sluice/gateway";
import { SluiceError } from "@sluice/model";

const CODE = "FILE_OUTSIDE";

/** `2030-12-31-heat-3f2a9c1b`: sorts by date, says what it is, is one of a kind. */
export function folderName(run: { readonly name: string; readonly id: string }, at: Date): string {
  const slug = run.name
    .normalize("NFKD")
    .replace(/[\u0300-\u036f]/g, "")
    .replace(/[^A-Za-z0-9]+/g, "-")
    .slice(0, 40)
    .replace(/^-|-$/g, "");
  const parts = [
    at.toISOString().slice(0, 10),
    slug || "run",
    run.id.replaceAll("-", "").slice(0, 8),
  ];
  return parts.join("-");
}

/** `~` is the home. */
export function absolutePath(path: string, home: string): string {
  return path === "~" || path.startsWith("~/") ? `${home}${path.slice(1)}` : path;
}

/** @throws SluiceError `FILE_OUTSIDE` for a path that leaves the folder. */
export function pathInFolder(folder: string, path: string): string {
  const parts = path.split("/").filter((part) => part !== "" && part !== ".");
  if (path.startsWith("/") || parts.includes("..") || path.includes("\0")) {
    throw new SluiceError(CODE, "user", "that path is not in the run's folder", {
      hint: "name it from the run's folder on, without ..",
    });
  }
  return [folder, ...parts].join("/");
}

/**
 * Whether a path really is in the run's folder: who reads another's run may not go where a link in
 * it leads, which is to anything that its owner may read.
 *
 * @throws SluiceError `FILE_OUTSIDE` when a part of it is a link.
 */
export async function refuseLinks(
  worker: Pick<UserWorker, "stat">,
  folder: string,
  path: string,
): Promise<void> {
  const parts = path
    .slice(folder.length)
    .split("/")
    .filter((part) => part !== "");
  let at = folder;
  for (const part of ["", ...parts]) {
    at = part === "" ? at : `${at}/${part}`;
    const { kind } = await worker.stat(at);
    if (kind === "file" || kind === "folder") continue;
    throw new SluiceError(CODE, "user", "that is a link, which is not shared with the run");
  }
}

/** One name, for an input. */
export function inputName(name: string): string {
  const isName =
    /^[^/\0]{1,255}$/.test(name) && name !== "." && name !== ".." && name.isWellFormed();
  if (isName && Buffer.byteLength(name) <= 255) return name;
  throw new SluiceError("FILE_NAME_INVALID", "user", "that is no name of a file", {
    hint: "give a name without a path",
  });
}
