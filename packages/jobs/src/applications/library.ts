import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { readApplication } from "./parse.ts";
import type { Application } from "./schema.ts";

export interface LibraryApplication {
  readonly application: Application;
  readonly text: string;
}

/** Beside this module, and beside the program that it is bundled into. */
const FOLDER = fileURLToPath(new URL("./library", import.meta.url));

/** The applications that come along, by name. */
export async function libraryApplications(): Promise<ReadonlyMap<string, LibraryApplication>> {
  const files = (await readdir(FOLDER)).filter((name) => name.endsWith(".yaml")).sort();
  const read = files.map(async (name) => {
    const text = await readFile(join(FOLDER, name), "utf8");
    const application = readApplication(text, name);
    return [application.Name, { application, text }] as const;
  });
  return new Map(await Promise.all(read));
}
