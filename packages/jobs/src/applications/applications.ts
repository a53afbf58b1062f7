import {
  type ApplicationsTable,
  type Database,
  inTransaction,
  type Tables,
} from "@sluice/database";
import { type Clock, SluiceError } from "@sluice/model";
import type { Selectable, Transaction } from "kysely";
import type {
  ApplicationShare,
  Applications,
  ApplicationVersion,
  SaveOptions,
  StoredApplication,
  Viewer,
} from "./contract.ts";
import { libraryApplications } from "./library.ts";
import { readApplication } from "./parse.ts";
import { demandKnown } from "./shared-with.ts";

export interface ApplicationsParts {
  readonly database: Database;
  readonly clock: Clock;
  readonly random: { id(): string };
}

type Row = Selectable<ApplicationsTable>;
type Access = "none" | "use" | "edit";

/** An application that somebody sees, and with whom it is shared. */
interface Seen {
  readonly row: Row;
  readonly access: Access;
  readonly shares: readonly ApplicationShare[];
}

export function createApplications(parts: ApplicationsParts): Applications {
  return new StoredApplications(parts);
}

class StoredApplications implements Applications {
  readonly #database: Database;
  readonly #clock: Clock;
  readonly #random: { id(): string };

  constructor({ database, clock, random }: ApplicationsParts) {
    this.#database = database;
    this.#clock = clock;
    this.#random = random;
  }

  async seed(): Promise<readonly string[]> {
    const any = await this.#database
      .selectFrom("application_versions")
      .select("version")
      .limit(1)
      .executeTakeFirst();
    if (any !== undefined) return [];
    const seeded: string[] = [];
    for (const [name, { text }] of await libraryApplications()) {
      const id = this.#random.id();
      const now = this.#clock.now();
      const isNew = await inTransaction(this.#database, async (tables) => {
        const owner = { owner_id: "", owner_name: "Sluice" };
        const times = { created_at: now, changed_at: now };
        const versions = { latest_version: 1, published_version: 1, is_library: 1 };
        // Another server may be at the same.
        const { numInsertedOrUpdatedRows } = await tables
          .insertInto("applications")
          .ignore()
          .values({ id, name, ...owner, ...versions, ...times })
          .executeTakeFirstOrThrow();
        if (numInsertedOrUpdatedRows === 0n) return false;
        await addVersion(tables, { id, version: 1, text, by: "Sluice", now, note: "came along" });
        const everyone = { application_id: id, kind: "everyone", name: "", access: "use" } as const;
        await tables.insertInto("application_shares").values(everyone).execute();
        return true;
      });
      if (isNew) seeded.push(name);
    }
    return seeded;
  }

  async list(viewer: Viewer): Promise<readonly StoredApplication[]> {
    const rows = await this.#database
      .selectFrom("applications")
      .selectAll()
      .orderBy("name")
      .execute();
    const shares = await this.#database.selectFrom("application_shares").selectAll().execute();
    const seen = rows.flatMap((row) => {
      const own = shares.filter(({ application_id }) => application_id === row.id);
      const access = accessOf(viewer, row, own);
      const isSeen = access === "edit" || (access === "use" && row.published_version !== null);
      return isSeen ? [this.#stored(row, access, own)] : [];
    });
    return Promise.all(seen);
  }

  async get(viewer: Viewer, name: string, version?: number): Promise<StoredApplication> {
    const { row, access, shares } = await this.#seen(viewer, name);
    return this.#stored(row, access, shares, version);
  }

  async versions(viewer: Viewer, name: string): Promise<readonly ApplicationVersion[]> {
    const { row } = await this.#editable(viewer, name);
    const rows = await this.#database
      .selectFrom("application_versions")
      .selectAll()
      .where("application_id", "=", row.id)
      .orderBy("version", "desc")
      .limit(1000)
      .execute();
    return rows.map(versionOf);
  }

  async text(viewer: Viewer, name: string, version?: number): Promise<ApplicationVersion> {
    const { row, access } = await this.#seen(viewer, name);
    return this.#version(row, wantedVersion(row, access, version));
  }

  async save(
    viewer: Viewer,
    text: string,
    { note = "", onlyOver }: SaveOptions = {},
  ): Promise<StoredApplication> {
    const { Name: name } = readApplication(text);
    const now = this.#clock.now();
    await inTransaction(this.#database, async (tables) => {
      const find = () =>
        tables
          .selectFrom("applications")
          .selectAll()
          .where("name", "=", name)
          // Whoever saves at the same time waits here.
          .forUpdate();
      if ((await find().executeTakeFirst()) === undefined) {
        await tables
          .insertInto("applications")
          .ignore()
          .values({
            ...{ id: this.#random.id(), name, latest_version: 0, published_version: null },
            ...{ owner_id: viewer.id, owner_name: viewer.name, is_library: 0 },
            ...{ created_at: now, changed_at: now },
          })
          .execute();
      }
      const row = await find().executeTakeFirstOrThrow();
      const shares = await sharesOf(tables, row.id);
      if (accessOf(viewer, row, shares) !== "edit") throw nameTaken(name);
      if (onlyOver !== undefined && onlyOver !== row.latest_version) {
        throw changed(name, row.latest_version);
      }
      const version = row.latest_version + 1;
      await addVersion(tables, { id: row.id, version, text, by: viewer.name, now, note });
      await tables
        .updateTable("applications")
        .set({ latest_version: version, changed_at: now })
        .where("id", "=", row.id)
        .execute();
    });
    const { row, access, shares } = await this.#seen(viewer, name);
    return this.#stored(row, access, shares, row.latest_version);
  }

  async publish(
    viewer: Viewer,
    name: string,
    version: number | undefined,
  ): Promise<StoredApplication> {
    const { row } = await this.#editable(viewer, name);
    if (version !== undefined) await this.#version(row, version);
    await this.#database
      .updateTable("applications")
      .set({ published_version: version ?? null, changed_at: this.#clock.now() })
      .where("id", "=", row.id)
      .execute();
    return this.get(viewer, name);
  }

  async shares(viewer: Viewer, name: string): Promise<readonly ApplicationShare[]> {
    const { shares } = await this.#editable(viewer, name);
    return shares.map(shareOf);
  }

  async share(viewer: Viewer, name: string, shares: readonly ApplicationShare[]): Promise<void> {
    const { row } = await this.#editable(viewer, name);
    if (row.owner_id !== viewer.id && !viewer.isAdministrator) {
      throw new SluiceError("NOT_ALLOWED", "user", `only its owner shares ${name}`);
    }
    await inTransaction(this.#database, async (tables) => {
      await demandKnown(tables, shares);
      await tables
        .selectFrom("applications")
        .select("id")
        .where("id", "=", row.id)
        .forUpdate()
        .execute();
      await tables.deleteFrom("application_shares").where("application_id", "=", row.id).execute();
      const rows = new Map(
        shares.map(({ kind, name: of, access }) => {
          const who = kind === "everyone" ? "" : of;
          return [`${kind} ${who}`, { application_id: row.id, kind, name: who, access }];
        }),
      );
      if (rows.size > 0) {
        await tables
          .insertInto("application_shares")
          .values([...rows.values()])
          .execute();
      }
    });
  }

  async remove(viewer: Viewer, name: string): Promise<void> {
    const { row } = await this.#editable(viewer, name);
    await inTransaction(this.#database, async (tables) => {
      await tables.deleteFrom("applications").where("id", "=", row.id).execute();
      await tables.deleteFrom("application_shares").where("application_id", "=", row.id).execute();
      await tables
        .deleteFrom("application_versions")
        .where("application_id", "=", row.id)
        .execute();
    });
  }

  async restore(viewer: Viewer, name: string): Promise<StoredApplication> {
    const found = (await libraryApplications()).get(name);
    if (found === undefined) throw notFound(name);
    const { latestVersion } = await this.save(viewer, found.text, { note: "as it came along" });
    await this.#database
      .updateTable("applications")
      .set({ is_library: 1, published_version: latestVersion })
      .where("name", "=", name)
      .execute();
    return this.get(viewer, name);
  }

  async #seen(viewer: Viewer, name: string): Promise<Seen> {
    const row = await this.#database
      .selectFrom("applications")
      .selectAll()
      .where("name", "=", name)
      .executeTakeFirst();
    if (row === undefined) throw notFound(name);
    const shares = await sharesOf(this.#database, row.id);
    const access = accessOf(viewer, row, shares);
    const isSeen = access === "edit" || (access === "use" && row.published_version !== null);
    if (!isSeen) throw notFound(name);
    return { row, access, shares };
  }

  async #editable(viewer: Viewer, name: string): Promise<Seen> {
    const seen = await this.#seen(viewer, name);
    if (seen.access === "edit") return seen;
    throw new SluiceError("NOT_ALLOWED", "user", `${name} is not yours to change`, {
      hint: "save it under a name of your own",
    });
  }

  async #version(row: Row, version: number): Promise<ApplicationVersion> {
    const found = await this.#database
      .selectFrom("application_versions")
      .selectAll()
      .where("application_id", "=", row.id)
      .where("version", "=", version)
      .executeTakeFirst();
    if (found !== undefined) return versionOf(found);
    throw new SluiceError("APPLICATION_NOT_FOUND", "user", `${row.name} has no version ${version}`);
  }

  async #stored(
    row: Row,
    access: Access,
    shares: readonly ApplicationShare[],
    wanted?: number,
  ): Promise<StoredApplication> {
    const version = wantedVersion(row, access, wanted);
    const { text } = await this.#version(row, version);
    return {
      id: row.id,
      name: row.name,
      owner: row.owner_name,
      latestVersion: row.latest_version,
      publishedVersion: row.published_version ?? undefined,
      isLibrary: row.is_library === 1,
      mayEdit: access === "edit",
      ...(access === "edit" ? { shares: shares.map(shareOf) } : {}),
      changedAt: row.changed_at,
      version,
      application: readApplication(text, `${row.name} version ${version}`),
    };
  }
}

/** Of those who only use it, the published one, whatever they ask for. */
function wantedVersion(row: Row, access: Access, wanted: number | undefined): number {
  const usual = row.published_version ?? row.latest_version;
  if (wanted === undefined || wanted === row.published_version) return usual;
  if (access === "edit") return wanted;
  throw new SluiceError("APPLICATION_NOT_FOUND", "user", `${row.name} has no version ${wanted}`);
}

function accessOf(
  viewer: Viewer,
  row: Pick<Row, "owner_id">,
  shares: readonly Pick<ApplicationShare, "kind" | "name" | "access">[],
): Access {
  if (viewer.isAdministrator || (row.owner_id !== "" && row.owner_id === viewer.id)) return "edit";
  const own = shares.filter(
    ({ kind, name }) =>
      kind === "everyone" ||
      (kind === "group" && viewer.groups.includes(name)) ||
      (kind === "user" && viewer.name === name),
  );
  if (own.some(({ access }) => access === "edit")) return "edit";
  return own.length > 0 ? "use" : "none";
}

function sharesOf(tables: Database | Transaction<Tables>, id: string) {
  return tables
    .selectFrom("application_shares")
    .selectAll()
    .where("application_id", "=", id)
    .orderBy("kind")
    .orderBy("name")
    .execute();
}

function shareOf({ kind, name, access }: ApplicationShare): ApplicationShare {
  return { kind, name, access };
}

async function addVersion(
  tables: Transaction<Tables>,
  version: {
    readonly id: string;
    readonly version: number;
    readonly text: string;
    readonly by: string;
    readonly now: Date;
    readonly note: string;
  },
): Promise<void> {
  await tables
    .insertInto("application_versions")
    .values({
      application_id: version.id,
      version: version.version,
      text: version.text,
      saved_by: version.by,
      saved_at: version.now,
      note: version.note,
    })
    .execute();
}

function versionOf(row: {
  readonly version: number;
  readonly text: string;
  readonly saved_by: string;
  readonly saved_at: Date;
  readonly note: string;
}): ApplicationVersion {
  const { version, text, saved_by, saved_at, note } = row;
  return { version, text, savedBy: saved_by, savedAt: saved_at, note };
}

function notFound(name: string): SluiceError {
  const message = `there is no application ${JSON.stringify(name.slice(0, 60))}`;
  return new SluiceError("APPLICATION_NOT_FOUND", "user", message, {
    hint: "see which there are (sluice apps list)",
  });
}

function nameTaken(name: string): SluiceError {
  return new SluiceError("APPLICATION_NAME_TAKEN", "user", `there is an application ${name}`, {
    hint: "choose another Name; that one is not yours to change",
  });
}

function changed(name: string, latest: number): SluiceError {
  const message = `${name} was saved meanwhile: its newest version is ${latest}`;
  return new SluiceError("APPLICATION_CHANGED", "user", message, {
    hint: "look at that version, and save yours over it",
  });
}
