import { chownSync, existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import type { MachineFile } from "@sluice/boot";

/** User and group numbers of this machine, by user name. */
export function accountOf(name: string): { readonly uid: number; readonly gid: number } {
  const line = readFileSync("/etc/passwd", "utf8")
    .split("\n")
    .find((entry) => entry.startsWith(`${name}:`));
  const [, , uid, gid] = line?.split(":") ?? [];
  if (uid === undefined || gid === undefined) throw new Error(`this machine has no user ${name}`);
  return { uid: Number(uid), gid: Number(gid) };
}

/** Writes a file whole or not at all, with its owner and mode from the first instant. */
export function install(file: MachineFile): void {
  mkdirSync(dirname(file.path), { recursive: true });
  const temporary = `${file.path}.new`;
  writeFileSync(temporary, file.content, { mode: file.mode });
  if (file.owner !== undefined) {
    const { uid, gid } = accountOf(file.owner);
    chownSync(temporary, uid, gid);
  }
  renameSync(temporary, file.path);
}

export function makeDirectory(path: string, mode: number, owner = "root"): void {
  if (!existsSync(path)) mkdirSync(path, { recursive: true, mode });
  const { uid, gid } = accountOf(owner);
  chownSync(path, uid, gid);
}
