import { existsSync, mkdirSync, renameSync, rmSync } from "node:fs";
import { join } from "node:path";
import { HEAD_LAYOUT } from "@sluice/boot";
import type { ClusterConfig } from "@sluice/model";
import { run } from "../run.ts";

/**
 * Host keys of login machines, so that the ones behind one address, and those that come after them,
 * are the same to whoever logs in.
 */
export async function ensureHostKeys(config: ClusterConfig): Promise<void> {
  const folder = HEAD_LAYOUT.hostKeys;
  if (config.LoginNodes === undefined || existsSync(folder)) return;
  const work = `${folder}.new`;
  rmSync(work, { recursive: true, force: true });
  mkdirSync(work, { recursive: true, mode: 0o700 });
  for (const type of ["ed25519", "ecdsa", "rsa"]) {
    const file = join(work, `ssh_host_${type}_key`);
    await run(["ssh-keygen", "-q", "-t", type, "-N", "", "-C", "", "-f", file]);
  }
  renameSync(work, folder);
}
