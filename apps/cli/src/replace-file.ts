import { randomUUID } from "node:crypto";
import { open, realpath, rename, rm, stat } from "node:fs/promises";
import { messageOf, SluiceError } from "@sluice/model";

/**
 * Gives a file that exists another text: the whole of it or, when anything fails, nothing. Its mode
 * and owner stay, and a link to it stays a link.
 *
 * Errors: `OUTPUT_FILE_UNWRITABLE`, also for somebody else's file whose owner could not be kept.
 */
export async function replaceFile(path: string, text: string): Promise<void> {
  try {
    const target = await realpath(path);
    const temporary = `${target}.${randomUUID()}.new`;
    try {
      await writeLike(temporary, text, await stat(target));
      await rename(temporary, target);
    } catch (error) {
      await rm(temporary, { force: true });
      throw error;
    }
  } catch (error) {
    throw new SluiceError(
      "OUTPUT_FILE_UNWRITABLE",
      "user",
      `the file ${path} can't be changed: ${messageOf(error)}`,
      { hint: "run it as the owner of the file and of its folder", cause: error },
    );
  }
}

interface Looks {
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
}

async function writeLike(path: string, text: string, { mode, uid, gid }: Looks): Promise<void> {
  await using file = await open(path, "wx", 0o600);
  const made = await file.stat();
  if (made.uid !== uid || made.gid !== gid) await file.chown(uid, gid);
  await file.chmod(mode & 0o7777);
  await file.writeFile(text);
  await file.sync();
}
