import { createHash } from "node:crypto";
import { EventEmitter } from "node:events";
import { mkdir, rm, writeFile } from "node:fs/promises";
import { arch, availableParallelism } from "node:os";
import { join } from "node:path";
import type { Hypervisor, VirtualMachine } from "../../packages/aws/src/testing/region/contract.ts";
import { detectCgroups, removeGroups } from "../../packages/local/src/host/cgroups.ts";
import type { ProcessRef } from "../../packages/local/src/host/processes.ts";
import { consoleTail } from "../../packages/local/src/machines/console.ts";
import { LAUNCHER } from "../../packages/local/src/machines/launcher.ts";
import { MachineProcesses } from "../../packages/local/src/machines/process.ts";
import { StartQueue } from "../../packages/local/src/service/start-queue.ts";
import { initOf, inMachine, mustInMachine, type Outcome } from "./machine.ts";
import { NfsStandIn } from "./nfs.ts";
import { Volumes } from "./volumes.ts";

/** Every machine may use this much, whatever its instance type says. */
const MEMORY_MIB = 8192;
/** Bytes of a console, as EC2 keeps them. */
const CONSOLE_BYTES = 64 << 10;
const ARCHITECTURE = arch() === "arm64" ? "arm64" : "x86_64";

interface Attachment {
  readonly volumeId: string;
  /** `/dev/nvme1n1`, as Nitro names it. */
  readonly node: string;
  readonly sizeGiB: number;
}

interface Machine {
  readonly vm: VirtualMachine;
  readonly attachments: Attachment[];
  /** While it runs. */
  process?: ProcessRef | undefined;
  wanted: "on" | "off" | "gone";
  /** What it said last, of one whose disk is gone. */
  lastWords?: string;
}

export interface HypervisorOptions {
  /** Holds machines, volumes and the file systems of EFS. */
  readonly folder: string;
  /** Of the machines' roots, see `ensureMachineImage`. */
  readonly image: string;
  readonly bridge: string;
  /** Address of the bridge, in the network of all machines. */
  readonly gateway: string;
  readonly prefix: number;
  /** Relative path of the control group that all machines are in. */
  readonly group: string;
  /** What commands of Systems Manager find in their environment. */
  readonly env: Readonly<Record<string, string>>;
}

/** Runs the region's machines as the local cloud runs its own: systemd in namespaces, really booted. */
export class NspawnHypervisor implements Hypervisor {
  readonly #options: HypervisorOptions;
  readonly #cgroups = detectCgroups();
  readonly #processes: MachineProcesses;
  readonly #machines = new Map<string, Machine>();
  readonly #starts = new StartQueue();
  readonly #events = new EventEmitter().setMaxListeners(0);
  readonly #volumes: Volumes;
  readonly #nfs: NfsStandIn;

  private constructor(options: HypervisorOptions) {
    this.#options = options;
    this.#processes = new MachineProcesses({
      launcher: join(options.folder, "launcher.sh"),
      cgroups: this.#cgroups,
      onExit: (id) => void this.#onExit(id),
    });
    this.#volumes = new Volumes(join(options.folder, "volumes"));
    this.#nfs = new NfsStandIn({
      machineAt: (address) => this.#initAt(address),
      efs: join(options.folder, "efs"),
    });
  }

  static async start(options: HypervisorOptions): Promise<NspawnHypervisor> {
    await mkdir(options.folder, { recursive: true, mode: 0o700 });
    await writeFile(join(options.folder, "launcher.sh"), LAUNCHER, { mode: 0o700 });
    const hypervisor = new NspawnHypervisor(options);
    await hypervisor.#nfs.listen(options.gateway);
    return hypervisor;
  }

  /** Resolves when the machine is switched on. One that was stopped has its disk again. */
  async start(vm: VirtualMachine): Promise<void> {
    if (vm.arch !== ARCHITECTURE) throw new Error(`this host has no machines of ${vm.arch}`);
    const known = this.#machines.get(vm.instanceId);
    if (known?.process !== undefined) return;
    const machine: Machine = { vm, attachments: known?.attachments ?? [], wanted: "on" };
    this.#machines.set(vm.instanceId, machine);
    await new Promise<void>((resolve, reject) => {
      this.#starts.push(() => this.#switchOn(machine).then(resolve, reject));
    });
    for (const attachment of machine.attachments) await this.#plug(machine, attachment);
  }

  async stop(instanceId: string, { destroy }: { readonly destroy: boolean }): Promise<void> {
    const machine = this.#machines.get(instanceId);
    if (machine === undefined || machine.wanted === "gone") return;
    machine.wanted = destroy ? "gone" : "off";
    if (machine.process === undefined) return this.#ended(machine);
    const ended = new Promise<void>((resolve) => this.#events.once(`end ${instanceId}`, resolve));
    this.#processes.kill(machine.process);
    await ended;
  }

  /** Pulls the plug, unasked: what a failing machine looks like. False when it isn't running. */
  pull(instanceId: string): boolean {
    const machine = this.#machines.get(instanceId);
    if (machine?.process === undefined) return false;
    this.#processes.kill(machine.process);
    return true;
  }

  onEnd(listener: (instanceId: string) => void): () => void {
    this.#events.on("end", listener);
    return () => this.#events.off("end", listener);
  }

  async console(instanceId: string): Promise<string> {
    const machine = this.#machines.get(instanceId);
    if (machine === undefined) return "";
    return machine.lastWords ?? consoleTail(this.#directory(machine), CONSOLE_BYTES);
  }

  async attachVolume(instanceId: string, volumeId: string, sizeGiB: number): Promise<void> {
    const machine = this.#running(instanceId);
    await this.#volumes.device(volumeId, sizeGiB);
    if (machine.attachments.some((one) => one.volumeId === volumeId)) return;
    let number = 1;
    const taken = (node: string): boolean => machine.attachments.some((one) => one.node === node);
    while (taken(`/dev/nvme${number}n1`)) number += 1;
    const attachment = { volumeId, node: `/dev/nvme${number}n1`, sizeGiB };
    machine.attachments.push(attachment);
    await this.#plug(machine, attachment);
  }

  async detachVolume(instanceId: string, volumeId: string): Promise<void> {
    const machine = this.#machines.get(instanceId);
    const index = machine?.attachments.findIndex((one) => one.volumeId === volumeId) ?? -1;
    if (machine === undefined || index < 0) return;
    const [attachment] = machine.attachments.splice(index, 1);
    if (attachment === undefined || machine.process === undefined) return;
    const init = await this.#init(machine);
    await mustInMachine(init, ["rm", "-f", attachment.node, linkOf(volumeId)]);
  }

  deleteVolume(volumeId: string): Promise<void> {
    return this.#volumes.delete(volumeId);
  }

  async exec(instanceId: string, script: string, timeoutSeconds: number): Promise<Outcome> {
    const init = await this.#init(this.#running(instanceId));
    const limit = ["timeout", "--kill-after=5", String(timeoutSeconds)];
    return inMachine(init, [...limit, "/bin/sh", "-c", script], { env: this.#options.env });
  }

  /** The machines that run, and the volumes that each has. */
  state(): readonly { readonly instanceId: string; readonly volumes: readonly string[] }[] {
    return [...this.#machines.values()]
      .filter((machine) => machine.process !== undefined)
      .map(({ vm, attachments }) => ({
        instanceId: vm.instanceId,
        volumes: attachments.map(({ volumeId }) => volumeId),
      }));
  }

  /** Switches everything off and leaves nothing behind. */
  async close(): Promise<void> {
    await Promise.all([...this.#machines.keys()].map((id) => this.stop(id, { destroy: true })));
    await this.#nfs.close();
    await this.#volumes.close();
    this.#processes.close();
    removeGroups(this.#cgroups, this.#options.group);
    await rm(this.#options.folder, { recursive: true, force: true });
  }

  async #switchOn(machine: Machine): Promise<void> {
    const { vm } = machine;
    const { image, bridge, gateway, prefix } = this.#options;
    if (machine.wanted !== "on") throw new Error(`${vm.instanceId} was switched off`);
    machine.process = await this.#processes.start({
      id: linkId(vm.instanceId),
      name: `ip-${vm.address.replaceAll(".", "-")}`,
      kind: "booted",
      directory: this.#directory(machine),
      image,
      address: vm.address,
      prefix,
      gateway,
      bridge,
      delaySeconds: 0,
      // The metadata service has it.
      userData: undefined,
      limits: { vcpus: availableParallelism(), memoryMiB: MEMORY_MIB },
      group: this.#group(machine),
      binds: [],
      // A machine of EC2 has its network to itself, firewall included.
      capabilities: ["CAP_NET_ADMIN"],
    });
    // Switched off while it was being switched on?
    if (machine.wanted !== "on") this.#processes.kill(machine.process);
  }

  async #onExit(id: string): Promise<void> {
    const machine = [...this.#machines.values()].find(({ vm }) => linkId(vm.instanceId) === id);
    if (machine === undefined) return;
    machine.process = undefined;
    await this.#processes.settle(id, this.#group(machine));
    await this.#ended(machine);
  }

  async #ended(machine: Machine): Promise<void> {
    if (machine.wanted === "gone") await this.#clear(machine);
    this.#events.emit(`end ${machine.vm.instanceId}`);
    this.#events.emit("end", machine.vm.instanceId);
  }

  /** Takes the disk of a machine that is off. */
  async #clear(machine: Machine): Promise<void> {
    const directory = this.#directory(machine);
    machine.lastWords = await consoleTail(directory, CONSOLE_BYTES);
    machine.attachments.length = 0;
    await this.#processes.sweep(directory, this.#group(machine));
  }

  /** The volume's device in the machine, by the names that udev would give it on Nitro. */
  async #plug(machine: Machine, { volumeId, node, sizeGiB }: Attachment): Promise<void> {
    const { major, minor } = await this.#volumes.device(volumeId, sizeGiB);
    const script = `mknod -m 660 "$1" b "$2" "$3" && mkdir -p /dev/disk/by-id && ln -sf "$1" "$4"`;
    const words = [node, String(major), String(minor), linkOf(volumeId)];
    await mustInMachine(await this.#init(machine), ["sh", "-c", script, "sh", ...words]);
  }

  #running(instanceId: string): Machine {
    const machine = this.#machines.get(instanceId);
    if (machine?.process === undefined) throw new Error(`${instanceId} is not running`);
    return machine;
  }

  #init(machine: Machine): Promise<number> {
    return initOf(() => machine.process?.pid);
  }

  #initAt(address: string): Promise<number> | undefined {
    const at = ({ vm, process }: Machine): boolean =>
      vm.address === address && process !== undefined;
    const machine = [...this.#machines.values()].find(at);
    return machine === undefined ? undefined : this.#init(machine);
  }

  #directory({ vm }: Machine): string {
    return join(this.#options.folder, "machines", vm.instanceId);
  }

  #group({ vm }: Machine): string {
    return `${this.#options.group}/${vm.instanceId}`;
  }
}

/** Links of machines have names of 15 characters, which the ids of instances are too long for. */
function linkId(instanceId: string): string {
  return `m-${createHash("sha256").update(instanceId).digest("hex").slice(0, 12)}`;
}

function linkOf(volumeId: string): string {
  return `/dev/disk/by-id/nvme-Amazon_Elastic_Block_Store_${volumeId.replace("-", "")}`;
}
