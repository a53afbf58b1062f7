import { copyFile, mkdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { runNamespaced } from "../host/namespaced.ts";

/** With the system's folder as $1: what packages' own scripts look for, and nothing of the host's. */
const ENTER = `set -e
mount -t proc proc "$1/proc"
mount -t sysfs -o ro sysfs "$1/sys"
mount -t tmpfs -o mode=755 tmpfs "$1/dev"
for name in null zero full random urandom tty; do
  : > "$1/dev/$name"
  mount --bind "/dev/$name" "$1/dev/$name"
done
mkdir "$1/dev/shm" "$1/dev/pts"
mount -t tmpfs -o mode=1777 tmpfs "$1/dev/shm"
ln -s /proc/self/fd "$1/dev/fd"
mount -t tmpfs -o mode=755 tmpfs "$1/run"
root=$1
shift
exec chroot "$root" "$@"
`;

/** How the host finds names, and what it goes through to the network. */
const PROXIES = ["http_proxy", "https_proxy", "no_proxy", "HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY"];

/**
 * Runs a program of a system that is a folder, as its root, on the host's network.
 *
 * @returns its exit code; null when it was killed. Throws the signal's reason.
 */
export async function runInSystem(
  root: string,
  argv: readonly string[],
  options: { readonly signal: AbortSignal; readonly onOutput: (text: string) => void },
): Promise<number | null> {
  await mkdir(join(root, "etc"), { recursive: true });
  for (const name of ["resolv.conf", "hosts"]) {
    // It may be a link that means something only in a machine.
    await rm(join(root, "etc", name), { force: true });
    await copyFile(join("/etc", name), join(root, "etc", name));
  }
  const proxies = PROXIES.flatMap((name) => {
    const value = process.env[name];
    return value === undefined ? [] : [[name, value]];
  });
  return runNamespaced(["sh", "-c", ENTER, "sh", root, ...argv], {
    ...options,
    env: {
      PATH: "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
      HOME: "/root",
      ...(Object.fromEntries(proxies) as Record<string, string>),
    },
  });
}
