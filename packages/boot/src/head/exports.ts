import { HEAD_NAME } from "../layout.ts";
import type { MachineMount } from "../steps/mounts.ts";
import type { MachineFile } from "./units.ts";

export const EXPORTS_FILE = "/etc/exports.d/sluice.exports";

/**
 * What of the mounts that machines of a cluster have is the head's to give, and what the head mounts
 * like everybody else.
 *
 * @param address the head's own, which mounts may name instead of `head`.
 */
export function splitMounts(
  mounts: readonly MachineMount[],
  address: string,
): { readonly given: readonly string[]; readonly mounted: readonly MachineMount[] } {
  const pathOf = ({ source }: MachineMount): string | undefined =>
    [HEAD_NAME, address]
      .filter((host) => source.startsWith(`${host}:/`))
      .map((host) => source.slice(host.length + 1))[0];
  return {
    given: mounts.flatMap((mount) => pathOf(mount) ?? []),
    mounted: mounts.filter((mount) => pathOf(mount) === undefined),
  };
}

/**
 * The head's exports, to the cluster's networks alone. Root is root there, because machines make
 * homes at first logins and run custom actions; jobs never run as root.
 *
 * @param networks CIDR blocks.
 */
export function exportFiles(
  paths: readonly string[],
  networks: readonly string[],
): readonly MachineFile[] {
  const clients = networks.map((network) => `${network}(rw,sync,no_root_squash,no_subtree_check)`);
  return [
    {
      path: EXPORTS_FILE,
      mode: 0o644,
      content: paths.map((path) => `"${path}" ${clients.join(" ")}\n`).join(""),
    },
    // Slurm starts hundreds of machines at once, and each mounts at once.
    { path: "/etc/nfs.conf.d/sluice.conf", mode: 0o644, content: "[nfsd]\nthreads=32\n" },
  ];
}
