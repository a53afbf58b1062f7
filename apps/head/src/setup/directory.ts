import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { DIRECTORY_FUNCTION, HEAD_LAYOUT, SECRET_FILES, sssdConf } from "@sluice/boot";
import { SluiceError } from "@sluice/model";
import type { HeadContext } from "../context.ts";
import { run } from "../run.ts";
import { install } from "./files.ts";

/** Users of the directory service on this machine, and on the volume what the others need for it. */
export async function useDirectory({
  config,
  cloud,
}: Pick<HeadContext, "config" | "cloud">): Promise<void> {
  const { DirectoryService: directory } = config;
  if (directory === undefined) return;
  const kept = join(HEAD_LAYOUT.secrets, SECRET_FILES.directory);
  const isKept = existsSync(kept);
  const given = await cloud.secrets?.read("directory").catch((error: unknown) => {
    if (!isKept) throw error;
  });
  if (given !== undefined) install({ path: kept, content: given, mode: 0o600 });
  if (given === undefined && !isKept) {
    throw new SluiceError(
      "DIRECTORY_PASSWORD_MISSING",
      "user",
      `the password of ${directory.DomainReadOnlyUser} can't be read from ${directory.PasswordSecretArn}`,
      { hint: "see DirectoryService/PasswordSecretArn, and that the head's role may read it" },
    );
  }
  install(sssdConf(directory, readFileSync(kept, "utf8").trim()));
  await run(["sh", "-e", "-c", `${DIRECTORY_FUNCTION}\nuse_directory`]);
}
