import { chmodSync, chownSync, lstatSync } from "node:fs";
import type { Account } from "./accounts.ts";

/** Takes a folder from the user it was made for: what is in it stays as it is. */
export function seal(folder: string): void {
  chownSync(folder, 0, 0);
  chmodSync(folder, 0o700);
}

/** Not a link to a socket that only root may open. */
export function isSocketOf(path: string, { uid }: Account): boolean {
  const found = lstatSync(path, { throwIfNoEntry: false });
  return found?.isSocket() === true && found.uid === uid && found.nlink === 1;
}
