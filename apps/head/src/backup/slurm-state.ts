import { createReadStream, existsSync, linkSync, mkdirSync, readdirSync } from "node:fs";
import { rm, stat } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as delay, setImmediate } from "node:timers/promises";
import { type ArchivedFile, isPlainPath } from "@sluice/lifecycle/backup";
import { SluiceError } from "@sluice/model";

/** slurmctld is without a file for an instant while it puts the next one in its place. */
const LOOKS = 50;
const LOOK_MILLISECONDS = 20;

/** What slurmctld has written at least once, as soon as there was something to write. */
const NEVER_AWAY = ["job_state", "node_state", "part_state"];

/**
 * Takes slurmctld's state as it was at one moment, while that goes on: links, which cost nothing and
 * stay when it puts a new file in place of an old one.
 *
 * ```
 *   scripts ──▶ job_state and the others ──▶ scripts again
 * ```
 *
 * slurmctld writes a job's script before it knows the job, and removes it after the job has ended. So
 * a job of `job_state` had its script before: it was found at first, or it is younger and is found at
 * last, unless the job has ended in between. A script without a job is of one that came too late, or
 * has ended: slurmctld removes such when it starts.
 *
 * @param source StateSaveLocation.
 * @param target a folder of the same disk that is not there; the caller removes it.
 */
export async function linkState(source: string, target: string): Promise<void> {
  mkdirSync(target, { mode: 0o700 });
  await linkJobs(source, target);
  const names = linkFiles(source, target);
  for (const name of NEVER_AWAY.filter((name) => !names.has(name))) {
    await appeared(source, target, name);
  }
  await linkJobs(source, target);
}

/** Folders `hash.N` with one folder a job. One that has its script already is not looked at again. */
async function linkJobs(source: string, target: string): Promise<void> {
  for (const hash of entriesOf(source)) {
    if (!hash.isFolder || !/^hash\.\d$/.test(hash.name)) continue;
    mkdirSync(join(target, hash.name), { recursive: true });
    for (const job of entriesOf(join(source, hash.name))) {
      const [from, to] = [join(source, hash.name, job.name), join(target, hash.name, job.name)];
      if (!job.isFolder || existsSync(join(to, "script"))) continue;
      mkdirSync(to, { recursive: true });
      for (const { name, isFolder } of entriesOf(from)) {
        if (!isFolder) linkOf(join(from, name), join(to, name));
      }
      // Tens of thousands of them: a signal shall be heard in between.
      await setImmediate();
    }
  }
}

function linkFiles(source: string, target: string): ReadonlySet<string> {
  const linked = new Set<string>();
  for (const { name, isFolder } of entriesOf(source)) {
    if (isFolder || /\.new$/.test(name)) continue;
    if (linkOf(join(source, name), join(target, name))) linked.add(name);
  }
  return linked;
}

async function appeared(source: string, target: string, name: string): Promise<void> {
  const wasThere = existsSync(join(source, `${name}.old`));
  for (let look = 0; look < LOOKS; look++) {
    if (linkOf(join(source, name), join(target, name))) return;
    // Never written: there was nothing to write.
    if (!wasThere && look > 2) return;
    await delay(LOOK_MILLISECONDS);
  }
  throw new SluiceError("BACKUP_FAILED", "system", `slurmctld's ${name} is not there`, {
    hint: "see that slurmctld runs (sluice logs slurmctld), then repeat",
  });
}

/** False when there is nothing any more. */
function linkOf(from: string, to: string): boolean {
  try {
    linkSync(from, to);
    return true;
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === "EEXIST") return true;
    if (code === "ENOENT") return false;
    throw error;
  }
}

function entriesOf(folder: string): readonly { name: string; isFolder: boolean }[] {
  try {
    return readdirSync(folder, { withFileTypes: true })
      .filter((entry) => entry.isDirectory() || entry.isFile())
      .map((entry) => ({ name: entry.name, isFolder: entry.isDirectory() }));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return [];
    throw error;
  }
}

/** Every file below a folder, for an archive. Links and devices are not followed and not in it. */
export async function* filesBelow(
  folder: string,
  path: string,
  owner: string,
): AsyncGenerator<ArchivedFile> {
  for (const { name, isFolder } of entriesOf(folder)) {
    const inside = `${path}/${name}`;
    if (!isPlainPath(inside)) continue;
    if (isFolder) yield* filesBelow(join(folder, name), inside, owner);
    else yield await fileAt(join(folder, name), inside, owner);
  }
}

/** A file for an archive, with exactly what it has now. */
export async function fileAt(file: string, path: string, owner = "root"): Promise<ArchivedFile> {
  const { size, mode, mtime } = await stat(file);
  return {
    path,
    size,
    owner,
    mode: mode & 0o777,
    modifiedAt: mtime,
    content: size === 0 ? [] : createReadStream(file, { end: size - 1, highWaterMark: 1 << 18 }),
  };
}

export async function removeFolder(folder: string): Promise<void> {
  await rm(folder, { recursive: true, force: true });
}
