import { existsSync, mkdirSync, readdirSync, renameSync, rmSync } from "node:fs";
import { networkInterfaces } from "node:os";
import {
  exportFiles,
  HEAD_LAYOUT,
  MOUNT_FUNCTIONS,
  MOUNTS_FILE,
  mountsFile,
  splitMounts,
} from "@sluice/boot";
import type { HeadCloud } from "@sluice/cloud";
import type { ClusterConfig } from "@sluice/model";
import type { HeadContext } from "../context.ts";
import { run } from "../run.ts";
import { isMounted, mountDisks } from "./disks.ts";
import { install, makeDirectory } from "./files.ts";

/** The disks that outlive this machine, where the cloud has such. */
export async function attachDisks(cloud: HeadCloud, config: ClusterConfig): Promise<void> {
  if (cloud.disks === undefined) return;
  await mountDisks(await cloud.disks.attach(), {
    volume: HEAD_LAYOUT.volume,
    raidLevel: (mountPoint) =>
      config.SharedStorage.find(({ MountDir }) => MountDir === mountPoint)?.EbsSettings?.Raid
        ?.Type ?? 0,
  });
}

/**
 * The cluster's file systems on the head, /home among them, and what the head gives of its own to
 * the other machines.
 */
export async function shareStorage(context: Pick<HeadContext, "address" | "cloud">): Promise<void> {
  const { guest, disks } = context.cloud;
  if (disks === undefined && guest.mounts === undefined) return;
  const { given, mounted } = splitMounts(guest.mounts ?? [], context.address);
  if (!(await isMounted("/home"))) await setHomesAside();
  if (mounted.length > 0) {
    install({ path: MOUNTS_FILE, mode: 0o644, content: mountsFile(mounted) });
    await run(["sh", "-e", "-c", `${MOUNT_FUNCTIONS}\nmount_all`], "", MOUNTING);
  }
  if (disks !== undefined && !(await isMounted("/home"))) {
    makeDirectory(HEAD_LAYOUT.home, 0o755);
    await run(["mount", "--bind", HEAD_LAYOUT.home, "/home"]);
  }
  await keepHomes();
  if (given.length === 0) return;
  for (const file of exportFiles(given, guest.networks ?? ownNetworks())) install(file);
  await run(["systemctl", "start", "nfs-server"]);
  await run(["exportfs", "-r"]);
}

const MOUNTING = { timeoutSeconds: 600 };

/** Where the homes of the image's own accounts are seen while the cluster's are on /home. */
const ASIDE = "/run/sluice-homes";

async function setHomesAside(): Promise<void> {
  if (await isMounted(ASIDE)) return;
  mkdirSync(ASIDE, { recursive: true, mode: 0o700 });
  // Private, or what is mounted on /home would appear here as well, and go from there with it.
  await run(["mount", "--bind", "--make-private", "/home", ASIDE]);
}

/** cloud-init gave one of them the key that the administrator logs in with. */
async function keepHomes(): Promise<void> {
  if (!(await isMounted(ASIDE))) return;
  for (const name of readdirSync(ASIDE)) {
    const home = `/home/${name}`;
    if (existsSync(home)) continue;
    rmSync(`${home}.new`, { recursive: true, force: true });
    await run(["cp", "--archive", `${ASIDE}/${name}`, `${home}.new`], "", MOUNTING);
    renameSync(`${home}.new`, home);
  }
  await run(["umount", ASIDE]);
}

function ownNetworks(): readonly string[] {
  return Object.values(networkInterfaces()).flatMap((all) =>
    (all ?? []).flatMap(({ family, internal, cidr }) =>
      family === "IPv4" && !internal && cidr !== null ? [cidr] : [],
    ),
  );
}
