import { type ChildProcess, spawn } from "node:child_process";
import { closeSync, existsSync, openSync } from "node:fs";
import { mkdir, rm, writeFile } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { SluiceError } from "@sluice/model";
import {
  type HostCgroups,
  killMembers,
  type MachineLimits,
  makeGroups,
  removeGroups,
} from "../host/cgroups.ts";
import { linkExists, removeLink } from "../host/network.ts";
import {
  findByArgument,
  isAlive,
  killLauncher,
  type ProcessRef,
  processRef,
} from "../host/processes.ts";
import { consoleFile } from "./console.ts";

export interface Bind {
  readonly mode: "ro" | "rw";
  readonly source: string;
  readonly target: string;
}

/** All that the launcher needs to know of one machine. */
export interface MachineSpec {
  readonly id: string;
  readonly name: string;
  readonly kind: "booted" | "light";
  readonly directory: string;
  readonly image: string;
  readonly address: string;
  readonly prefix: number;
  readonly gateway: string;
  readonly bridge: string;
  /** False: its cable hangs in the bridge and carries nothing. Default: true. */
  readonly isPlugged?: boolean;
  /** Seconds to wait before it is switched on. */
  readonly delaySeconds: number;
  /** For the source of cloud-init that is a folder. A machine without it finds its own elsewhere. */
  readonly userData: string | undefined;
  readonly limits: MachineLimits;
  /** Relative path of its control group. */
  readonly group: string;
  readonly binds: readonly Bind[];
  /** Of a booted machine, beside those that systemd-nspawn gives to all: `CAP_NET_ADMIN`. */
  readonly capabilities?: readonly string[];
}

/** Interface names hold 15 characters; machine ids are unique in their first 12. */
export function linkName(id: string): string {
  return `sl${id.replace(/^m-/, "").slice(0, 12)}`;
}

/** Starts machines and knows when they end, also those that an earlier process had started. */
export class MachineProcesses {
  readonly #launcher: string;
  readonly #cgroups: HostCgroups;
  readonly #onExit: (id: string) => void;
  readonly #children = new Map<string, ChildProcess>();
  readonly #adopted = new Map<string, ProcessRef>();
  readonly #watch: NodeJS.Timeout;

  constructor(options: {
    readonly launcher: string;
    readonly cgroups: HostCgroups;
    readonly onExit: (id: string) => void;
  }) {
    this.#launcher = options.launcher;
    this.#cgroups = options.cgroups;
    this.#onExit = options.onExit;
    // Only children tell us when they end; those of an earlier process are looked at.
    this.#watch = setInterval(() => this.#checkAdopted(), 250);
    this.#watch.unref();
  }

  /** Writes the machine's folder and switches it on. The reference is for `adopt` and `kill`. */
  async start(spec: MachineSpec): Promise<ProcessRef> {
    await this.#prepare(spec);
    const host = openSync("/proc/self/ns/net", "r");
    const console = openSync(consoleFile(spec.directory), "a", 0o600);
    try {
      const child = spawn("unshare", [...NAMESPACES, "/bin/sh", this.#launcher, spec.directory], {
        detached: true,
        cwd: "/",
        env: { PATH: "/usr/sbin:/usr/bin:/sbin:/bin" },
        stdio: ["ignore", console, console, host],
      });
      child.on("error", () => {});
      const ref = child.pid === undefined ? undefined : processRef(child.pid);
      if (child.pid === undefined) {
        throw new SluiceError("HOST_COMMAND_FAILED", "system", "unshare could not be started");
      }
      this.#children.set(spec.id, child);
      child.once("exit", () => {
        this.#children.delete(spec.id);
        this.#onExit(spec.id);
      });
      child.unref();
      return ref ?? { pid: child.pid, startTicks: 0 };
    } finally {
      closeSync(host);
      closeSync(console);
    }
  }

  /** Takes over a machine that an earlier process had started; false when it is dead. */
  adopt(id: string, ref: ProcessRef): boolean {
    if (!isAlive(ref)) return false;
    this.#adopted.set(id, ref);
    return true;
  }

  /** Finds the launcher of a machine whose start was not written down in time. */
  find(directory: string): ProcessRef | undefined {
    return findByArgument(`${directory}\0`)[0];
  }

  kill(ref: ProcessRef): void {
    killLauncher(ref);
  }

  /**
   * Removes what is not a namespace: the control groups and the folder. A group that does not go
   * has processes in it still, and takes them along. A connection to somebody who is gone too holds
   * the network of its machine for a minute; its link does not wait for that.
   */
  async sweep(directory: string, group: string): Promise<void> {
    await this.#removeGroups(group);
    const link = linkName(basename(directory));
    for (let attempt = 0; existsSync(`/sys/class/net/${link}`) && attempt < 25; attempt++)
      await pause();
    if (existsSync(`/sys/class/net/${link}`)) await removeLink(link);
    await rm(directory, { recursive: true, force: true });
  }

  /**
   * Resolves when nothing of a machine that ended is left but its folder, so that it can be started
   * again. Its link is the last to go: the kernel removes it when no process of its network is left.
   */
  async settle(id: string, group: string): Promise<void> {
    await this.#removeGroups(group);
    for (let attempt = 0; (await linkExists(linkName(id))) && attempt < 100; attempt++)
      await pause();
    await removeLink(linkName(id));
  }

  async #removeGroups(group: string): Promise<void> {
    for (let attempt = 0; !removeGroups(this.#cgroups, group) && attempt < 100; attempt++) {
      await pause();
      if (attempt >= 5) killMembers(this.#cgroups, group);
    }
  }

  close(): void {
    clearInterval(this.#watch);
  }

  async #prepare(spec: MachineSpec): Promise<void> {
    const { kind, directory } = spec;
    const isLight = kind === "light";
    const file = async (name: string, text: string): Promise<void> => {
      const path = join(directory, name);
      await mkdir(dirname(path), { recursive: true, mode: 0o755 });
      await writeFile(path, text, { mode: 0o600 });
    };
    const lines = (all: readonly string[]): string => all.map((line) => `${line}\n`).join("");
    const env = {
      KIND: kind,
      NAME: spec.name,
      IMAGE: spec.image,
      ADDRESS: spec.address,
      PREFIX: String(spec.prefix),
      GATEWAY: spec.gateway,
      BRIDGE: spec.bridge,
      LINK: (spec.isPlugged ?? true) ? "up" : "down",
      VETH: linkName(spec.id),
      DELAY: String(spec.delaySeconds),
      CAPABILITIES: (spec.capabilities ?? []).join(","),
    };
    await mkdir(directory, { recursive: true, mode: 0o700 });
    const groups = makeGroups(this.#cgroups, spec.group, spec.limits);
    const folders = ["root", "disk/work", ...(isLight ? ["disk/upper/run/munge"] : [])];
    await Promise.all([
      ...folders.map((name) => mkdir(join(directory, name), { recursive: true })),
      file(
        "launch.env",
        lines(Object.entries(env).map(([key, value]) => `${key}=${quote(value)}`)),
      ),
      file("groups", lines(groups)),
      ...(isLight
        ? [
            file("fstab", lines(lightMounts(spec))),
            file("disk/upper/run/user-data", spec.userData ?? ""),
          ]
        : [
            file("binds", lines(spec.binds.map((b) => `${b.mode} ${b.source} ${b.target}`))),
            ...(spec.userData === undefined
              ? [mkdir(join(directory, "disk/upper"), { recursive: true })]
              : [
                  file(`disk/upper/${SEED}/user-data`, spec.userData),
                  file(`disk/upper/${SEED}/meta-data`, metaData(spec)),
                ]),
          ]),
    ]);
  }

  #checkAdopted(): void {
    for (const [id, ref] of this.#adopted) {
      if (isAlive(ref)) continue;
      this.#adopted.delete(id);
      this.#onExit(id);
    }
  }
}

function pause(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, 20));
}

const NAMESPACES = [
  "--net",
  "--mount",
  "--pid",
  "--uts",
  "--ipc",
  "--fork",
  "--kill-child",
  "--mount-proc",
];

/**
 * Everything that a light machine has mounted, as one fstab for one `mount`: the image under its
 * own layer, the kernel's file systems, and what it shares.
 */
function lightMounts(spec: MachineSpec): readonly string[] {
  const { directory, image } = spec;
  const root = join(directory, "root");
  const layers = `lowerdir=${image},upperdir=${directory}/disk/upper,workdir=${directory}/disk/work`;
  return [
    `overlay ${root} overlay ${layers} 0 0`,
    `proc ${root}/proc proc defaults 0 0`,
    `sysfs ${root}/sys sysfs ro 0 0`,
    `/dev ${root}/dev none rbind 0 0`,
    `shm ${root}/dev/shm tmpfs mode=1777 0 0`,
    ...spec.binds.map(
      ({ mode, source, target }) =>
        `${source} ${root}${target} none bind,X-mount.mkdir,${mode} 0 0`,
    ),
  ];
}

/** Where cloud-init's NoCloud source looks, in the machine. */
const SEED = "var/lib/cloud/seed/nocloud";

function metaData({ id, name }: MachineSpec): string {
  return `instance-id: ${id}\nlocal-hostname: ${name}\n`;
}

/** A word for a POSIX shell. */
export function quote(value: string): string {
  return `'${value.replaceAll("'", `'\\''`)}'`;
}
