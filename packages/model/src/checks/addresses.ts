import { type DraftFile, entriesOf } from "../cluster-file/draft.ts";
import { type FindingLevel, showValue } from "../cluster-file/finding.ts";
import { type Path, type Problem, problem } from "../cluster-file/problem.ts";
import type { Provider } from "../cluster-file/schema/provider.ts";
import { scriptsOf } from "./custom-actions.ts";
import { providerOf } from "./provider.ts";
import { storageOf } from "./storage-entries.ts";

/** A file that machines fetch. */
export interface Address {
  readonly url: string;
  readonly path: Path;
  /** Level of the finding when it can't be fetched. */
  readonly level: FindingLevel;
}

export function* addressesOf(file: DraftFile): Generator<Address> {
  for (const script of scriptsOf(file)) yield { ...script, level: "WARNING" };
  const include = file.Scheduling?.SlurmSettings?.CustomSlurmSettingsIncludeFile;
  if (typeof include !== "string" || providerOf(file) === "local") return;
  const path = ["Scheduling", "SlurmSettings", "CustomSlurmSettingsIncludeFile"];
  // Without a script a node is as it came; without this file slurm.conf would be another.
  yield { url: include, path, level: "ERROR" };
}

export function* addresses(file: DraftFile): Generator<Problem> {
  const provider = providerOf(file);
  for (const { url, path } of addressesOf(file)) {
    const wrong = provider === undefined ? undefined : wrongAddress(url, path, provider);
    if (wrong !== undefined) yield wrong;
  }
}

/** What is wrong with the form of an address; a machine on Azure has no credentials for S3. */
export function wrongAddress(url: string, path: Path, provider: Provider): Problem | undefined {
  const refuse = (why: string, suggestion: string): Problem =>
    problem("UrlValidator", path, `${showValue(url)} ${why}`, suggestion);
  const https = 'write an address such as "https://host/script.sh"';
  const both = `${https} or "s3://bucket/script.sh"`;
  const scheme = /^([a-z0-9+.-]+):\/\//i.exec(url)?.[1]?.toLowerCase();
  if (scheme === "http") {
    return refuse("can be changed by anyone on its way", `write https, or ${both.slice(6)}`);
  }
  if (scheme === "s3") {
    if (provider === "azure") return refuse("is on S3, which machines of Azure can't read", https);
    if (objectOf(url) === undefined) {
      return refuse(
        "names no object of a bucket",
        'write an address such as "s3://bucket/script.sh"',
      );
    }
    return undefined;
  }
  if (scheme !== "https") {
    const why = scheme === undefined ? "is no address" : "is no address that machines can fetch";
    return refuse(why, provider === "azure" ? https : both);
  }
  return /^https:\/\/[^\s/?#]+([/?#]\S*)?$/i.test(url) ? undefined : refuse("names no host", https);
}

/** Of `s3://bucket/key`, the parts; undefined for anything else. */
export function objectOf(
  url: string,
): { readonly bucket: string; readonly key: string } | undefined {
  const [, bucket, key] = /^s3:\/\/([^/]+)\/(.+)$/i.exec(url) ?? [];
  return bucket === undefined || key === undefined ? undefined : { bucket, key };
}

/** Of `s3://bucket` with or without something behind it. */
export function bucketOf(url: string): string | undefined {
  return /^s3:\/\/([a-z0-9][a-z0-9.-]{1,61}[a-z0-9])(\/.*)?$/.exec(url)?.[1];
}

/** Places that name a bucket, or a part of it, as the other side of a Lustre file system. */
export function* repositoriesOf(file: DraftFile): Generator<{ url: string; path: Path }> {
  if (providerOf(file) !== "aws") return;
  for (const { storage, path: entry } of storageOf(file, "FsxLustre")) {
    const settings = storage.FsxLustreSettings;
    const path = [...entry, "FsxLustreSettings"];
    for (const key of ["ImportPath", "ExportPath"] as const) {
      const url = settings?.[key];
      if (typeof url === "string") yield { url, path: [...path, key] };
    }
    for (const { index, item } of entriesOf(settings?.DataRepositoryAssociations)) {
      const url = item.DataRepositoryPath;
      const place = [...path, "DataRepositoryAssociations", index, "DataRepositoryPath"];
      if (typeof url === "string") yield { url, path: place };
    }
  }
}

export function* repositories(file: DraftFile): Generator<Problem> {
  for (const { url, path } of repositoriesOf(file)) {
    if (bucketOf(url) !== undefined) continue;
    const message = `${showValue(url)} names no bucket of S3`;
    const suggestion = 'write an address such as "s3://bucket/prefix"';
    yield problem("S3BucketUriValidator", path, message, suggestion);
  }
}
