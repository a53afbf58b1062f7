import { existsSync, readdirSync, readFileSync } from "node:fs";
import { mkdir, readdir, rename, rm, statfs, symlink, utimes, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { SluiceError } from "@sluice/model";
import { runNamespaced } from "../host/namespaced.ts";
import { processRef } from "../host/processes.ts";
import { run } from "../host/run.ts";
import { type ImageRecipe, RELEASES, recipeFor, recipeHash } from "./recipe.ts";

export interface Image {
  readonly hash: string;
  readonly root: string;
  readonly slurmVersion: string;
}

export interface BuildOptions {
  /** Folder of all images. */
  readonly directory: string;
  readonly signal: AbortSignal;
  readonly onProgress: (message: string) => void;
  /** Everything that mmdebstrap says. */
  readonly onOutput?: (text: string) => void;
  /** Whether apt will be asked for more at once. */
  readonly keepsLists?: boolean;
}

/** A finished image takes about 0.7 GB; building it needs room for packages beside it. */
export const NEEDED_BYTES = 2 * 2 ** 30;

/**
 * Removes images that were made by former recipes and that nobody needs: no cluster of this state
 * has one of them, and no machine of any state runs on it.
 */
export async function pruneImages(directory: string, needed: readonly string[]): Promise<void> {
  const current = Object.keys(RELEASES).flatMap((os) => {
    const recipe = recipeFor(os);
    return recipe === undefined ? [] : [`${os}-${recipeHash(recipe)}`];
  });
  const mounted = allMounts();
  for (const name of await readdir(directory)) {
    const path = join(directory, name);
    if (name.startsWith(".") || current.includes(name) || needed.includes(path)) continue;
    if (/^[a-z0-9]+-[0-9a-f]{16}$/.test(name) && !mounted.includes(`${path},`)) {
      await rm(path, { recursive: true, force: true });
    }
  }
}

/** Whether a machine of this host, of whatever state, runs on the image. */
export function isMounted(root: string): boolean {
  return allMounts().includes(`${root},`);
}

/** What every mount namespace of this host has mounted, as the kernel lists it. */
function allMounts(): string {
  const tables = readdirSync("/proc")
    .filter((entry) => /^\d+$/.test(entry))
    .map((pid) => {
      try {
        return readFileSync(`/proc/${pid}/mountinfo`, "utf8");
      } catch {
        return "";
      }
    });
  return [...new Set(tables)].join("\n");
}

/** The image of this recipe if it was made already. */
export function findImage(recipe: ImageRecipe, directory: string): Image | undefined {
  const hash = recipeHash(recipe);
  const root = join(directory, `${recipe.os}-${hash}`);
  return existsSync(root) ? { hash, root, slurmVersion: recipe.slurmVersion } : undefined;
}

/**
 * Returns the image of this recipe, making it if it isn't there: about half a minute with
 * mmdebstrap. It appears under its final name only when complete, so a build that dies leaves
 * nothing that could be taken for an image; what dead builds left is removed here.
 *
 * Throws DISK_FULL before it starts when there is no room, IMAGE_BUILD_FAILED with the last line
 * of mmdebstrap otherwise.
 */
export async function ensureImage(recipe: ImageRecipe, options: BuildOptions): Promise<Image> {
  const { directory } = options;
  const existing = findImage(recipe, directory);
  if (existing !== undefined) return existing;
  await mkdir(directory, { recursive: true, mode: 0o700 });
  await removeDeadBuilds(directory);
  await requireSpace(directory, NEEDED_BYTES);

  const hash = recipeHash(recipe);
  const final = join(directory, `${recipe.os}-${hash}`);
  const work = join(directory, `.build-${recipe.os}-${hash}-${process.pid}`);
  try {
    await bootstrap(recipe, work, options);
    await finish(recipe, work);
    await rename(work, final);
  } catch (error) {
    await rm(work, { recursive: true, force: true });
    const again = findImage(recipe, directory);
    // Somebody else made the same image in the meantime.
    if (again !== undefined) return again;
    throw error;
  }
  return { hash, root: final, slurmVersion: recipe.slurmVersion };
}

/** Makes a system of the recipe's packages alone. Throws IMAGE_BUILD_FAILED. */
export async function bootstrap(
  recipe: ImageRecipe,
  root: string,
  options: BuildOptions,
): Promise<void> {
  const mirror = await hostMirror();
  const argv = [
    "mmdebstrap",
    "--mode=root",
    "--variant=minbase",
    "--format=directory",
    `--include=${recipe.packages.join(",")}`,
    '--aptopt=APT::Install-Recommends "false"',
    ...(await proxyOptions()),
    ...(recipe.isMoving ? ['--aptopt=Acquire::Check-Valid-Until "false"'] : []),
    "--dpkgopt=force-unsafe-io",
    "--dpkgopt=path-exclude=/usr/share/man/*",
    "--dpkgopt=path-exclude=/usr/share/doc/*",
    "--dpkgopt=path-exclude=/usr/share/locale/*",
    `--skip=check/empty${options.keepsLists === true ? ",cleanup/apt/lists" : ""}`,
    recipe.suite,
    root,
    mirror,
  ];
  let tail = "";
  const code = await runNamespaced(argv, {
    signal: options.signal,
    onOutput: (text) => {
      options.onOutput?.(text);
      tail = (tail + text).slice(-20_000);
      for (const line of text.split("\n")) {
        if (line.startsWith("I: ")) options.onProgress(line.slice(3));
      }
    },
  });
  if (code !== 0) {
    const lines = tail.trim().split("\n");
    const why = lines.findLast((text) => text.startsWith("E: "))?.slice(3) ?? lines.at(-1);
    throw new SluiceError(
      "IMAGE_BUILD_FAILED",
      "system",
      `building the ${recipe.os} image failed: ${why || "no reason given"}`,
      { hint: "check that this host can reach its Debian mirror (apt-get update), then try again" },
    );
  }
}

/** Seconds since 1970: the year 2100. */
const FAR_AHEAD = 4_102_444_800;

/** What every image of the local cloud has beyond its packages. */
export async function finish(recipe: ImageRecipe, root: string): Promise<void> {
  await run(["systemctl", "--quiet", `--root=${root}`, "disable", ...recipe.disabled]).catch(
    () => {},
  );
  await mkdir(join(root, "etc/systemd/system"), { recursive: true });
  await Promise.all(
    recipe.masked.map((unit) => symlinkForce("/dev/null", join(root, "etc/systemd/system", unit))),
  );
  for (const [path, content] of Object.entries(recipe.files)) {
    await mkdir(dirname(join(root, path)), { recursive: true });
    await writeFile(join(root, path), content);
  }
  // Programs that look at every boot for hardware and set-ups that no machine of ours has.
  const generators = join(root, "etc/systemd/system-generators");
  await mkdir(generators, { recursive: true });
  const theirs = join(root, "usr/lib/systemd/system-generators");
  // An image without systemd is good for another image to begin as.
  for (const name of existsSync(theirs) ? await readdir(theirs) : []) {
    if (name.startsWith("systemd-")) await symlinkForce("/dev/null", join(generators, name));
  }
  // systemd takes a root whose /usr is newer than this for one that was just updated.
  for (const path of ["etc/.updated", "var/.updated"]) {
    await writeFile(join(root, path), "");
    await utimes(join(root, path), FAR_AHEAD, FAR_AHEAD);
  }
  // An empty machine-id makes every machine draw its own at its first start.
  await writeFile(join(root, "etc/machine-id"), "");
  await rm(join(root, "etc/hostname"), { force: true });
  await rm(join(root, "etc/resolv.conf"), { force: true });
  await mkdir(join(root, "etc/sluice/names"), { recursive: true });
  await symlinkForce("/etc/sluice/names/hosts", join(root, "etc/hosts"));
  for (const dir of [
    "opt/sluice",
    "shared",
    "var/lib/sluice",
    "run/sluice-cloud",
    "run/slurm",
    "var/log/slurm",
    "var/spool/slurmd",
  ]) {
    await mkdir(join(root, dir), { recursive: true });
  }
  await rm(join(root, "etc/munge/munge.key"), { force: true });
}

async function symlinkForce(target: string, path: string): Promise<void> {
  await rm(path, { force: true });
  await symlink(target, path);
}

/** The mirror that this host itself installs from. */
async function hostMirror(): Promise<string> {
  const out = await run([
    "apt-get",
    "indextargets",
    "--format",
    "$(SITE) $(ORIGIN) $(COMPONENT)",
    "Created-By: Packages",
  ]);
  const sites = out.split("\n").map((line) => line.split(" "));
  const site = sites.find(
    ([url = "", origin, component]) =>
      origin === "Debian" && component === "main" && !url.includes("security"),
  )?.[0];
  if (site === undefined) {
    throw new SluiceError(
      "IMAGE_NO_MIRROR",
      "system",
      "this host's apt sources name no Debian mirror",
      {
        hint: "add one to /etc/apt/sources.list and run apt-get update",
      },
    );
  }
  return site;
}

async function proxyOptions(): Promise<readonly string[]> {
  const dump = await run(["apt-config", "dump", "Acquire::http::Proxy"]).catch(() => "");
  const line = dump.split("\n").find((text) => text.startsWith("Acquire::http::Proxy "));
  return line === undefined ? [] : [`--aptopt=${line.replace(/;$/, "")}`];
}

export async function requireSpace(directory: string, bytes: number): Promise<void> {
  const { bavail, bsize } = await statfs(directory);
  const free = bavail * bsize;
  if (free >= bytes) return;
  const gib = (n: number): string => (n / 2 ** 30).toFixed(1);
  throw new SluiceError(
    "DISK_FULL",
    "system",
    `${directory} has ${gib(free)} GiB free and ${gib(bytes)} GiB are needed`,
    { hint: "free some space, or set SLUICE_STATE_DIR to a folder on a larger disk" },
  );
}

async function removeDeadBuilds(directory: string): Promise<void> {
  for (const name of await readdir(directory)) {
    const pid = /^\.build-.*-(\d+)$/.exec(name)?.[1];
    if (pid === undefined || processRef(Number(pid)) !== undefined) continue;
    await rm(join(directory, name), { recursive: true, force: true });
  }
}
