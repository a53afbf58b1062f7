import { readFileSync } from "node:fs";
import { join } from "node:path";
import { HEAD_LAYOUT, SECRET_FILES } from "@sluice/boot";
import type { HeadContext } from "../context.ts";
import { run } from "../run.ts";
import { install } from "./files.ts";

/** Leaves this head's address and certificate where login machines look for them. */
export async function publishHead({
  address,
  cloud,
}: Pick<HeadContext, "address" | "cloud">): Promise<void> {
  const { publishCommand } = cloud.guest;
  if (publishCommand === undefined) return;
  const certificate = readFileSync(join(HEAD_LAYOUT.secrets, SECRET_FILES.tlsCertificate), "utf8");
  const path = join(HEAD_LAYOUT.run, "join.txt");
  install({ path, content: `${address}\n${certificate}`, mode: 0o600 });
  await run(["sh", "-c", `${publishCommand} "$1"`, "sh", path], "", { timeoutSeconds: 120 });
}
