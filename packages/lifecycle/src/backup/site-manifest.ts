import { SluiceError } from "@sluice/model";
import { BACKUP_FORMAT, BACKUP_SUFFIX, fieldsOf, stampOf } from "./manifest.ts";
import { damaged } from "./tar.ts";

/** A backup of one of the site's clusters, in the same folder. */
export interface SiteBackupMember {
  readonly name: string;
  readonly file: string;
  /** Of that file, in hexadecimal. */
  readonly sha256: string;
}

/** What a backup of a site says of itself. It lies beside the backup too: no secrets. */
export interface SiteManifest {
  readonly format: number;
  readonly siteName: string;
  readonly createdAt: Date;
  readonly sluiceVersion: string;
  readonly provider: string;
  readonly members: readonly SiteBackupMember[];
}

/** Beside each backup in its folder. */
export interface SiteBackupRecord extends SiteManifest {
  readonly file: string;
  readonly bytes: number;
  /** Of that file, in hexadecimal. */
  readonly sha256: string;
  readonly recipients: readonly string[];
}

/** No cluster's backup ends so: a site and a cluster may have one name. */
export const SITE_BACKUP_SUFFIX = `.site${BACKUP_SUFFIX}`;

/** Such as `campus-20261122T010336Z.site.tar.zst.age`. */
export function siteBackupFile({
  siteName,
  createdAt,
}: Pick<SiteManifest, "siteName" | "createdAt">): string {
  return `${siteName}-${stampOf(createdAt)}${SITE_BACKUP_SUFFIX}`;
}

/** Errors: `BACKUP_DAMAGED`, `BACKUP_FOREIGN`, `BACKUP_TOO_NEW`. */
export function parseSiteManifest(text: string): SiteManifest {
  const fields = fieldsOf(text);
  const { format, siteName } = fields;
  if (typeof format !== "number" || typeof siteName !== "string") {
    throw new SluiceError("BACKUP_FOREIGN", "user", "the file is no backup of a site", {
      hint: `give a file that ends in ${SITE_BACKUP_SUFFIX}, or restore it with --cluster-name`,
    });
  }
  if (format > BACKUP_FORMAT) {
    throw new SluiceError(
      "BACKUP_TOO_NEW",
      "user",
      `the backup was made by Sluice ${String(fields.sluiceVersion)}, in a form that this one can't read`,
      { hint: "restore it with that version, or a later one" },
    );
  }
  const createdAt = new Date(word(fields, "createdAt", /^\d{4}-\d\d-\d\dT[\d:.]+Z$/));
  if (Number.isNaN(createdAt.getTime())) throw damaged("its manifest has no createdAt");
  const members: readonly unknown[] = Array.isArray(fields.members) ? fields.members : [];
  return {
    format,
    createdAt,
    siteName: word(fields, "siteName", /^[a-z][a-z0-9-]{0,39}$/),
    sluiceVersion: word(fields, "sluiceVersion", /^[\w.+-]{1,40}$/),
    provider: word(fields, "provider", /^[a-z]{1,20}$/),
    members: members.map((member) => ({
      name: word(member, "name", /^[A-Za-z][\w-]{0,62}$/),
      file: word(member, "file", /^[A-Za-z][\w-]{0,90}\.tar\.zst\.age$/),
      sha256: word(member, "sha256", /^[0-9a-f]{64}$/),
    })),
  };
}

/** What lies beside a backup; undefined for a file that is something else. */
export function parseSiteRecord(text: string): SiteBackupRecord | undefined {
  try {
    const { file, bytes, sha256, recipients } = fieldsOf(text) as Partial<SiteBackupRecord>;
    if (typeof file !== "string" || typeof bytes !== "number") return undefined;
    const manifest = parseSiteManifest(text);
    return { ...manifest, file, bytes, sha256: String(sha256), recipients: recipients ?? [] };
  } catch {
    return undefined;
  }
}

function word(fields: unknown, name: string, pattern: RegExp): string {
  const value = (fields as Readonly<Record<string, unknown>> | null)?.[name];
  if (typeof value === "string" && pattern.test(value)) return value;
  throw damaged(`its manifest has no ${name}`);
}
