import { createHash, randomUUID } from "node:crypto";
import { existsSync } from "node:fs";
import {
  chmod,
  copyFile,
  cp,
  link,
  mkdir,
  readdir,
  rename,
  rm,
  stat,
  writeFile,
} from "node:fs/promises";
import { join } from "node:path";

/** Of the programs beside the service, what no server needs. */
const LEFT_OUT: ReadonlySet<string> = new Set(["head", "lambda", "compile-cache"]);

const WRAPPER = `#!/bin/sh
folder=$(dirname -- "$0")
exec "$folder/node" "$folder/../dist/sluice.mjs" "$@"
`;

/**
 * What a machine of a site runs as its server: the command line and Node, in one folder. Kept by
 * content, so that a site stays with its version while the checkout moves on.
 *
 * @param options.directory where such folders are kept.
 * @param options.dist the built programs.
 * @param options.node the Node binary that runs them.
 */
export async function ensureServerBundle({
  directory,
  dist,
  node,
}: {
  readonly directory: string;
  readonly dist: string;
  readonly node: string;
}): Promise<string> {
  const names = (await readdir(dist)).filter((name) => !LEFT_OUT.has(name)).toSorted();
  const content = createHash("sha256").update(process.version).update(WRAPPER);
  for (const name of names) {
    const { size, mtimeMs } = await stat(join(dist, name));
    content.update(`${name} ${size} ${mtimeMs}\n`);
  }
  const final = join(directory, `server-${content.digest("hex").slice(0, 16)}`);
  if (existsSync(final)) return final;
  const work = `${final}.${process.pid}.${randomUUID()}.new`;
  await rm(work, { recursive: true, force: true });
  await mkdir(join(work, "bin"), { recursive: true, mode: 0o755 });
  const own = join(work, "bin/node");
  await link(node, own).catch(() => copyFile(node, own));
  for (const name of names) {
    await cp(join(dist, name), join(work, "dist", name), { recursive: true });
  }
  await writeFile(join(work, "bin/sluice"), WRAPPER, { mode: 0o755 });
  await chmod(work, 0o755);
  await rename(work, final).catch(async (error: unknown) => {
    await rm(work, { recursive: true, force: true });
    if (!existsSync(final)) throw error;
  });
  return final;
}
