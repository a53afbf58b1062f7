import { readdir, readFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { gzip } from "node:zlib";
import { SluiceError } from "@sluice/model";
import { type ObjectStore, sha256 } from "./bucket.ts";
import { OBJECTS } from "./names.ts";
import { type TarEntry, tarOf } from "./tar.ts";

/** Gives the archive that is unpacked to `/opt/sluice-server`: the server without Node. */
export type ServerProgram = () => Promise<Uint8Array>;

/** Of the built programs, what no server in a cloud needs. */
const LEFT_OUT: ReadonlySet<string> = new Set([
  "head",
  "lambda",
  "compile-cache",
  "local-service.mjs",
]);

/** With the Node of the program beside it. */
const WRAPPER = `#!/bin/sh
folder=$(dirname -- "$0")
exec /opt/sluice/bin/node "$folder/../dist/sluice.mjs" "$@"
`;

/**
 * That of this installation; the same content always gives the same archive.
 *
 * @param dist the folder of the built programs; by default the one that this is in.
 * @returns what throws `NOT_BUILT` where there is none.
 */
export function installedServer(
  dist: string = fileURLToPath(new URL(".", import.meta.url)),
): ServerProgram {
  return async () => {
    const names = await namesIn(dist);
    const files = await Promise.all(
      names.map(async (name) => ({ name, content: await readFile(join(dist, name)) })),
    );
    const folders = new Set(names.flatMap((name) => foldersOf(join("dist", name))));
    const entries: readonly TarEntry[] = [
      { path: "bin/", mode: 0o755 },
      { path: "bin/sluice", mode: 0o755, content: Buffer.from(WRAPPER) },
      ...[...folders].toSorted().map((path) => ({ path: `${path}/`, mode: 0o755 })),
      ...files.map(({ name, content }) => ({ path: `dist/${name}`, mode: 0o644, content })),
    ];
    return promisify(gzip)(tarOf(entries), { level: 6 });
  };
}

async function namesIn(dist: string): Promise<readonly string[]> {
  const all = await readdir(dist, { recursive: true, withFileTypes: true }).catch(() => []);
  const names = all
    .filter((entry) => entry.isFile())
    .map(({ parentPath, name }) => join(parentPath, name).slice(join(dist, "/").length))
    .filter((name) => !LEFT_OUT.has(name.split("/")[0] ?? ""));
  if (names.includes("sluice.mjs")) return names.toSorted();
  throw new SluiceError("NOT_BUILT", "system", `${join(dist, "sluice.mjs")} is missing`, {
    hint: "npm run build",
  });
}

function foldersOf(path: string): readonly string[] {
  const folder = dirname(path);
  return folder === "." ? [] : [...foldersOf(folder), folder];
}

/** Puts it where a site's machines find it. */
export async function ensureServer(
  store: ObjectStore,
  program: ServerProgram,
): Promise<{ readonly key: string; readonly sha256: string }> {
  const archive = await program();
  const sum = sha256(archive);
  const key = OBJECTS.server(sum);
  if (!(await store.has(key))) await store.write(key, archive);
  return { key, sha256: sum };
}
