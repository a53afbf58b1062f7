import { type BackupStore, bucketStore, folderStore } from "@sluice/lifecycle";
import { openObjectFolder } from "./clouds.ts";
import type { Context } from "./context.ts";
import { usage } from "./usage.ts";

/** A folder here, or `s3://bucket/prefix`. Errors: `BUCKET_PLACE_INVALID`. */
export async function backupStoreAt(
  { region }: Pick<Context, "region">,
  place: string,
): Promise<BackupStore> {
  if (!place.startsWith("s3://")) return folderStore(place);
  return bucketStore(await openObjectFolder(place, region));
}

/** The place of one file, and its name there. Errors: also `USAGE`. */
export async function backupFileAt(
  context: Pick<Context, "region">,
  path: string,
): Promise<{ readonly store: BackupStore; readonly file: string }> {
  const [, folder = "", file = ""] = /^(.*\/)?([^/]*)$/.exec(path) ?? [];
  if (file === "" || path === `s3://${file}`) {
    throw usage(`${JSON.stringify(path)} names no file`, "see which there are: sluice backups");
  }
  return { store: await backupStoreAt(context, folder === "" ? "." : folder), file };
}
