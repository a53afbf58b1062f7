import { mountPoint, type User, withUids } from "../cluster-file/config.ts";
import type { CheckedSiteFile } from "./schema/site.ts";

/** A site file that passed every check, with every default applied. */
export type SiteConfig = Omit<CheckedSiteFile, "Servers" | "Database" | "Users"> & {
  readonly Servers: CheckedSiteFile["Servers"] & {
    readonly Count: number;
    readonly InstanceType: string;
    readonly Os: string;
  };
  readonly Database: CheckedSiteFile["Database"] & { readonly Replica: boolean };
  readonly Users: readonly User[];
};

export type SiteProvider = SiteConfig["Provider"];

/**
 * Zones that have a machine of the site itself, named `site-ZONE`: as many as there are servers, and
 * two where the database has a copy. The database may be on the first two of them.
 */
export function siteMachineZones({ Zones, Servers, Database }: SiteConfig): readonly string[] {
  return Zones.slice(0, Math.max(Servers.Count, Database.Replica ? 2 : 1));
}

/** The defaults that depend on more than their own key. */
export function withSiteDefaults(file: CheckedSiteFile): SiteConfig {
  const { Servers, Database, Provider, Zones } = file;
  const isMade = Database.Uri === undefined;
  return {
    ...file,
    Servers: {
      ...Servers,
      Count: Servers.Count ?? Zones.length,
      InstanceType: Servers.InstanceType ?? (Provider === "local" ? "local.head" : "t3.medium"),
      Os: Servers.Os ?? "debian13",
    },
    Database: { ...Database, Replica: Database.Replica ?? (isMade && Zones.length > 1) },
    SharedStorage: file.SharedStorage.map((storage) => ({
      ...storage,
      MountDir: mountPoint(storage.MountDir),
    })),
    Users: withUids(file.Users),
  };
}
