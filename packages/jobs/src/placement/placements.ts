import { createHash } from "node:crypto";
import type { Database } from "@sluice/database";
import type { Clock } from "@sluice/model";
import { KEYS_KEPT_MS } from "../submissions/periods.ts";

/** On which cluster the job of a key is, once that was chosen: for good, whoever asks again where. */
export interface Placements {
  /** Undefined: nobody has chosen yet. */
  of(unixUser: string, key: string): Promise<string | undefined>;
  /** @returns the cluster that counts: another's, when that was chosen first. */
  choose(unixUser: string, key: string, cluster: string): Promise<string>;
}

export function createPlacements(parts: {
  readonly database: Database;
  readonly clock: Clock;
}): Placements {
  const { database, clock } = parts;
  const of = async (unixUser: string, key: string) => {
    const row = await database
      .selectFrom("placements")
      .select("cluster")
      .where("unix_user", "=", unixUser)
      .where("key_hash", "=", hashOf(key))
      .executeTakeFirst();
    return row?.cluster;
  };
  return {
    of,
    choose: async (unixUser, key, cluster) => {
      const now = clock.now();
      const old = new Date(now.getTime() - KEYS_KEPT_MS);
      await database.deleteFrom("placements").where("created_at", "<", old).limit(100).execute();
      await database
        .insertInto("placements")
        .ignore()
        .values({ unix_user: unixUser, key_hash: hashOf(key), cluster, created_at: now })
        .execute();
      return (await of(unixUser, key)) ?? cluster;
    },
  };
}

function hashOf(key: string): string {
  return createHash("sha256").update(key).digest("hex");
}
