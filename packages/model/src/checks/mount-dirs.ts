import { mountPoint } from "../cluster-file/config.ts";
import { type DraftFile, entriesOf } from "../cluster-file/draft.ts";
import { showValue } from "../cluster-file/finding.ts";
import { type Path, type Problem, problem, showPath } from "../cluster-file/problem.ts";
import { repeated } from "./check.ts";
import { ephemeralDirsOf } from "./ephemeral-dirs.ts";
import { providerOf } from "./provider.ts";

/** Where a mount would hide what the system or Sluice needs; everything below them as well. */
const SYSTEM_DIRS = [
  "/bin",
  "/boot",
  "/dev",
  "/etc",
  "/lib",
  "/lib32",
  "/lib64",
  "/libx32",
  "/lost+found",
  "/proc",
  "/root",
  "/run",
  "/sbin",
  "/sys",
  "/tmp",
  "/usr/bin",
  "/usr/include",
  "/usr/lib",
  "/usr/lib32",
  "/usr/lib64",
  "/usr/libexec",
  "/usr/sbin",
  "/usr/share",
  "/var/cache",
  "/var/lib/mysql",
  "/var/lib/sluice",
  "/var/lib/systemd",
  "/var/log",
  "/var/run",
  "/var/spool",
  "/var/tmp",
  "/opt/parallelcluster",
  "/opt/slurm",
  "/opt/sluice",
] as const;

/** Itself only: what is below may be shared. */
const SYSTEM_DIRS_THEMSELVES: ReadonlySet<string> = new Set([
  "/",
  "/opt",
  "/srv",
  "/mnt",
  "/media",
  "/usr",
  "/usr/local",
  "/var",
  "/var/lib",
]);

const ALWAYS_SHARED_ON_LOCAL = ["/home", "/shared"] as const;

interface Mount {
  readonly name: string;
  readonly path: Path;
}

export function* mountDirs(file: DraftFile): Generator<Problem> {
  const mounts: Mount[] = [];
  for (const { index, item } of entriesOf(file.SharedStorage)) {
    if (typeof item.MountDir !== "string") continue;
    const path = ["SharedStorage", index, "MountDir"] satisfies Path;
    const mount = { name: mountPoint(item.MountDir), path };
    const wrong = malformed(mount) ?? systemDir(mount);
    if (wrong === undefined) mounts.push(mount);
    else yield wrong;
  }
  yield* overlaps(mounts);
  yield* ephemeralOverlaps(mounts, file);
  if (providerOf(file) === "local") yield* alwaysShared(mounts);
}

function malformed({ name, path }: Mount): Problem | undefined {
  const clean = `/${name
    .split("/")
    .filter((part) => part !== "" && part !== ".")
    .join("/")}`;
  if (clean === name && /^[\w./+-]+$/.test(name) && !name.split("/").includes(".."))
    return undefined;
  const message = `${showValue(name)} is not a plain path`;
  const isFixable = /^[\w./+-]+$/.test(clean) && !clean.split("/").includes("..") && clean !== "/";
  const suggestion = isFixable
    ? `write ${clean}`
    : "write a path of letters, digits, dots, hyphens and underscores, without `..`";
  return problem("SharedStorageMountDirValidator", path, message, suggestion);
}

function systemDir({ name, path }: Mount): Problem | undefined {
  const hidden = SYSTEM_DIRS.find((dir) => name === dir || name.startsWith(`${dir}/`));
  if (hidden === undefined && !SYSTEM_DIRS_THEMSELVES.has(name)) return undefined;
  const message = `${showValue(name)} belongs to the system, and a mount there would hide its files`;
  return problem(
    "SharedStorageMountDirValidator",
    path,
    message,
    "write a directory such as /data",
  );
}

function* overlaps(mounts: readonly Mount[]): Generator<Problem> {
  for (const { again, first } of repeated(mounts)) {
    const message = `${showValue(again.name)} is already where ${showPath(first.path.slice(0, -1))} is mounted`;
    yield problem("DuplicateMountDirValidator", again.path, message, "write another directory");
  }
  const owners = new Map(mounts.map((mount) => [mount.name, mount]));
  for (const mount of mounts) {
    const outer = ancestors(mount.name).find((dir) => owners.has(dir));
    if (outer === undefined) continue;
    const message = `${showValue(mount.name)} is inside ${outer}, which is mounted as well`;
    yield problem(
      "OverlappingMountDirValidator",
      mount.path,
      message,
      `write a directory outside ${outer}`,
    );
  }
}

/** A machine's own fast disks are mounted after the shared storage, and would hide it. */
function* ephemeralOverlaps(mounts: readonly Mount[], file: DraftFile): Generator<Problem> {
  const local = ephemeralDirsOf(file);
  const shared = new Map(mounts.map((mount) => [mount.name, mount]));
  for (const mount of mounts) {
    const types = local.get(mount.name);
    if (types !== undefined) {
      const message = `${showValue(mount.name)} is also where ${types} has its own disks, which are not shared`;
      const suggestion = "write another directory, here or as MountDir of EphemeralVolume";
      yield problem("DuplicateMountDirValidator", mount.path, message, suggestion, {
        level: "WARNING",
      });
    }
    const outer = ancestors(mount.name).find((dir) => local.has(dir));
    if (outer === undefined) continue;
    const message = `${showValue(mount.name)} is inside ${outer}, where ${local.get(outer)} has its own disks`;
    const suggestion = `write a directory outside ${outer}`;
    yield problem("OverlappingMountDirValidator", mount.path, message, suggestion);
  }
  for (const [dir, types] of local) {
    const outer = ancestors(dir).find((name) => shared.has(name));
    const mount = outer === undefined ? undefined : shared.get(outer);
    if (mount === undefined) continue;
    const message = `${dir}, where ${types} has its own disks, is inside ${showValue(mount.name)}`;
    const suggestion = `write a directory that ${dir} is not inside of`;
    yield problem("OverlappingMountDirValidator", mount.path, message, suggestion);
  }
}

function* alwaysShared(mounts: readonly Mount[]): Generator<Problem> {
  for (const { name, path } of mounts) {
    const shared = ALWAYS_SHARED_ON_LOCAL.find((dir) => name === dir || name.startsWith(`${dir}/`));
    if (shared === undefined) continue;
    if (name === shared) {
      const message = `${showValue(name)} is always shared on the local cloud, this entry changes nothing`;
      yield problem("DuplicateMountDirValidator", path, message, "remove the entry", {
        level: "WARNING",
      });
    } else {
      const message = `${showValue(name)} is inside ${shared}, which is always shared on the local cloud`;
      yield problem(
        "OverlappingMountDirValidator",
        path,
        message,
        `write a directory outside ${shared}`,
      );
    }
  }
}

/** Of `/a/b/c`: `/a/b`, `/a`. */
function ancestors(path: string): string[] {
  const parts = path.split("/").slice(1, -1);
  return parts.map((_, index) => `/${parts.slice(0, parts.length - index).join("/")}`);
}
