import { mkdir, readdir, readFile, rename, stat, unlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { z } from "zod";

const recordSchema = z.object({
  folder: z.string(),
  path: z.string(),
  length: z.int().min(0),
});
/** Where an upload is. */
export type UploadRecord = z.output<typeof recordSchema>;

/**
 * The uploads of a user, in the user's home: so that they are found again and cleared away. Only a
 * help: where the home is full or missing, uploads work, and what is given up stays where it is.
 */
export interface UploadRecords {
  write(id: string, record: UploadRecord): Promise<void>;
  read(id: string): Promise<UploadRecord | undefined>;
  remove(id: string): Promise<void>;
  ids(): Promise<readonly string[]>;
  /** Milliseconds since it was written. */
  age(id: string, now: Date): Promise<number>;
}

export const UPLOAD_ID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;
const FOLDER = ".local/state/sluice/uploads";

export function createUploadRecords(home: string): UploadRecords {
  const folder = join(home, FOLDER);
  const at = (id: string): string => join(folder, `${id}.json`);
  return {
    async write(id, record) {
      try {
        await mkdir(folder, { recursive: true, mode: 0o700 });
        await writeFile(`${at(id)}.new`, JSON.stringify(record), { mode: 0o600 });
        await rename(`${at(id)}.new`, at(id));
      } catch {
        // Only a help, as above.
      }
    },
    async read(id) {
      try {
        return recordSchema.parse(JSON.parse(await readFile(at(id), "utf8")));
      } catch {
        return undefined;
      }
    },
    remove: (id) => unlink(at(id)).catch(() => undefined),
    async ids() {
      const names = await readdir(folder).catch((): string[] => []);
      return names.map((name) => name.replace(/\.json$/, "")).filter((id) => UPLOAD_ID.test(id));
    },
    async age(id, now) {
      const written = await stat(at(id)).catch(() => undefined);
      return now.getTime() - (written?.mtimeMs ?? now.getTime());
    },
  };
}
