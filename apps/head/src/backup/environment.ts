import { existsSync, readFileSync } from "node:fs";
import { parseEnv } from "node:util";
import { messageOf } from "@sluice/model";
import { run } from "../run.ts";

/**
 * Gives this process what services of this machine have in their environment, such as a proxy: whoever
 * was started by a login has less. What is there stays.
 */
export async function adoptServiceEnvironment(file: string): Promise<void> {
  const shown = await run(["systemctl", "show-environment"]).catch((error: unknown) => {
    process.stderr.write(`sluice-head: systemd tells no environment: ${messageOf(error)}\n`);
    return "";
  });
  const ofProxy = existsSync(file) ? readFileSync(file, "utf8") : "";
  for (const [name, value] of Object.entries({ ...parseEnv(shown), ...parseEnv(ofProxy) })) {
    process.env[name] ??= value;
  }
}
