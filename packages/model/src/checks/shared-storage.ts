import { type DraftFile, entriesOf } from "../cluster-file/draft.ts";
import { showValue } from "../cluster-file/finding.ts";
import { type Path, type Problem, problem, showPath } from "../cluster-file/problem.ts";
import { repeated } from "./check.ts";
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
  "/usr",
  "/var",
  "/opt/slurm",
  "/opt/parallelcluster",
] as const;

/** Itself only: what is below may be shared. */
const SYSTEM_DIRS_THEMSELVES: ReadonlySet<string> = new Set([
  "/",
  "/opt",
  "/srv",
  "/mnt",
  "/media",
]);

const ALWAYS_SHARED_ON_LOCAL = ["/home", "/shared"] as const;

interface Mount {
  readonly name: string;
  readonly path: Path;
}

export function* sharedStorageNames(file: DraftFile): Generator<Problem> {
  const names = entriesOf(file.SharedStorage).map(({ index, item }) => ({
    name: item.Name,
    path: ["SharedStorage", index, "Name"] satisfies Path,
  }));
  for (const { name, path } of names) {
    if (name !== "default") continue;
    const message = '"default" is reserved and names no storage';
    yield problem("SharedStorageNameValidator", path, message, "write another name");
  }
  for (const { again, first } of repeated(names)) {
    const message = `${showValue(again.name)} is already the name of ${showPath(first.path.slice(0, -1))}`;
    yield problem("DuplicateNameValidator", again.path, message, "write another name");
  }
}

export function* mountDirs(file: DraftFile): Generator<Problem> {
  const mounts: Mount[] = [];
  for (const { index, item } of entriesOf(file.SharedStorage)) {
    if (typeof item.MountDir !== "string") continue;
    const mount = { name: item.MountDir, path: ["SharedStorage", index, "MountDir"] };
    const wrong = malformed(mount) ?? systemDir(mount);
    if (wrong === undefined) mounts.push(mount);
    else yield wrong;
  }
  yield* overlaps(mounts);
  if (providerOf(file) === "local") yield* alwaysShared(mounts);
}

function malformed({ name, path }: Mount): Problem | undefined {
  const clean = `/${name
    .split("/")
    .filter((part) => part !== "" && part !== ".")
    .join("/")}`;
  if (clean === name && /^[\w./+-]+$/.test(name) && !name.split("/").includes(".."))
    return undefined;
  const message = name.startsWith("/")
    ? `${showValue(name)} is not a plain path`
    : `${showValue(name)} is not an absolute path`;
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
