import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync } from "node:fs";
import { networkInterfaces } from "node:os";
import {
  EXPORTS_FILE,
  exportFiles,
  HEAD_LAYOUT,
  MOUNT_FUNCTIONS,
  MOUNTS_FILE,
  mountsFile,
  splitMounts,
  UNMOUNT_FUNCTION,
} from "@sluice/boot";
import type { HeadCloud } from "@sluice/cloud";
import type { ClusterConfig } from "@sluice/model";
import type { HeadContext } from "../context.ts";
import { run } from "../run.ts";
import { isMounted, mountDisks } from "./disks.ts";
import { install, makeDirectory } from "./files.ts";
import { openFolders } from "./open-folders.ts";
import { freeDisk, placesOf } from "./unmount.ts";

/** The disks that outlive this machine, where the cloud has such; all, or the `only` one. */
export async function attachDisks(
  cloud: Pick<HeadCloud, "disks">,
  config: ClusterConfig,
  only?: string,
): Promise<void> {
  if (cloud.disks === undefined) return;
  const disks = await cloud.disks.attach(only === undefined ? {} : { only });
  for (const { device, mountPoint } of disks) {
    const places = placesOf(device);
    if (places.length > 0 && !places.includes(mountPoint)) await freeDisk(device);
  }
  await mountDisks(disks, {
    volume: HEAD_LAYOUT.volume,
    raidLevel: (mountPoint) =>
      config.SharedStorage.find(({ MountDir }) => MountDir === mountPoint)?.EbsSettings?.Raid
        ?.Type ?? 0,
  });
}

/**
 * The cluster's file systems on the head, /home among them, and what the head gives of its own to
 * the other machines: those of the cluster file, whatever was there before. May be killed at any
 * point and run again.
 */
export async function shareStorage(
  context: Pick<HeadContext, "address" | "cloud" | "config">,
): Promise<void> {
  const { guest, disks } = context.cloud;
  if (disks === undefined && guest.mounts === undefined) return;
  const { given, mounted } = splitMounts(guest.mounts ?? [], context.address);
  await giveNoMore(given);
  if (mounted.length > 0 || existsSync(MOUNTS_FILE)) {
    install({ path: MOUNTS_FILE, mode: 0o644, content: mountsFile(mounted) });
    await shell("unmount_former");
  }
  await releaseDisks(context.cloud);
  await attachDisks(context.cloud, context.config);
  if (!(await isMounted("/home"))) await setHomesAside();
  if (existsSync(MOUNTS_FILE)) await shell("mount_all");
  if (disks !== undefined && !(await isMounted("/home"))) {
    makeDirectory(HEAD_LAYOUT.home, 0o755);
    await run(["mount", "--bind", HEAD_LAYOUT.home, "/home"]);
  }
  await keepHomes();
  await openSiteFolders(context.config);
  if (given.length === 0 && !existsSync(EXPORTS_FILE)) return;
  for (const file of exportFiles(given, guest.networks ?? ownNetworks())) install(file);
  await run(["systemctl", "start", "nfs-server"]);
  await run(["exportfs", "-r"]);
}

/** Only a cluster of a site has a key for tokens that is not its own, and a slurmdbd elsewhere. */
async function openSiteFolders({ Scheduling, SharedStorage }: HeadContext["config"]) {
  const { JwtKeySecretArn, ExternalSlurmdbd } = Scheduling.SlurmSettings;
  if (JwtKeySecretArn === undefined || ExternalSlurmdbd === undefined) return;
  await openFolders(SharedStorage, { note: HEAD_LAYOUT.openedFolders, isOfSite: true });
}

/** What a function says of its failure is what is told of it. */
async function shell(call: string): Promise<void> {
  const script = [MOUNT_FUNCTIONS, UNMOUNT_FUNCTION, `${call} >&2`].join("\n");
  await run(["sh", "-e", "-c", script], "", MOUNTING);
}

/** The server itself would hold what it gives. */
async function giveNoMore(given: readonly string[]): Promise<void> {
  if (!existsSync(EXPORTS_FILE)) return;
  const lines = readFileSync(EXPORTS_FILE, "utf8").split("\n").filter(Boolean);
  const kept = lines.filter((line) => given.some((path) => line.startsWith(`"${path}" `)));
  if (kept.length === lines.length) return;
  const content = kept.map((line) => `${line}\n`).join("");
  install({ path: EXPORTS_FILE, mode: 0o644, content });
  await run(["exportfs", "-r"]);
}

async function releaseDisks({ disks }: Pick<HeadCloud, "disks">): Promise<void> {
  if (disks === undefined) return;
  const leaving = await disks.leaving();
  const freed = new Set<string>();
  for (const { id, device } of leaving) if (await freeDisk(device)) freed.add(id);
  for (const { id } of leaving) if (freed.has(id)) await disks.detach(id);
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
    // Another head may be doing the same at this moment, where two share their homes.
    const fresh = `${home}.new-${machineId()}`;
    rmSync(fresh, { recursive: true, force: true });
    await run(["cp", "--archive", `${ASIDE}/${name}`, fresh], "", MOUNTING);
    try {
      renameSync(fresh, home);
    } catch (error) {
      if (!existsSync(home)) throw error;
      rmSync(fresh, { recursive: true, force: true });
    }
  }
  await run(["umount", ASIDE]);
}

/** Of this installation of the system; the same after each start of the machine. */
function machineId(): string {
  return readFileSync("/etc/machine-id", "utf8").trim();
}

function ownNetworks(): readonly string[] {
  return Object.values(networkInterfaces()).flatMap((all) =>
    (all ?? []).flatMap(({ family, internal, cidr }) =>
      family === "IPv4" && !internal && cidr !== null ? [cidr] : [],
    ),
  );
}
