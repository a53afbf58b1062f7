import { createHash, randomUUID } from "node:crypto";
import { existsSync } from "node:fs";
import {
  chmod,
  copyFile,
  link,
  mkdir,
  readdir,
  readFile,
  rename,
  rm,
  writeFile,
} from "node:fs/promises";
import { join } from "node:path";
import { HEAD_WRAPPER } from "@sluice/boot";
import { SluiceError } from "@sluice/model";

/**
 * What the head runs of ours: Node and the daemon in one folder, kept by content, so that a
 * cluster keeps the version it was made with while the checkout moves on.
 */
export async function ensureBundle(options: {
  readonly directory: string;
  /** The folder of the built `head.mjs`, with the parts that it loads. */
  readonly headProgram: string;
  /** The Node binary that runs it. */
  readonly node: string;
}): Promise<string> {
  const names = await readdir(options.headProgram).catch(() => {
    throw new SluiceError("NOT_BUILT", "system", `${options.headProgram} is missing`, {
      hint: "npm run build",
    });
  });
  const content = createHash("sha256").update(process.version).update(HEAD_WRAPPER);
  for (const name of names.toSorted()) {
    content.update(name).update(await readFile(join(options.headProgram, name)));
  }
  const hash = content.digest("hex").slice(0, 16);
  const final = join(options.directory, hash);
  if (existsSync(final)) return final;
  const work = `${final}.${process.pid}.${randomUUID()}.new`;
  await rm(work, { recursive: true, force: true });
  await mkdir(join(work, "bin"), { recursive: true, mode: 0o755 });
  await mkdir(join(work, "lib"), { recursive: true, mode: 0o755 });
  await link(options.node, join(work, "bin/node")).catch(() =>
    copyFile(options.node, join(work, "bin/node")),
  );
  for (const name of names) {
    await copyFile(join(options.headProgram, name), join(work, "lib", name));
    await chmod(join(work, "lib", name), 0o644);
  }
  await writeFile(join(work, "bin/sluice-head"), HEAD_WRAPPER, { mode: 0o755 });
  await chmod(work, 0o755);
  await rename(work, final).catch(async (error: unknown) => {
    await rm(work, { recursive: true, force: true });
    if (!existsSync(final)) throw error;
  });
  return final;
}
