import { type FileEntryDocument, ROUTES } from "@sluice/api";
import { server } from "../../frame/server.ts";

export type Entry = FileEntryDocument;

/** Whose files, and where. */
export interface Place {
  readonly cluster: string;
  /** Another Unix user, as whom an administrator looks. */
  readonly as: string | undefined;
}

export function whose({ as }: Place): { readonly as?: string } {
  return as === undefined ? {} : { as };
}

export function isSamePlace(one: Place, other: Place): boolean {
  return one.cluster === other.cluster && one.as === other.as;
}

/** What can be gone into: a folder, or a link to one. */
export function isFolder({ kind, leadsToKind }: Entry): boolean {
  return kind === "folder" || (kind === "link" && leadsToKind === "folder");
}

export function isFile({ kind, leadsToKind }: Entry): boolean {
  return kind === "file" || (kind === "link" && leadsToKind === "file");
}

export function downloadUrl(place: Place, path: string): string {
  const { cluster } = place;
  return server.url(ROUTES.downloadFile, { params: { cluster }, query: { path, ...whose(place) } });
}

/** What the server puts into one archive at most. */
export const MOST_IN_ARCHIVE = 100;

export function archiveUrl(
  place: Place,
  paths: readonly string[],
  format: "tar.gz" | "zip",
): string {
  const { cluster } = place;
  const query = { path: [...paths], format, ...whose(place) };
  return server.url(ROUTES.archiveFiles, { params: { cluster }, query });
}

/** Has the browser store what is at an address of the server. */
export function download(url: string): void {
  const link = document.createElement("a");
  link.href = url;
  link.download = "";
  link.click();
}
