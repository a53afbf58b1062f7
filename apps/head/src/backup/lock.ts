import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync } from "node:fs";
import { dirname } from "node:path";
import { SluiceError } from "@sluice/model";

const TAKEN = 75;

/**
 * The lock of backups on this head. A process of its own holds it by the kernel, for as long as it is
 * told to: it is free again when this process ends, however that is.
 *
 * @param waitSeconds for whoever has it.
 *
 * Errors: `BACKUP_BUSY`.
 */
export async function backupLock(path: string, waitSeconds = 0): Promise<Disposable> {
  mkdirSync(dirname(path), { recursive: true });
  const held = ["sh", "-c", "echo held; exec cat >/dev/null"];
  const child = spawn("flock", ["-w", `${waitSeconds}`, "-E", `${TAKEN}`, path, ...held], {
    stdio: ["pipe", "pipe", "inherit"],
    // Of its own, so that a Ctrl-C does not set it free before its holder has ended.
    detached: true,
  });
  const said = once(child.stdout, "data");
  said.catch(() => {});
  const ended = once(child, "close") as Promise<[number | null]>;
  const code = await Promise.race([said.then(() => undefined), ended.then(([end]) => end)]);
  if (code === undefined) return { [Symbol.dispose]: () => void child.stdin.end() };
  throw new SluiceError(
    "BACKUP_BUSY",
    "system",
    code === TAKEN ? "another backup is being made or restored" : "the lock can't be had",
    { hint: "wait until it has ended, then repeat" },
  );
}
