import type { UpdateReport } from "@sluice/cloud";
import { formerReports } from "../infrastructure/deploy/plan/former-reports.ts";
import type { FileIndex } from "../objects.ts";

const LONGEST_MESSAGE = 2000;

/**
 * The index after a report; undefined when the report changes nothing: of a version that is not known,
 * or `failed` of one that is not wanted any more. A version that was replaced while the head put it in
 * force is in force all the same, and the wanted one is still to come.
 */
export function reported(index: FileIndex, update: UpdateReport, now: Date): FileIndex | undefined {
  const { version, status } = update;
  const file = index.versions.find((one) => one.version === version);
  if (file === undefined) return undefined;
  const wanted = index.versions.findLast(({ state }) => state === "wanted");
  const message = update.message.slice(0, LONGEST_MESSAGE);
  const told: FileIndex = {
    ...index,
    // Of the wanted version only: who waits, waits for that.
    ...(wanted === undefined || wanted.version === version
      ? {
          update: {
            version,
            status,
            message,
            at: now.toISOString(),
            ...formerReports(index, { version, status, message }),
          },
        }
      : {}),
  };
  switch (status) {
    case "progress":
      return file.state === "wanted" ? told : undefined;
    case "failed":
      return file.state === "wanted" ? { ...told, versions: failed(index, version) } : undefined;
    case "done":
      return file.state === "in-force" ? undefined : { ...told, versions: done(index, version) };
    default:
      return status satisfies never;
  }
}

function failed(index: FileIndex, version: number): FileIndex["versions"] {
  return index.versions.map((one) => (one.version === version ? { ...one, state: "failed" } : one));
}

function done(index: FileIndex, version: number): FileIndex["versions"] {
  return index.versions.map((one) => {
    if (one.version === version) return { ...one, state: "in-force" };
    return one.state === "in-force" ? { ...one, state: "former" } : one;
  });
}
