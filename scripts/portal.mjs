// Builds the portal into a folder, compressed for those who can take it so. What it is made of is
// hashed: where the folder has it already, nothing is done.
import { createHash } from "node:crypto";
import { cpSync, existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { promisify } from "node:util";
import { brotliCompress, constants, gzip } from "node:zlib";

const MADE_OF = [
  "apps/portal",
  "packages/api",
  "packages/model",
  "package-lock.json",
  "scripts/portal.mjs",
];
const KEY = ".made-of";
/** Bytes below which it is not worth it. */
const SMALL = 1024;

/** @param {string} folder @param {string} before a folder that may have it from the last time */
export async function buildPortal(folder, before) {
  const key = keyOf(MADE_OF);
  const kept = join(before, KEY);
  if (existsSync(kept) && readFileSync(kept, "utf8") === key) {
    cpSync(before, folder, { recursive: true });
    return;
  }
  // Whoever builds, as a run of tests: React's own checks are for those who write it.
  process.env.NODE_ENV = "production";
  const { build } = await import("vite");
  await build({
    configFile: "apps/portal/vite.config.ts",
    logLevel: "warn",
    build: { outDir: resolve(folder), emptyOutDir: true },
  });
  const assets = join(folder, "assets");
  await Promise.all(readdirSync(assets).map((name) => compress(join(assets, name))));
  writeFileSync(join(folder, KEY), key);
}

async function compress(file) {
  const content = readFileSync(file);
  if (content.length < SMALL || /\.(woff2|png)$/.test(file)) return;
  const params = { [constants.BROTLI_PARAM_QUALITY]: 11 };
  writeFileSync(`${file}.br`, await promisify(brotliCompress)(content, { params }));
  writeFileSync(`${file}.gz`, await promisify(gzip)(content, { level: 9 }));
}

function keyOf(paths) {
  const hash = createHash("sha256");
  const add = (path) => {
    const entries = path.includes(".") ? undefined : readdirSync(path, { withFileTypes: true });
    if (entries === undefined) {
      hash.update(`${path}\0`).update(readFileSync(path)).update("\0");
      return;
    }
    for (const entry of entries.toSorted((a, b) => (a.name < b.name ? -1 : 1))) {
      if (entry.name === "node_modules" || /\.test\.tsx?$/.test(entry.name)) continue;
      const below = join(path, entry.name);
      if (entry.isDirectory()) add(below);
      else hash.update(`${below}\0`).update(readFileSync(below)).update("\0");
    }
  };
  for (const path of paths) add(path);
  return hash.digest("hex");
}
