import { createHash } from "node:crypto";
import type { Readable } from "node:stream";
import type { FileEntry, UserWorker } from "@sluice/gateway";
import { isSluiceError, SluiceError } from "@sluice/model";
import type { StoredApplication } from "../applications/index.ts";
import { parseDuration } from "../applications/quantities.ts";
import type {
  Run,
  RunChange,
  RunFile,
  RunListing,
  RunShare,
  Runs,
  RunViewer,
  RunWish,
} from "./contract.ts";
import { absolutePath, folderName, inputName, pathInFolder, refuseLinks } from "./folder.ts";
import { follow, later, launch, problemText, tell, type Unseen } from "./follow.ts";
import type { InnerParts, RunsParts } from "./parts.ts";
import {
  ensureFolder,
  requestOf,
  shownJob,
  tryRequest,
  writeDescription,
  writeFolder,
} from "./prepare.ts";
import { purge, removeFolder } from "./purge.ts";
import { type RunRow, RunStore, runOf } from "./store.ts";

const PASS_EVERY_MS = 5000;
const MOST_FILES = 1000;

export function createRuns(parts: RunsParts): Runs {
  return new SiteRuns({ ...parts, store: new RunStore(parts.database) });
}

class SiteRuns implements Runs {
  readonly #parts: InnerParts;
  /** By run. */
  readonly #unseen = new Map<string, Unseen>();
  /** Who asks for the same run meanwhile waits for the one who is at it. */
  readonly #submitting = new Map<string, Promise<RunRow>>();

  constructor(parts: InnerParts) {
    this.#parts = parts;
  }

  async list(viewer: RunViewer, listing: RunListing) {
    const { rows, ...page } = await this.#parts.store.list(viewer, listing);
    return { ...page, runs: rows.map((row) => runOf(row, viewer)) };
  }

  async get(viewer: RunViewer, id: string): Promise<Run> {
    return runOf(await this.#seen(viewer, id), viewer);
  }

  async preview(viewer: RunViewer, wish: RunWish) {
    const { application } = await this.#application(viewer, wish);
    const worker = await this.#worker(wish.cluster, unixUserOf(viewer));
    const { home } = await this.#base(worker, unixUserOf(viewer));
    const name = wish.name ?? application.Title;
    const place = { name, home, cluster: wish.cluster, folder: "RUN" };
    const made = tryRequest(application, wish.values, place);
    return "errors" in made ? { errors: made.errors } : { errors: [], job: shownJob(made) };
  }

  async draft(viewer: RunViewer, wish: RunWish): Promise<Run> {
    return runOf(await this.#draft(viewer, wish), viewer);
  }

  async #draft(viewer: RunViewer, wish: RunWish): Promise<RunRow> {
    const { store, clock, random, settings } = this.#parts;
    const unixUser = unixUserOf(viewer);
    const known = await this.#knownByKey(viewer, wish);
    if (known !== undefined) return known;
    const stored = await this.#application(viewer, wish);
    const worker = await this.#worker(wish.cluster, unixUser);
    const { base } = await this.#base(worker, unixUser);
    const now = clock.now();
    const id = random.id();
    const name = wish.name ?? stored.application.Title;
    const { KeepFor } = stored.application;
    const usual = KeepFor === undefined ? settings.keepSeconds : parseDuration(KeepFor);
    const keep = wish.keepSeconds === undefined ? (usual ?? null) : wish.keepSeconds;
    const row = await store.insert({
      id,
      name,
      owner_id: viewer.id,
      owner_name: viewer.name,
      cluster: wish.cluster,
      unix_user: unixUser,
      application_id: stored.id,
      application_name: stored.name,
      application_version: stored.version,
      folder: `${base}/${folderName({ name, id }, now)}`,
      field_values: JSON.stringify(wish.values),
      state: "draft",
      client_key: wish.clientKey ?? null,
      client_key_hash: wish.clientKey === undefined ? null : hashOf(wish),
      keep_seconds: keep,
      created_at: now,
      expires_at: keep === null ? null : later(now, keep),
      changed_at: now,
    });
    // Another request with the same key was faster.
    if (row.id !== id) return (await this.#knownByKey(viewer, wish)) ?? row;
    await this.#makeFolder(worker, row);
    this.#parts.told?.({ kind: "created", run: runOf(row) });
    return row;
  }

  async #makeFolder(worker: UserWorker, row: RunRow): Promise<void> {
    await ensureFolder(worker, row.folder);
    await writeDescription(worker, row);
  }

  async #knownByKey(viewer: RunViewer, wish: RunWish): Promise<RunRow | undefined> {
    if (wish.clientKey === undefined) return undefined;
    const row = await this.#parts.store.byClientKey(viewer.id, wish.clientKey);
    if (row === undefined || row.client_key_hash === hashOf(wish)) return row;
    throw new SluiceError("IDEMPOTENCY_KEY_REUSED", "user", "another run was made with that key", {
      hint: "give each request a key of its own",
    });
  }

  async change(viewer: RunViewer, id: string, change: RunChange): Promise<Run> {
    const { store, clock } = this.#parts;
    const row = await this.#own(viewer, id);
    const isDraft = row.state === "draft";
    if (change.values !== undefined && !isDraft)
      throw wrongState(row, "its values stay as they are");
    const now = clock.now();
    const keep = change.keepSeconds === undefined ? row.keep_seconds : change.keepSeconds;
    const from = isDraft ? row.created_at : row.ended_at;
    const expires = keep === null || from === null ? null : later(from, keep);
    const isKept = await store.update(id, [row.state as Run["state"]], {
      ...(change.name === undefined ? {} : { name: change.name }),
      ...(change.values === undefined ? {} : { field_values: JSON.stringify(change.values) }),
      keep_seconds: keep,
      expires_at: row.state === "expired" ? row.expires_at : expires,
      changed_at: now,
    });
    if (!isKept) throw wrongState(row, "it has just changed; look at it again");
    return runOf(await tell(this.#parts, id, row), viewer);
  }

  async submit(viewer: RunViewer, id: string): Promise<Run> {
    const row = await this.#own(viewer, id);
    return runOf(await this.#submit(viewer, row), viewer);
  }

  #submit(viewer: RunViewer, row: RunRow): Promise<RunRow> {
    const running = this.#submitting.get(row.id);
    if (running !== undefined) return running;
    const submitting = this.#submitOnce(viewer, row).finally(() => {
      this.#submitting.delete(row.id);
    });
    this.#submitting.set(row.id, submitting);
    return submitting;
  }

  async #submitOnce(viewer: RunViewer, { id }: RunRow): Promise<RunRow> {
    const row = await this.#seen(viewer, id);
    const { store, clock } = this.#parts;
    if (row.state === "submitting") return launch(this.#parts, row);
    // It was done before: the same again.
    if (row.state !== "draft") return row;
    const { application } = await this.#application(viewer, {
      application: row.application_name,
      version: row.application_version,
    });
    const worker = await this.#worker(row.cluster, row.unix_user);
    const { home } = await this.#base(worker, row.unix_user);
    const { name, folder, cluster } = row;
    const values = JSON.parse(row.field_values) as Readonly<Record<string, unknown>>;
    const request = requestOf(application, values, { name, folder, cluster, home });
    try {
      await writeFolder(worker, row, request);
    } catch (error) {
      await store.update(row.id, ["draft"], { error: problemText(error) });
      throw error;
    }
    const now = clock.now();
    const change = { state: "submitting", request: JSON.stringify(request), error: null } as const;
    await store.update(row.id, ["draft"], { ...change, expires_at: null, changed_at: now });
    // Whoever was faster has written down which job it is.
    const written = (await store.row(row.id)) ?? row;
    return written.state === "submitting" ? launch(this.#parts, written) : written;
  }

  async start(viewer: RunViewer, wish: RunWish): Promise<Run> {
    const { application } = await this.#application(viewer, wish);
    const known = await this.#knownByKey(viewer, wish);
    if (known === undefined) {
      // Before anything is made.
      const unixUser = unixUserOf(viewer);
      const worker = await this.#worker(wish.cluster, unixUser);
      const { home } = await this.#base(worker, unixUser);
      const name = wish.name ?? application.Title;
      requestOf(application, wish.values, { name, home, cluster: wish.cluster, folder: "/" });
    }
    const row = known ?? (await this.#draft(viewer, wish));
    return runOf(await this.#submit(viewer, row), viewer);
  }

  async rerun(viewer: RunViewer, id: string, change: RunChange, clientKey?: string): Promise<Run> {
    const before = await this.#seen(viewer, id);
    const values = JSON.parse(before.field_values) as Readonly<Record<string, unknown>>;
    const keep = change.keepSeconds === undefined ? before.keep_seconds : change.keepSeconds;
    const row = await this.#draft(viewer, {
      application: before.application_name,
      cluster: before.cluster,
      name: change.name ?? before.name,
      values: { ...values, ...change.values },
      keepSeconds: keep,
      ...(clientKey === undefined ? {} : { clientKey }),
    });
    const isOwn = before.owner_id === viewer.id && before.unix_user === row.unix_user;
    if (row.state === "draft" && isOwn) {
      const worker = await this.#worker(row.cluster, row.unix_user);
      await copyInputs(worker, before.folder, row.folder);
    }
    return runOf(await this.#submit(viewer, row), viewer);
  }

  async cancel(viewer: RunViewer, id: string): Promise<Run> {
    const row = await this.#own(viewer, id);
    if (row.job_id === null) throw wrongState(row, "it has no job yet");
    const worker = await this.#worker(row.cluster, row.unix_user);
    const { exitCode, stderr } = await worker.command(["scancel", String(row.job_id)]);
    if (exitCode !== 0) {
      throw new SluiceError("SLURM_REFUSED", "user", `scancel: ${stderr.trim().slice(0, 500)}`);
    }
    return runOf(row, viewer);
  }

  async remove(viewer: RunViewer, id: string): Promise<void> {
    const row = await this.#own(viewer, id);
    if (row.state === "submitting") throw wrongState(row, "its job is being made");
    if (row.state !== "expired") await removeFolder(this.#parts, row);
    await this.#parts.store.remove(id);
    this.#parts.told?.({ kind: "deleted", run: runOf(row) });
  }

  async shares(viewer: RunViewer, id: string): Promise<readonly RunShare[]> {
    await this.#own(viewer, id);
    return this.#parts.store.shares(id);
  }

  async share(viewer: RunViewer, id: string, shares: readonly RunShare[]): Promise<void> {
    await this.#own(viewer, id);
    await this.#parts.store.replaceShares(id, shares);
  }

  async files(viewer: RunViewer, id: string, path = ""): Promise<readonly FileEntry[]> {
    const { worker, path: folder } = await this.file(viewer, id, path);
    const { entries } = await worker.list(folder, { limit: MOST_FILES });
    return entries;
  }

  async file(viewer: RunViewer, id: string, path: string): Promise<RunFile> {
    const row = await this.#seen(viewer, id);
    if (row.state === "expired") throw wrongState(row, "its folder is gone");
    const worker = await this.#worker(row.cluster, row.unix_user);
    const full = pathInFolder(row.folder, path);
    const isOwn = row.owner_id === viewer.id && row.unix_user === viewer.unixUser;
    if (!isOwn) await refuseLinks(worker, row.folder, full);
    return { run: runOf(row, viewer), worker, path: full };
  }

  async upload(viewer: RunViewer, id: string, name: string, content: Readable): Promise<FileEntry> {
    const row = await this.#own(viewer, id);
    if (row.state !== "draft") throw wrongState(row, "inputs are uploaded before it is submitted");
    const worker = await this.#worker(row.cluster, row.unix_user);
    await this.#makeFolder(worker, row);
    const path = `${row.folder}/inputs/${inputName(name)}`;
    return worker.write(path, content, { mode: 0o600, overwrite: true });
  }

  async archive(viewer: RunViewer, id: string, format: "tar.gz" | "zip"): Promise<Readable> {
    const { worker, path } = await this.file(viewer, id, "");
    return worker.archive([path], format);
  }

  async run(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      try {
        await this.pass(signal);
      } catch (error) {
        this.#parts.log?.warn({ err: error }, "runs can't be looked at");
      }
      await this.#parts.clock.sleep(PASS_EVERY_MS, signal);
    }
  }

  async pass(signal: AbortSignal): Promise<void> {
    await follow(this.#parts, this.#unseen);
    if (!signal.aborted) await purge(this.#parts, signal);
  }

  #application(
    viewer: RunViewer,
    { application, version }: Pick<RunWish, "application" | "version">,
  ): Promise<StoredApplication> {
    return this.#parts.applications.get(viewer, application, version);
  }

  async #worker(cluster: string, unixUser: string): Promise<UserWorker> {
    return (await this.#parts.gateway(cluster)).user(unixUser);
  }

  async #base(
    worker: UserWorker,
    unixUser: string,
  ): Promise<{ readonly base: string; readonly home: string }> {
    const [root] = await worker.roots();
    if (root === undefined) throw new Error(`${unixUser} has no home`);
    const base = absolutePath(this.#parts.settings.base.replaceAll("%u", unixUser), root.path);
    return { base, home: root.path };
  }

  async #seen(viewer: RunViewer, id: string): Promise<RunRow> {
    const row = await this.#parts.store.row(id);
    if (row === undefined) throw notFound();
    const isSeen =
      row.owner_id === viewer.id ||
      viewer.operates === "all" ||
      viewer.operates.includes(row.cluster) ||
      (await this.#parts.store.isShared(id, viewer));
    if (!isSeen) throw notFound();
    return row;
  }

  /** Done as the Unix user of the run, so by whoever is that user still. */
  async #own(viewer: RunViewer, id: string): Promise<RunRow> {
    const row = await this.#seen(viewer, id);
    if (row.owner_id === viewer.id && row.unix_user === viewer.unixUser) return row;
    throw new SluiceError("NOT_ALLOWED", "user", "the run is not yours to change", {
      hint: "make one of your own of it: POST /api/v1/runs/ID/rerun",
    });
  }
}

/** What was uploaded for a run is there for the next. */
async function copyInputs(worker: UserWorker, from: string, to: string): Promise<void> {
  try {
    const { entries } = await worker.list(`${from}/inputs`, { limit: MOST_FILES, hidden: true });
    for (const { name } of entries) {
      await worker.copy(`${from}/inputs/${name}`, `${to}/inputs/${name}`, { overwrite: true });
    }
  } catch (error) {
    if (!isSluiceError(error) || error.code !== "FILE_NOT_FOUND") throw error;
  }
}

function unixUserOf({ unixUser, name }: RunViewer): string {
  if (unixUser !== undefined) return unixUser;
  throw new SluiceError("UNIX_USER_MISSING", "user", `${name} is nobody on clusters`, {
    hint: "an administrator says which Unix user you are (sluice users set)",
  });
}

function hashOf({ application, version, cluster, name, values, keepSeconds }: RunWish): string {
  const canonical = JSON.stringify([
    application,
    version,
    cluster,
    name,
    sorted(values),
    keepSeconds,
  ]);
  return createHash("sha256").update(canonical).digest("hex");
}

function sorted(values: Readonly<Record<string, unknown>>): readonly unknown[] {
  return Object.entries(values).sort(([a], [b]) => (a < b ? -1 : 1));
}

function notFound(): SluiceError {
  return new SluiceError("RUN_NOT_FOUND", "user", "there is no such run", {
    hint: "see which there are (sluice runs list)",
  });
}

function wrongState({ state }: Pick<RunRow, "state">, why: string): SluiceError {
  return new SluiceError("RUN_WRONG_STATE", "user", `the run is ${state}: ${why}`, {
    hint: "look at the run (sluice runs show ID)",
  });
}
