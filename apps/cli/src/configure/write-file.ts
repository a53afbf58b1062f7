import { randomUUID } from "node:crypto";
import { open, realpath, rename, rm } from "node:fs/promises";
import { messageOf, SluiceError } from "@sluice/model";

/** Its owner's alone: a cluster file may say what others need not know. */
const MODE = 0o600;

/**
 * Writes a whole file or nothing; only its owner can read it. Somebody else's file of that name is
 * replaced only with `replace`, and a link to one stays a link.
 *
 * Errors: `OUTPUT_FILE_EXISTS`, `OUTPUT_FILE_UNWRITABLE`, and those of making the content.
 */
export async function writeWholeFile(
  path: string,
  content: string | AsyncIterable<Uint8Array>,
  { replace = false }: { readonly replace?: boolean } = {},
): Promise<void> {
  if (!replace) await claim(path);
  try {
    const target = await realpath(path).catch(() => path);
    const temporary = `${target}.${randomUUID()}.new`;
    await writeSynced(temporary, content);
    try {
      await rename(temporary, target);
    } catch (error) {
      await rm(temporary, { force: true });
      throw error;
    }
  } catch (error) {
    if (!replace) await rm(path, { force: true });
    // Whoever makes the content may fail as well, and says so in its own words.
    throw error instanceof Error && "syscall" in error ? unwritable(path, error) : error;
  }
}

/** Of two who want the name at once, one gets it. */
async function claim(path: string): Promise<void> {
  try {
    await (await open(path, "wx", MODE)).close();
  } catch (error) {
    if (!(error instanceof Error && "code" in error && error.code === "EEXIST")) {
      throw unwritable(path, error);
    }
    throw new SluiceError("OUTPUT_FILE_EXISTS", "user", `there is a file ${path} already`, {
      hint: "give another name, or remove the file",
      cause: error,
    });
  }
}

async function writeSynced(
  path: string,
  content: string | AsyncIterable<Uint8Array>,
): Promise<void> {
  const file = await open(path, "wx", MODE);
  try {
    await file.writeFile(content);
    await file.sync();
  } catch (error) {
    await rm(path, { force: true });
    throw error;
  } finally {
    await file.close();
  }
}

function unwritable(path: string, cause: unknown): SluiceError {
  return new SluiceError(
    "OUTPUT_FILE_UNWRITABLE",
    "user",
    `the file ${path} can't be written: ${messageOf(cause)}`,
    { hint: "give the path of a file in a folder that you may write to", cause },
  );
}
