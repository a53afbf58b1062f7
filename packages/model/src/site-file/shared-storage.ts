import { isSection } from "../change/same-value.ts";
import { mountPoint } from "../cluster-file/config.ts";
import { showValue } from "../cluster-file/finding.ts";
import { type Path, type Problem, problem } from "../cluster-file/problem.ts";
import type { SiteConfig } from "./config.ts";
import type { SiteFacts } from "./member.ts";
import { type Section, sectionAt } from "./subnets.ts";

const ID = "MemberValidator";

/** An entry of `SharedStorage` as the site gives it to a cluster. */
type Given = Section & { readonly Name: string; readonly MountDir: string };

/**
 * What a cluster mounts of its site: what the site file names, as a file system that is there where the
 * site has made it, and what every site has.
 */
export function siteStorage(site: SiteConfig, member: Section, facts: SiteFacts): readonly Given[] {
  const made = new Map(Object.entries(facts.fileSystems ?? {}));
  const named = site.SharedStorage.map((storage): Given => {
    const ids = made.get(storage.MountDir);
    made.delete(storage.MountDir);
    return ids === undefined ? storage : existing(storage, idHere(site, member, facts, ids));
  });
  const others = [...made].map(([MountDir, ids]): Given => {
    const Name = `site${MountDir.replaceAll("/", "-")}`;
    const EfsSettings = { FileSystemId: idHere(site, member, facts, ids) };
    return { Name, MountDir, StorageType: "Efs", EfsSettings };
  });
  return [...named, ...others];
}

/** Of a file system for each zone, that of the cluster's head. */
function idHere(
  { Zones }: SiteConfig,
  member: Section,
  { subnets = {} }: SiteFacts,
  ids: NonNullable<SiteFacts["fileSystems"]>[string],
): string | undefined {
  if (typeof ids === "string") return ids;
  const head = sectionAt(member, "HeadNode");
  const subnet = head && sectionAt(head, "Networking")?.SubnetId;
  const zone = Object.entries(subnets).find(([, id]) => id === subnet)?.[0];
  return ids[zone ?? Zones[0] ?? ""];
}

/** With only what can be said of a file system that is there. */
function existing(
  { Name, MountDir, StorageType, EfsSettings }: SiteConfig["SharedStorage"][number],
  FileSystemId: string | undefined,
): Given {
  const place = { Name, MountDir, StorageType };
  if (StorageType === "FsxLustre") return { ...place, FsxLustreSettings: { FileSystemId } };
  const { EncryptionInTransit, IamAuthorization } = EfsSettings ?? {};
  const mounting = {
    ...(EncryptionInTransit === undefined ? {} : { EncryptionInTransit }),
    ...(IamAuthorization === undefined ? {} : { IamAuthorization }),
  };
  return { ...place, EfsSettings: { FileSystemId, ...mounting } };
}

/** What an entry of the cluster's own has in common with one of the site. */
export function clash(
  entry: unknown,
  index: number,
  { Name, MountDir }: Given,
): readonly Problem[] {
  if (!isSection(entry)) return [];
  const at = (key: string): Path => ["SharedStorage", index, key];
  const found: Problem[] = [];
  if (entry.Name === Name) {
    const message = `${showValue(Name)} is the name of a storage of the site`;
    found.push(problem(ID, at("Name"), message, "write another name, or remove the entry"));
  }
  if (typeof entry.MountDir === "string" && mountPoint(entry.MountDir) === MountDir) {
    const message = `${showValue(MountDir)} is where ${Name} of the site is mounted`;
    found.push(problem(ID, at("MountDir"), message, "write another one, or remove the entry"));
  }
  return found;
}
