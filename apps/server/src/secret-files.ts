import { readFile, stat } from "node:fs/promises";
import { messageOf, SluiceError } from "@sluice/model";
import { type ServerConfig, secretFilesOf } from "@sluice/server";

/** Files that nobody but the server may read. */
export function allSecretFiles(config: ServerConfig): readonly string[] {
  const { Listen, Database, Authentication, Triggers } = config;
  const files = [
    Listen.Tls?.KeyFile,
    Database?.PasswordFile,
    Triggers.SiteKeyFile,
    ...secretFilesOf(Authentication),
  ];
  return files.filter((file) => file !== undefined);
}

/** What is wrong with each: `SECRET_MISSING`, `SECRET_EXPOSED`. */
export async function secretFileProblems(files: readonly string[]): Promise<SluiceError[]> {
  const problems = await Promise.all(files.map(problemOf));
  return problems.filter((problem) => problem !== undefined);
}

async function problemOf(file: string): Promise<SluiceError | undefined> {
  try {
    const { mode, uid } = await stat(file);
    const isOurs = uid === process.geteuid?.() || uid === 0;
    // A group may be made to give the server what is another's.
    if ((mode & 0o007) !== 0 || (mode & 0o020) !== 0 || !isOurs) return exposed(file, mode);
    await readFile(file);
    return undefined;
  } catch (error) {
    return new SluiceError("SECRET_MISSING", "user", `${file}: ${messageOf(error)}`, {
      hint: "write it there, readable by the server alone",
      cause: error,
    });
  }
}

function exposed(file: string, mode: number): SluiceError {
  const octal = (mode & 0o777).toString(8).padStart(4, "0");
  return new SluiceError(
    "SECRET_EXPOSED",
    "user",
    `${file} holds a secret and is not the server's alone: its mode is ${octal}`,
    { hint: `chown it to the server's user, and: chmod 600 ${file}` },
  );
}
