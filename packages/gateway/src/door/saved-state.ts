import { open } from "node:fs/promises";
import { SUBMISSION_TAG } from "@sluice/slurm";

const CHUNK_BYTES = 1 << 20;
const PREFIX = Buffer.from("sluice=");
/** Of `sluice=` and a UUID. */
const TAG_BYTES = PREFIX.length + 36;

/**
 * The tags in a file that slurmctld saves its jobs in. Slurm writes texts as they are, and puts the
 * file in place of the one before when it is whole and on the disk, so that what is found there
 * outlives a slurmctld killed now. Read only when it is another one than last time.
 */
export class SavedState {
  readonly #path: string;
  #known = "";
  #tags: ReadonlySet<string> = new Set();
  #reading: Promise<ReadonlySet<string>> | undefined;

  /** @param path `job_state` in StateSaveLocation; none when there were never jobs. */
  constructor(path: string) {
    this.#path = path;
  }

  /** The tags in the file as it is now, or as it became while this was asked. */
  async tags(): Promise<ReadonlySet<string>> {
    // A reading that is under way may have begun with a file from before the question.
    await this.#reading?.catch(() => {});
    this.#reading ??= this.#read().finally(() => {
      this.#reading = undefined;
    });
    return this.#reading;
  }

  async #read(): Promise<ReadonlySet<string>> {
    let file: Awaited<ReturnType<typeof open>>;
    try {
      file = await open(this.#path, "r");
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === "ENOENT") return new Set();
      throw error;
    }
    try {
      const { ino, size, mtimeNs, ctimeNs } = await file.stat({ bigint: true });
      const version = [ino, size, mtimeNs, ctimeNs].join();
      if (version === this.#known) return this.#tags;
      const tags = new Set<string>();
      const buffer = Buffer.allocUnsafe(CHUNK_BYTES + TAG_BYTES);
      let kept = 0;
      for (;;) {
        const { bytesRead } = await file.read(buffer, kept, CHUNK_BYTES);
        if (bytesRead === 0) break;
        const filled = buffer.subarray(0, kept + bytesRead);
        collect(filled, tags);
        // A tag may lie across two pieces.
        kept = Math.min(filled.length, TAG_BYTES - 1);
        filled.copy(buffer, 0, filled.length - kept);
      }
      this.#tags = tags;
      this.#known = version;
      return tags;
    } finally {
      await file.close();
    }
  }
}

function collect(bytes: Buffer, tags: Set<string>): void {
  for (let at = bytes.indexOf(PREFIX); at >= 0; at = bytes.indexOf(PREFIX, at + 1)) {
    if (at + TAG_BYTES > bytes.length) return;
    const [tag] = SUBMISSION_TAG.exec(bytes.toString("latin1", at, at + TAG_BYTES)) ?? [];
    if (tag !== undefined) tags.add(tag);
  }
}
