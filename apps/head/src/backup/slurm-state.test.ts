import {
  existsSync,
  linkSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setImmediate } from "node:timers/promises";
import { type ArchivedFile, textOf } from "@sluice/lifecycle/backup";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { filesBelow, linkState } from "./slurm-state.ts";

/** slurmctld as its folder shows it. */
class Controller {
  readonly #folder: string;
  readonly #jobs = new Set<number>();
  #next = 1;

  constructor(folder: string) {
    this.#folder = folder;
    mkdirSync(folder);
  }

  submit(): number {
    const id = this.#next++;
    const folder = this.#of(id);
    mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, "environment"), "PATH=/bin");
    writeFileSync(join(folder, "script"), `script of ${id}`);
    this.#jobs.add(id);
    return id;
  }

  end(id: number): void {
    this.#jobs.delete(id);
    rmSync(this.#of(id), { recursive: true });
  }

  get oldest(): number | undefined {
    return [...this.#jobs][0];
  }

  /** As it does it: for an instant there is none. */
  *save(): Generator<void> {
    const path = join(this.#folder, "job_state");
    writeFileSync(`${path}.new`, JSON.stringify([...this.#jobs]));
    yield;
    rmSync(`${path}.old`, { force: true });
    if (existsSync(path)) linkSync(path, `${path}.old`);
    yield;
    rmSync(path, { force: true });
    yield;
    renameSync(`${path}.new`, path);
  }

  #of(id: number): string {
    return join(this.#folder, `hash.${id % 10}`, `job.${id}`);
  }
}

describe("Slurm's state, taken while slurmctld goes on", () => {
  let root: string;
  beforeEach(() => {
    root = mkdtempSync(join(tmpdir(), "sluice-state-"));
  });
  afterEach(() => rmSync(root, { recursive: true }));

  const taken = async (target: string): Promise<Map<string, string>> => {
    const found = new Map<string, string>();
    for await (const file of filesBelow(target, "slurmctld", "slurm")) {
      found.set(file.path, await textOf(file as ArchivedFile));
    }
    return found;
  };

  it("has the script of every job that its job_state has, however busy that is", async () => {
    const controller = new Controller(join(root, "state"));
    for (let count = 0; count < 30; count++) controller.submit();
    for (const _ of controller.save());
    const ended = new Set<number>();
    const beBusy = async (signal: AbortSignal): Promise<void> => {
      while (!signal.aborted) {
        controller.submit();
        const { oldest = 0 } = controller;
        controller.end(oldest);
        ended.add(oldest);
        for (const _ of controller.save()) await setImmediate();
        await setImmediate();
      }
    };
    for (let round = 0; round < 4; round++) {
      const before = new Set(ended);
      const target = join(root, `taken-${round}`);
      const stop = new AbortController();
      const busy = beBusy(stop.signal);
      await linkState(join(root, "state"), target);
      stop.abort();
      await busy;
      const files = await taken(target);
      const jobs = JSON.parse(files.get("slurmctld/job_state") ?? "") as number[];
      expect(jobs.length).toBe(30);
      const missing = jobs.filter(
        (id) => files.get(`slurmctld/hash.${id % 10}/job.${id}/script`) !== `script of ${id}`,
      );
      // But for one that ended meanwhile.
      expect(missing.filter((id) => before.has(id) || !ended.has(id))).toEqual([]);
    }
  });

  it("stays what it was", async () => {
    const controller = new Controller(join(root, "state"));
    const id = controller.submit();
    for (const _ of controller.save());
    await linkState(join(root, "state"), join(root, "taken"));
    controller.end(id);
    for (const _ of controller.save());
    const files = await taken(join(root, "taken"));
    expect(files.get("slurmctld/job_state")).toBe(`[${id}]`);
    expect(files.get(`slurmctld/hash.${id % 10}/job.${id}/script`)).toBe(`script of ${id}`);
  });

  it("of a slurmctld that never wrote anything is little, and no error", async () => {
    mkdirSync(join(root, "state"));
    writeFileSync(join(root, "state", "clustername"), "demo");
    await linkState(join(root, "state"), join(root, "taken"));
    expect([...(await taken(join(root, "taken"))).keys()]).toEqual(["slurmctld/clustername"]);
  });

  it("follows no link that somebody put there", async () => {
    mkdirSync(join(root, "state", "hash.1", "job.1"), { recursive: true });
    symlinkSync("/etc/passwd", join(root, "state", "passwd"));
    symlinkSync("/etc", join(root, "state", "hash.1", "job.2"));
    await linkState(join(root, "state"), join(root, "taken"));
    expect([...(await taken(join(root, "taken"))).keys()]).toEqual([]);
    expect(readFileSync("/etc/passwd", "utf8")).toContain("root");
  });
});
