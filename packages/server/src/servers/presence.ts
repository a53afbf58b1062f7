import type { Database } from "@sluice/database";
import type { Clock } from "@sluice/model";
import { sql } from "kysely";

export interface PresenceOptions {
  readonly database: Database;
  readonly clock: Clock;
  readonly self: ServerSelf;
  /** Told what the database threw; it is tried again. */
  readonly onError?: (error: unknown) => void;
}

/** What a server tells of itself. */
export interface ServerSelf {
  /** Kept when it starts again. */
  readonly id: string;
  /** Of its machine. */
  readonly host: string;
  /** Where it listens. */
  readonly address: string;
  readonly version: string;
  readonly since: Date;
}

export interface LivingServer extends ServerSelf {
  /** It takes no new work. */
  readonly isLeaving: boolean;
  /** Since it was heard, by the database's clock. */
  readonly silentSeconds: number;
}

/** The servers of a site, by their database. */
export interface Presence {
  /** Tells of this one and hears of the others until the signal; then this one is gone. */
  run(signal: AbortSignal): Promise<void>;
  /** This one takes no new work from here on; resolves also when nobody could be told. */
  leave(): Promise<void>;
  /** All that were heard within a day, this one among them. */
  servers(): Promise<readonly LivingServer[]>;
  /** How many take work, as it was heard last; at least 1: this one. */
  alive(): number;
}

const BEAT_MS = 3000;
/** A server that is silent for longer has died; it may come back. */
export const SILENT_SECONDS = 12;
const FORGOTTEN_SECONDS = 86_400;

export function createPresence(options: PresenceOptions): Presence {
  const { database, clock, self, onError = () => {} } = options;
  let isLeaving = 0;
  let alive = 1;

  const beat = async (): Promise<void> => {
    const told = {
      host: self.host.slice(0, 255),
      address: self.address.slice(0, 255),
      version: self.version.slice(0, 60),
      since: self.since,
      is_leaving: isLeaving,
      seen_at: sql<Date>`UTC_TIMESTAMP(3)`,
    };
    await database
      .insertInto("servers")
      .values({ id: self.id, ...told })
      .onDuplicateKeyUpdate(told)
      .execute();
  };
  const servers = async (): Promise<readonly LivingServer[]> => {
    const rows = await database
      .selectFrom("servers")
      .selectAll()
      .select(
        sql<number>`TIMESTAMPDIFF(MICROSECOND, seen_at, UTC_TIMESTAMP(3)) / 1000000`.as("silent"),
      )
      .orderBy("since")
      .execute();
    return rows
      .map(({ id, host, address, version, since, is_leaving, silent }) => ({
        ...{ id, host, address, version, since },
        isLeaving: is_leaving !== 0,
        silentSeconds: Math.max(0, Number(silent)),
      }))
      .filter(({ silentSeconds }) => silentSeconds < FORGOTTEN_SECONDS);
  };

  return {
    servers,
    alive: () => alive,
    leave: async () => {
      isLeaving = 1;
      await beat().catch(onError);
    },
    run: async (signal) => {
      await database
        .deleteFrom("servers")
        .where(
          "seen_at",
          "<",
          sql<Date>`TIMESTAMPADD(SECOND, ${-FORGOTTEN_SECONDS}, UTC_TIMESTAMP(3))`,
        )
        .execute()
        .catch(onError);
      while (!signal.aborted) {
        try {
          await beat();
          const others = (await servers()).filter((one) => one.id !== self.id);
          alive = 1 + others.filter(takesWork).length;
        } catch (error) {
          onError(error);
        }
        await clock.sleep(BEAT_MS, signal);
      }
      await database.deleteFrom("servers").where("id", "=", self.id).execute().catch(onError);
    },
  };
}

function takesWork({ isLeaving, silentSeconds }: LivingServer): boolean {
  return !isLeaving && silentSeconds < SILENT_SECONDS;
}
