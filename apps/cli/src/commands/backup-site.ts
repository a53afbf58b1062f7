import type { Cloud } from "@sluice/cloud";
import {
  backupSite,
  backupSiteThere,
  type SiteBackupRecord,
  siteBackupKey,
  siteBackups,
  siteBackupsAt,
} from "@sluice/lifecycle";
import manifest from "../../package.json" with { type: "json" };
import { backupStoreAt } from "../backup-store.ts";
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
  const made =
    to === undefined
      ? await backupSiteThere({ cloud, name, signal: context.endOnInterrupt() })
      : await backUpHere(context, { cloud, name, to, keep });
  const { backup, folder, removed } = made;
  return told(context, made, (paint) => [
    `${paint.good("written")} ${backup.file}, ${sizeText(backup.bytes)}`,
    ...backup.members.map(({ name: cluster, file }) => `  cluster ${cluster}: ${file}`),
    `  in: ${to === undefined ? `${folder} of the site` : folder}`,
    ...removed.map((file) => `  removed: ${file}`),
    `  homes and shared folders are not in it; it is for: ${backup.recipients.join(", ")}`,
  ]);
}

async function backUpHere(
  context: Context,
  wanted: {
    readonly cloud: Cloud;
    readonly name: string;
    readonly to: string;
    readonly keep: string | undefined;
  },
) {
  const { cloud, name, to, keep } = wanted;
  const store = await backupStoreAt(context, to);
  const { onProgress } = context.showProgress();
  return backupSite({
    ...{ cloud, name, store, onProgress, signal: context.signal },
    ...{ clock: context.host.clock, version: manifest.version },
    ...(keep === undefined ? {} : { keep: numberOption("--keep", keep) }),
  });
}

/** `sluice backups --site-name`. */
export async function listSiteBackups(
  context: Context,
  name: string,
  to: string | undefined,
): Promise<number> {
  const kept =
    to === undefined
      ? await ownBackups(context, name)
      : await siteBackupsAt(await backupStoreAt(context, to), name);
  await context.output.emit(kept, ({ folder, backups }) =>
    backups.length === 0
      ? `there are no backups of ${name} in ${folder}\n`
      : table(["FILE", "MADE", "SIZE", "CLUSTERS"], backups.map(rowOf)),
  );
  return 0;
}

/** Those that the site makes by itself. */
async function ownBackups(context: Context, name: string) {
  const cloud = await context.openCloud(context.provider ?? "local");
  return siteBackups(cloud, name);
}

function rowOf({ file, createdAt, bytes, members }: SiteBackupRecord): string[] {
  const clusters = members.map(({ name }) => name).join(", ");
  return [file, shownTime(createdAt.toISOString()), sizeText(bytes), clusters];
}
