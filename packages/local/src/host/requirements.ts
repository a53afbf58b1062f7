import { accessSync, constants } from "node:fs";
import { writeFile } from "node:fs/promises";
import { delimiter, join } from "node:path";
import { SluiceError } from "@sluice/model";

/** What a command of the host needs, and the Debian package that brings it. */
const TOOLS: Readonly<Record<string, string>> = {
  "systemd-nspawn": "systemd-container",
  mmdebstrap: "mmdebstrap",
  ip: "iproute2",
  unshare: "util-linux",
  nsenter: "util-linux",
  mount: "mount",
};

/**
 * Throws LOCAL_NEEDS_ROOT, or LOCAL_TOOL_MISSING naming every missing Debian package at once.
 */
export function requireHost(env: Readonly<Record<string, string | undefined>> = process.env): void {
  if (process.getuid?.() !== 0) {
    throw new SluiceError(
      "LOCAL_NEEDS_ROOT",
      "user",
      "the local provider makes namespaces, mounts and network links, and needs root",
      { hint: "run the same command with sudo" },
    );
  }
  const path = `${env.PATH ?? ""}:/usr/sbin:/sbin`.split(delimiter);
  const missing = Object.keys(TOOLS).filter(
    (tool) => !path.some((dir) => executable(join(dir, tool))),
  );
  if (missing.length > 0) {
    const packages = [...new Set(missing.map((tool) => TOOLS[tool]))].join(" ");
    throw new SluiceError(
      "LOCAL_TOOL_MISSING",
      "system",
      `the local provider needs ${missing.join(", ")}, which this host does not have`,
      { hint: `apt-get install ${packages}` },
    );
  }
}

function executable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

/**
 * Raises the kernel limits that many machines on one host run into: every systemd holds several
 * inotify instances (default 128 in all) and every slurmd several threads. A host that does not
 * let us is left as it is; it then carries fewer machines.
 */
export async function raiseKernelLimits(): Promise<void> {
  const wanted = {
    "/proc/sys/fs/inotify/max_user_instances": 65_536,
    "/proc/sys/fs/inotify/max_user_watches": 1_048_576,
    "/proc/sys/kernel/pid_max": 4_194_304,
    "/proc/sys/kernel/keys/maxkeys": 65_536,
    "/proc/sys/net/ipv4/neigh/default/gc_thresh1": 4096,
    "/proc/sys/net/ipv4/neigh/default/gc_thresh2": 8192,
    "/proc/sys/net/ipv4/neigh/default/gc_thresh3": 16_384,
  };
  const { readFile } = await import("node:fs/promises");
  for (const [file, value] of Object.entries(wanted)) {
    try {
      if (Number(await readFile(file, "utf8")) < value) await writeFile(file, String(value));
    } catch {
      // Not ours to change here; the default stands.
    }
  }
}
