import {
  backupSite,
  type SiteBackupRecord,
  siteBackupKey,
  siteBackupsHere,
} from "@sluice/lifecycle";
import manifest from "../../package.json" with { type: "json" };
import { numberOption } from "../command.ts";
import { writeWholeFile } from "../configure/write-file.ts";
import type { Context } from "../context.ts";
import { table } from "../render/table.ts";
import { shownTime } from "../render/time.ts";
import { usage } from "../usage.ts";
import { sizeText, told } from "./backup.ts";

interface Options {
  readonly to?: string;
  readonly keep?: string;
  readonly exportKey?: string;
}

/** `sluice backup --site-name`. Errors: those of `backupSite`, `USAGE`. */
export async function backUpSite(
  context: Context,
  name: string,
  { to, keep, exportKey }: Options,
): Promise<number> {
  const cloud = await context.openCloud(context.provider ?? "local");
  if (exportKey !== undefined) {
    if (to !== undefined) throw usage("--export-key makes no backup", "leave out --to");
    await writeWholeFile(exportKey, await siteBackupKey(cloud, name));
    return told(context, { keyFile: exportKey }, (paint) => [
      `${paint.good("written")} ${exportKey}`,
      "  whoever has it can read the backups: keep it apart from them",
    ]);
  }
  const folder = requireFolder("backup", to);
  const { onProgress } = context.showProgress();
  const made = await backupSite({
    ...{ cloud, name, folder, onProgress, signal: context.signal },
    ...{ clock: context.host.clock, version: manifest.version },
    ...(keep === undefined ? {} : { keep: numberOption("--keep", keep) }),
  });
  const { backup, removed } = made;
  return told(context, made, (paint) => [
    `${paint.good("written")} ${backup.file}, ${sizeText(backup.bytes)}`,
    ...backup.members.map(({ name: cluster, file }) => `  cluster ${cluster}: ${file}`),
    `  in: ${folder}`,
    ...removed.map((file) => `  removed: ${file}`),
    `  homes and shared folders are not in it; it is for: ${backup.recipients.join(", ")}`,
  ]);
}

/** `sluice backups --site-name`. */
export async function listSiteBackups(
  context: Context,
  name: string,
  to: string | undefined,
): Promise<number> {
  const kept = siteBackupsHere(requireFolder("backups", to), name);
  await context.output.emit(kept, ({ folder, backups }) =>
    backups.length === 0
      ? `there are no backups of ${name} in ${folder}\n`
      : table(["FILE", "MADE", "SIZE", "CLUSTERS"], backups.map(rowOf)),
  );
  return 0;
}

function rowOf({ file, createdAt, bytes, members }: SiteBackupRecord): string[] {
  const clusters = members.map(({ name }) => name).join(", ");
  return [file, shownTime(createdAt.toISOString()), sizeText(bytes), clusters];
}

/** Errors: `USAGE`. */
function requireFolder(verb: string, to: string | undefined): string {
  if (to !== undefined) return to;
  throw usage(`${verb} of a site needs --to <folder>`, "a site's backups are in a folder here");
}
