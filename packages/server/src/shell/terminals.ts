import type { Duplex } from "node:stream";
import type { TerminalDocument, TerminalEndReason } from "@sluice/api";
import type { TerminalsTable } from "@sluice/database";
import type { TerminalEnd, TerminalSize } from "@sluice/gateway";
import { isSluiceError, SluiceError } from "@sluice/model";
import type { ServerDeps } from "../deps.ts";
import type { Principal } from "../identity/principal.ts";
import { ownUnixUser } from "../jobs/sight.ts";

export type ShellParts = Pick<
  ServerDeps,
  "audit" | "clock" | "clusters" | "config" | "database" | "log" | "random"
>;

/** Terminals of the site's people. Each is its owner's alone: for others there is none. */
export interface SiteTerminals {
  /** Errors: `UNIX_USER_MISSING`, those of `Terminals.open`. */
  open(
    principal: Principal,
    wish: TerminalSize & { readonly cluster: string; readonly from: string },
  ): Promise<TerminalDocument>;
  /** Errors: `CLUSTER_NOT_FOUND`. */
  list(principal: Principal, cluster: string): Promise<TerminalDocument[]>;
  /** Errors: `TERMINAL_NOT_FOUND`. */
  get(principal: Principal, place: TerminalPlace): Promise<TerminalDocument>;
  /** Nothing when it is over. Errors: as `get`. */
  end(principal: Principal, place: TerminalPlace): Promise<void>;
  /** A pipe that speaks `MESSAGES`. Errors: as `get`, and `TERMINAL_ENDED`. */
  connect(principal: Principal, place: TerminalPlace): Promise<Duplex>;
  /** Writes down why it is going to be ended, before that is done: others may hear of it first. */
  condemn(id: string, reason: TerminalEndReason): Promise<void>;
  /**
   * Writes down that it is over, once, whoever hears of it, and has its head forget it.
   *
   * @returns what is written down.
   */
  over(id: string, end: TerminalEnding): Promise<TerminalDocument["ended"]>;
}

export interface TerminalPlace {
  readonly cluster: string;
  readonly terminal: string;
}

export interface TerminalEnding {
  readonly reason: TerminalEndReason;
  readonly exitCode?: number;
  readonly signal?: number;
}

/** Long enough for a terminal to start. */
export const STARTING_MILLISECONDS = 60_000;
/** For how long one that ended is still shown. */
export const SHOWN_MILLISECONDS = 86_400_000;

export function createSiteTerminals(parts: ShellParts): SiteTerminals {
  const { audit, clock, clusters, config, database, log, random } = parts;

  const rowOf = async (
    { id, unixUser }: Principal,
    { cluster, terminal }: TerminalPlace,
  ): Promise<TerminalsTable> => {
    const row = await database
      .selectFrom("terminals")
      .selectAll()
      .where("id", "=", terminal)
      .where("cluster", "=", cluster)
      .where("user_id", "=", id)
      .where("unix_user", "=", unixUser ?? "")
      .executeTakeFirst();
    if (row !== undefined) return row;
    throw new SluiceError("TERMINAL_NOT_FOUND", "user", "there is no such terminal of yours", {
      hint: "open another",
    });
  };

  const condemn: SiteTerminals["condemn"] = async (id, reason) => {
    await database
      .updateTable("terminals")
      .set({ reason })
      .where("id", "=", id)
      .where("ended_at", "is", null)
      .execute();
  };

  /** The head has told what it knew of one that ended by itself. */
  const forget = async (name: string, id: string): Promise<void> => {
    try {
      await (await (await clusters.get(name)).gateway()).terminals.end(id);
    } catch (err) {
      log.debug(
        { err, terminal: id },
        "a head was not told to forget a terminal; it does in a day",
      );
    }
  };

  const over: SiteTerminals["over"] = async (id, { reason, exitCode, signal }) => {
    const change = await database
      .updateTable("terminals")
      .set(({ fn, ref, val }) => ({
        ended_at: clock.now(),
        // What is lost may have been condemned.
        reason: reason === "lost" ? fn.coalesce(ref("reason"), val(reason)) : reason,
        exit_code: exitCode ?? null,
        exit_signal: signal ?? null,
      }))
      .where("id", "=", id)
      .where("ended_at", "is", null)
      .executeTakeFirst();
    const row = await database
      .selectFrom("terminals")
      .selectAll()
      .where("id", "=", id)
      .executeTakeFirst();
    if (row === undefined) return undefined;
    const { ended } = documentOf(row);
    if (change.numUpdatedRows > 0n && ended !== undefined) {
      const { at: _at, ...detail } = ended;
      await audit.write({
        principal: {
          id: row.user_id,
          name: row.user_name,
          via: row.via as Principal["via"],
          credentialId: row.credential_id,
        },
        action: "terminalEnded",
        target: targetOf(row),
        from: row.address,
        requestId: id,
        result: "done",
        detail: { ...detail, openedAt: row.opened_at.toISOString() },
      });
      await forget(row.cluster, id);
    }
    return ended;
  };

  return {
    condemn,
    over,
    async open(principal, { cluster: name, columns, rows, from }) {
      const cluster = await clusters.get(name);
      const unixUser = ownUnixUser(principal, cluster.name);
      const { terminals } = await cluster.gateway();
      const row = {
        id: random.id(),
        cluster: cluster.name,
        user_id: principal.id,
        user_name: principal.name,
        via: principal.via,
        credential_id: principal.credentialId,
        unix_user: unixUser,
        address: from.slice(0, 64),
        opened_at: clock.now(),
        ended_at: null,
        reason: null,
        exit_code: null,
        exit_signal: null,
      };
      // First: a server that dies now leaves none that nobody knows of.
      await database.insertInto("terminals").values(row).execute();
      try {
        await terminals.open(unixUser, {
          id: row.id,
          columns,
          rows,
          detachedSeconds: config.Shell.DetachedMinutes * 60,
          idleSeconds: config.Shell.IdleMinutes * 60,
          mostOfUser: config.Shell.TerminalsOfUser,
        });
      } catch (error) {
        await database.deleteFrom("terminals").where("id", "=", row.id).execute();
        // The answer may be all that was lost.
        await terminals.end(row.id).catch(() => {});
        throw error;
      }
      return documentOf(row);
    },
    async list({ id, unixUser }, name) {
      const { name: cluster } = await clusters.get(name);
      const since = new Date(clock.now().getTime() - SHOWN_MILLISECONDS);
      const rows = await database
        .selectFrom("terminals")
        .selectAll()
        .where("cluster", "=", cluster)
        .where("user_id", "=", id)
        .where("unix_user", "=", unixUser ?? "")
        .where((where) => where.or([where("ended_at", "is", null), where("ended_at", ">", since)]))
        .orderBy("opened_at", "desc")
        .limit(500)
        .execute();
      return rows.map(documentOf);
    },
    get: async (principal, place) => documentOf(await rowOf(principal, place)),
    async end(principal, place) {
      const { id, cluster, ended_at } = await rowOf(principal, place);
      if (ended_at !== null) return;
      const { terminals } = await (await clusters.get(cluster)).gateway();
      await condemn(id, "ended");
      await terminals.end(id);
      await over(id, { reason: "ended" });
    },
    async connect(principal, place) {
      const row = await rowOf(principal, place);
      if (row.ended_at !== null) throw ended();
      const { terminals } = await (await clusters.get(row.cluster)).gateway();
      try {
        return await terminals.connect(row.unix_user, row.id);
      } catch (error) {
        if (!isSluiceError(error) || error.code !== "TERMINAL_NOT_FOUND") throw error;
        const states = await terminals.list();
        const state = states.find(({ id }) => id === row.id);
        await over(row.id, endingOf(state?.ended));
        log.debug({ terminal: row.id }, "a terminal was over when somebody came back to it");
        throw ended();
      }
    },
  };
}

/** What a head says, as people know it; undefined: the head knows nothing of it. */
export function endingOf(end: TerminalEnd | undefined): TerminalEnding {
  if (end === undefined) return { reason: "lost" };
  const { reason, ...rest } = end;
  // Whoever stopped or killed it there was nobody of ours.
  return { reason: reason === "stopped" || reason === "killed" ? "lost" : reason, ...rest };
}

export function targetOf({ cluster, id }: { readonly cluster: string; readonly id: string }) {
  return `cluster ${cluster}, terminal ${id}`;
}

function documentOf(row: TerminalsTable): TerminalDocument {
  const { exit_code: exitCode, exit_signal: signal } = row;
  return {
    id: row.id,
    cluster: row.cluster,
    unixUser: row.unix_user,
    openedAt: row.opened_at.toISOString(),
    from: row.address,
    ...(row.ended_at === null
      ? {}
      : {
          ended: {
            at: row.ended_at.toISOString(),
            reason: (row.reason ?? "lost") as TerminalEndReason,
            ...(exitCode === null ? {} : { exitCode }),
            ...(signal === null ? {} : { signal }),
          },
        }),
  };
}

function ended(): SluiceError {
  return new SluiceError("TERMINAL_ENDED", "user", "the terminal has ended", {
    hint: "open another",
  });
}
