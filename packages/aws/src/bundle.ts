import { execFile } from "node:child_process";
import { randomUUID } from "node:crypto";
import { mkdir, mkdtemp, readdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { homedir, tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { gzip } from "node:zlib";
import { HEAD_WRAPPER } from "@sluice/boot";
import { messageOf, SluiceError } from "@sluice/model";
import { type ObjectStore, sha256 } from "./bucket.ts";
import { OBJECTS } from "./names.ts";
import { type TarEntry, tarOf } from "./tar.ts";

export type Architecture = "x86_64" | "arm64";

/** An archive that is unpacked to `/opt/sluice`: our program and the Node that runs it. */
export interface Bundle {
  readonly archive: Uint8Array;
  /** Of the archive, hexadecimal. */
  readonly sha256: string;
}

/** Makes the bundle of an architecture, or finds one that it made. */
export type Bundles = (arch: Architecture) => Promise<Bundle>;

/** Puts the bundle where machines find it, once for all clusters. */
export async function ensureBundle(
  store: ObjectStore,
  arch: Architecture,
  bundles: Bundles,
): Promise<{ readonly key: string; readonly sha256: string }> {
  const bundle = await bundles(arch);
  const key = OBJECTS.bundle(bundle.sha256, arch);
  if (!(await store.has(key))) await store.write(key, bundle.archive);
  return { key, sha256: bundle.sha256 };
}

/** As npm and Node name architectures. */
const NODE_ARCH: Readonly<Record<Architecture, string>> = { x86_64: "x64", arm64: "arm64" };

interface Installation {
  /** The folder of the built `head.mjs`; by default the one beside this program. */
  readonly headProgram?: string;
  /** The Node binary for machines like this one; by default the one that runs this. */
  readonly node?: string;
}

type Environment = Readonly<Record<string, string | undefined>>;

/**
 * Bundles of this installation, kept in the user's cache by what is in them: packing Node takes some
 * seconds. The same content always gives the same archive.
 *
 * Errors: `NOT_BUILT`, `BUNDLE_UNAVAILABLE` when the Node of another architecture can't be had.
 */
export function installedBundles(env: Environment, installation: Installation = {}): Bundles {
  const { headProgram = fileURLToPath(new URL("./head", import.meta.url)) } = installation;
  const cache = join(env.XDG_CACHE_HOME ?? join(homedir(), ".cache"), "sluice");
  return async (arch) => {
    const program = await filesOf(headProgram);
    const sums = program.map(({ name, content }) => `${name} ${sha256(content)}`);
    const content = sha256([...sums, process.version, arch, HEAD_WRAPPER].join("\n"));
    const path = join(cache, "bundles", `${content.slice(0, 24)}-${arch}.tar.gz`);
    const kept = await readFile(path).catch(() => undefined);
    const archive =
      kept ?? (await packed(program, installation.node ?? (await nodeBinary(arch, cache))));
    if (kept === undefined) await keep(path, archive);
    return { archive, sha256: sha256(archive) };
  };
}

interface ProgramFile {
  readonly name: string;
  readonly content: Uint8Array;
}

async function filesOf(folder: string): Promise<readonly ProgramFile[]> {
  const names = await readdir(folder).catch(() => {
    throw new SluiceError("NOT_BUILT", "system", `${folder} is missing`, {
      hint: "npm run build",
    });
  });
  return Promise.all(
    names.toSorted().map(async (name) => ({ name, content: await readFile(join(folder, name)) })),
  );
}

async function packed(program: readonly ProgramFile[], nodePath: string): Promise<Uint8Array> {
  const node = await readFile(nodePath);
  const entries: readonly TarEntry[] = [
    { path: "bin/", mode: 0o755 },
    { path: "bin/node", mode: 0o755, content: node },
    { path: "bin/sluice-head", mode: 0o755, content: Buffer.from(HEAD_WRAPPER) },
    { path: "lib/", mode: 0o755 },
    ...program.map(({ name, content }) => ({ path: `lib/${name}`, mode: 0o644, content })),
  ];
  return promisify(gzip)(tarOf(entries), { level: 6 });
}

/** A file appears whole or not at all; a cache that can't be written is none. */
async function keep(path: string, archive: Uint8Array): Promise<void> {
  const work = `${path}.${randomUUID()}`;
  try {
    await mkdir(dirname(path), { recursive: true });
    await writeFile(work, archive);
    await rename(work, path);
  } catch {
    await rm(work, { force: true });
  }
}

/** This process's own Node, or that of its version for another architecture, out of npm. */
async function nodeBinary(arch: Architecture, cache: string): Promise<string> {
  const wanted = NODE_ARCH[arch];
  if (process.arch === wanted && process.platform === "linux") return process.execPath;
  const name = `node-linux-${wanted}`;
  const version = process.version.slice(1);
  const path = join(cache, "node", `${name}-${version}`);
  if (await readFile(path).catch(() => undefined)) return path;
  const folder = await mkdtemp(join(tmpdir(), "sluice-node-"));
  const run = promisify(execFile);
  try {
    const pack = ["pack", "--silent", "--pack-destination", folder, `${name}@${version}`];
    const { stdout } = await run("npm", pack, { cwd: folder });
    const file = join(folder, stdout.trim().split("\n").at(-1) ?? "");
    await run("tar", ["-xzf", file, "-C", folder, "package/bin/node"]);
    await mkdir(dirname(path), { recursive: true });
    await keep(path, await readFile(join(folder, "package/bin/node")));
    return path;
  } catch (error) {
    throw new SluiceError(
      "BUNDLE_UNAVAILABLE",
      "system",
      `Node ${version} for Linux on ${wanted} can't be had from npm: ${messageOf(error).split("\n", 1)[0]}`,
      { hint: "check that npm reaches its registry, then repeat", cause: error },
    );
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
