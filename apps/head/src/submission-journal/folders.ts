import { existsSync, type FSWatcher, watch } from "node:fs";
import { readdir, readFile, stat } from "node:fs/promises";
import { join } from "node:path";
import type { JobFiles } from "./contract.ts";

const FOLDER = /^hash\.\d$/;
const JOB = /^job\.(\d+)$/;

/**
 * StateSaveLocation, in which slurmctld makes `hash.N/job.ID` with script and environment of each
 * batch job before it acknowledges it. Of an array there is one, under its first number.
 */
export class JobFolders implements Disposable {
  readonly #path: string;
  readonly #found: (jobId: number) => void;
  readonly #watchers = new Map<string, FSWatcher>();

  /** @param found told of each job whose folder appears, or goes. */
  constructor(path: string, found: (jobId: number) => void) {
    this.#path = path;
    this.#found = found;
  }

  /** From now on; jobs whose folders changed after `since` are told of too. */
  async begin(since: Date): Promise<void> {
    this.#watch(".", (name) => {
      if (FOLDER.test(name)) void this.#follow(name, since).catch(() => {});
    });
    const names = (await readdir(this.#path)).filter((name) => FOLDER.test(name));
    await Promise.all(names.map((name) => this.#follow(name, since)));
  }

  /** Whether the job has a folder. */
  has(jobId: number): boolean {
    return existsSync(this.#folderOf(jobId));
  }

  #folderOf(jobId: number): string {
    return join(this.#path, `hash.${jobId % 10}`, `job.${jobId}`);
  }

  /** Undefined when the job has none, or no more. */
  async files(jobId: number): Promise<JobFiles | undefined> {
    const folder = this.#folderOf(jobId);
    try {
      const [script, environment, { mtimeNs }] = await Promise.all([
        readFile(join(folder, "script")),
        readFile(join(folder, "environment")),
        stat(join(folder, "script"), { bigint: true }),
      ]);
      // The file ends with a byte that belongs to neither.
      return { script: withoutEnd(script), environment, made: Number(mtimeNs / 1000n) };
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
      throw error;
    }
  }

  /** Another one whenever slurmctld has put a new state in place; undefined before the first. */
  async version(): Promise<string | undefined> {
    try {
      const { ino, mtimeNs, ctimeNs } = await stat(join(this.#path, "job_state"), { bigint: true });
      return [ino, mtimeNs, ctimeNs].join();
    } catch {
      return undefined;
    }
  }

  [Symbol.dispose](): void {
    for (const watcher of this.#watchers.values()) watcher.close();
    this.#watchers.clear();
  }

  /** A folder is watched before it is read, so that no job falls between. */
  async #follow(name: string, since: Date): Promise<void> {
    if (this.#watchers.has(name)) return;
    const told = (entry: string): void => {
      const [, id] = JOB.exec(entry) ?? [];
      if (id !== undefined) this.#found(Number(id));
    };
    try {
      this.#watch(name, told);
    } catch (error) {
      // It went in the same instant.
      if ((error as NodeJS.ErrnoException).code === "ENOENT") return;
      throw error;
    }
    await this.#tellOld(name, since, told);
  }

  async #tellOld(name: string, since: Date, told: (entry: string) => void): Promise<void> {
    const folder = join(this.#path, name);
    for (const entry of await readdir(folder).catch(() => [])) {
      const found = await stat(join(folder, entry)).catch(() => undefined);
      if (found !== undefined && found.mtime >= since) told(entry);
    }
  }

  #watch(name: string, told: (entry: string) => void): void {
    const watcher = watch(join(this.#path, name), (event, entry) => {
      // What came or went; changes of what is there are of no interest.
      if (event === "rename" && entry !== null) told(entry);
    });
    watcher.on("error", () => {
      watcher.close();
      this.#watchers.delete(name);
    });
    this.#watchers.set(name, watcher);
  }
}

function withoutEnd(script: Buffer): Uint8Array {
  return script.at(-1) === 0 ? script.subarray(0, -1) : script;
}
