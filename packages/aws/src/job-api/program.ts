import { readFile } from "node:fs/promises";
import { buffer } from "node:stream/consumers";
import { fileURLToPath } from "node:url";
import { SluiceError } from "@sluice/model";
import { ZipFile } from "yazl";
import { type ObjectStore, sha256 } from "../bucket.ts";
import { OBJECTS } from "../names.ts";

/** Gives the function's program as it was built, one module. */
export type FunctionProgram = () => Promise<Uint8Array>;

/** That of this installation. Errors: `NOT_BUILT`. */
export function installedFunction(
  path = fileURLToPath(new URL("./lambda/submit-object.mjs", import.meta.url)),
): FunctionProgram {
  return () =>
    readFile(path).catch((cause: unknown) => {
      throw new SluiceError("NOT_BUILT", "system", `${path} is missing`, {
        hint: "build it with: npm run build",
        cause,
      });
    });
}

/** As Lambda wants it; the same program always gives the same archive. */
export async function functionArchive(program: Uint8Array): Promise<Uint8Array> {
  const zip = new ZipFile();
  const options = { mtime: new Date("2020-01-01T00:00:00Z"), mode: 0o100644 };
  zip.addBuffer(Buffer.from(program), "index.mjs", options);
  zip.end();
  return buffer(zip.outputStream);
}

/** Puts it where Lambda takes it from. @returns its key. */
export async function ensureFunction(
  store: ObjectStore,
  program: FunctionProgram,
): Promise<string> {
  const archive = await functionArchive(await program());
  const key = OBJECTS.function(sha256(archive));
  if (!(await store.has(key))) await store.write(key, archive);
  return key;
}
