import { setImmediate as immediate } from "node:timers/promises";
import type { Instance, InstanceStateName, Reservation, Volume } from "@aws-sdk/client-ec2";
import { ServiceError } from "../../contract.ts";
import { removeInterface } from "./interfaces.ts";
import { type Machine, REASONS, type Reason, stateRow } from "./machine.ts";
import type { Ec2State } from "./state.ts";

/** For how long EC2 goes on telling of what was terminated. */
const REMEMBERED = 60 * 60_000;

/**
 * The machines and their lives:
 *
 * ```
 *   pending ──▶ running ──▶ stopping ──▶ stopped
 *      ▲           │                      │  │
 *      └───────────┼──── StartInstances ──┘  │
 *                  ▼                         ▼
 *            shutting-down ──────────▶ terminated
 * ```
 *
 * A state is written down first, and then the hypervisor is asked to make it so.
 */
export class Instances {
  /** Milliseconds for which terminated machines are listed. */
  remembered = REMEMBERED;
  /** `TYPE/ZONE`: how many of the next machines get no further than `pending`, for lack of capacity. */
  readonly stillborn = new Map<string, number>();
  readonly #state: Ec2State;
  readonly #machines = new Map<string, Machine>();
  readonly #listeners = new Set<(machine: Machine) => void>();
  readonly #stopListening: () => void;

  constructor(state: Ec2State) {
    this.#state = state;
    this.#stopListening = state.region.hypervisor.onEnd((id) => this.#ended(id));
  }

  /** @throws ServiceError `InvalidInstanceID.NotFound` */
  get(id: string | undefined): Machine {
    const machine = this.find(id);
    if (machine === undefined) throw notFound([id ?? ""]);
    return machine;
  }

  /** @throws ServiceError when one of them is not there; then nothing was done to any. */
  all(ids: readonly string[]): Machine[] {
    for (const id of ids) {
      if (!/^i-[0-9a-f]+$/.test(id)) {
        throw new ServiceError("InvalidInstanceID.Malformed", `Invalid id: "${id}"`);
      }
    }
    const absent = ids.filter((id) => this.find(id) === undefined);
    if (absent.length > 0) throw notFound(absent);
    return ids.map((id) => this.get(id));
  }

  find(id: string | undefined): Machine | undefined {
    const machine = id === undefined ? undefined : this.#machines.get(id);
    if (machine === undefined || !this.#isForgotten(machine)) return machine;
    this.#machines.delete(machine.id);
    this.#state.instances.delete(machine.id);
    return undefined;
  }

  values(): Machine[] {
    return [...this.#machines.keys()].flatMap((id) => this.find(id) ?? []);
  }

  /**
   * The rows as describe calls see them: those that lag behind see what was, machines that are
   * younger not at all, and addresses later still.
   */
  seen(): Instance[] {
    const { lag } = this.#state.region.faults;
    if (lag <= 0) return this.values().map(({ row }) => row);
    const now = this.#now();
    return this.values().flatMap((machine) => {
      if (machine.launchedAt > now - lag) return [];
      const was = machine.history.findLast(({ since }) => since <= now - lag);
      const row = { ...machine.row, State: stateRow(was?.state ?? machine.state) };
      if (machine.launchedAt > now - 2 * lag) return [withoutAddresses(row)];
      return [row];
    });
  }

  /** The rows as the call that made the machines answers; it may be too early for addresses. */
  answered(machines: readonly Machine[]): Instance[] {
    const isEarly = this.#state.region.faults.lag > 0;
    return machines.map(({ row }) => (isEarly ? withoutAddresses(row) : row));
  }

  /** Machines that were launched together stand together. */
  reservations(rows: readonly Instance[]): Reservation[] {
    const byId = new Map<string, Instance[]>();
    for (const row of rows) {
      const id = this.find(row.InstanceId)?.reservationId ?? "";
      const known = byId.get(id);
      if (known === undefined) byId.set(id, [row]);
      else known.push(row);
    }
    const OwnerId = this.#state.region.account;
    return [...byId].map(([ReservationId, Instances]) => ({
      ReservationId,
      OwnerId,
      Groups: [],
      Instances,
    }));
  }

  /** A new machine, which is `pending` until the hypervisor has it. */
  add(machine: Machine): void {
    this.#machines.set(machine.id, machine);
    this.#state.instances.add(machine.row);
    this.#announce(machine);
    this.#boot(machine);
  }

  terminate(machine: Machine, reason: Reason): void {
    if (machine.state === "terminated" || machine.state === "shutting-down") return;
    this.#enter(machine, "shutting-down", reason);
    this.#then(machine, async () => {
      const { hypervisor } = this.#state.region;
      await this.#attempt(() => hypervisor.stop(machine.id, { destroy: true }));
      await this.#bury(machine);
    });
  }

  stop(machine: Machine, reason: Reason): void {
    if (machine.state !== "running" && machine.state !== "pending") return;
    this.#enter(machine, "stopping", reason);
    this.#then(machine, async () => {
      await this.#state.region.hypervisor.stop(machine.id, { destroy: false });
      if (machine.state !== "stopping") return;
      this.#free(machine);
      this.#enter(machine, "stopped", reason);
    });
  }

  /** Of a stopped machine; the caller has its capacity. */
  start(machine: Machine): void {
    this.#enter(machine, "pending");
    this.#boot(machine);
  }

  /** Switches off and on again; the machine is `running` all the while. */
  reboot(machine: Machine): void {
    this.#then(machine, async () => {
      if (machine.state !== "running") return;
      machine.isRebooting = true;
      await this.#state.region.hypervisor.stop(machine.id, { destroy: false });
      await this.#switchOn(machine);
      machine.isRebooting = false;
    });
  }

  /** Of a volume whose row says that it is `attaching`. */
  attach(machine: Machine, volume: Volume): void {
    machine.volumes.add(volume);
    listVolumes(machine);
    this.#then(machine, async () => {
      if (machine.state === "running") await this.#plugIn(machine, volume);
      const attachment = volume.Attachments?.[0];
      if (attachment?.State === "attaching") attachment.State = "attached";
    });
  }

  /** Of a volume whose row says that it is `detaching`. */
  detach(volume: Volume): void {
    const machine = this.find(volume.Attachments?.[0]?.InstanceId);
    if (machine === undefined) {
      setFree(volume);
      return;
    }
    this.#then(machine, async () => {
      // The machine's end may have been quicker, and the volume be another's by now.
      if (!machine.volumes.has(volume)) return;
      await this.#state.region.hypervisor.detachVolume(machine.id, volume.VolumeId ?? "");
      setFree(volume, machine);
      listVolumes(machine);
    });
  }

  /** Tells of each new state of a machine, `pending` first. @returns what stops telling. */
  onChange(listener: (machine: Machine) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  close(): void {
    this.#stopListening();
    this.#listeners.clear();
  }

  #now(): number {
    return this.#state.region.now().getTime();
  }

  #isForgotten({ state, history }: Machine): boolean {
    if (state !== "terminated") return false;
    return (history.at(-1)?.since ?? 0) + this.remembered < this.#now();
  }

  /** One thing after the other; what the hypervisor can't do is a defect for tests to look at. */
  #then(machine: Machine, work: () => Promise<void>): void {
    machine.work = machine.work.then(work).catch((error: unknown) => {
      this.#state.region.defects.push(error);
    });
  }

  /** What ends must end, whatever becomes of its parts. */
  async #attempt(act: () => Promise<void>): Promise<void> {
    try {
      await act();
    } catch (error) {
      this.#state.region.defects.push(error);
    }
  }

  #boot(machine: Machine): void {
    const key = `${machine.type}/${machine.zone}`;
    const stillborn = this.stillborn.get(key) ?? 0;
    if (stillborn > 0) {
      this.stillborn.set(key, stillborn - 1);
      this.#then(machine, async () => this.terminate(machine, REASONS.capacity));
      return;
    }
    this.#then(machine, async () => {
      // Whoever asked for it hears that it is pending.
      await immediate();
      if (machine.state !== "pending") return;
      if ((await this.#switchOn(machine)) && machine.state === "pending") {
        this.#enter(machine, "running");
      }
    });
  }

  /** @returns false when the hypervisor could not; then the machine is on its way out. */
  async #switchOn(machine: Machine): Promise<boolean> {
    try {
      await this.#state.region.hypervisor.start({
        instanceId: machine.id,
        instanceType: machine.type,
        imageId: machine.row.ImageId ?? "",
        arch: machine.arch,
        address: machine.row.PrivateIpAddress ?? "",
        subnetId: machine.row.SubnetId ?? "",
        userData: machine.userData?.toString() ?? "",
      });
      for (const volume of machine.volumes) await this.#plugIn(machine, volume);
      return true;
    } catch (error) {
      this.#state.region.defects.push(error);
      this.terminate(machine, REASONS.internal);
      return false;
    }
  }

  async #plugIn(machine: Machine, volume: Volume): Promise<void> {
    const id = volume.VolumeId ?? "";
    // The disk that the machine booted from is the hypervisor's own business.
    if (volume.Attachments?.[0]?.Device === machine.row.RootDeviceName) return;
    await this.#state.region.hypervisor.attachVolume(machine.id, id, volume.Size ?? 1);
  }

  #ended(id: string): void {
    const machine = this.find(id);
    if (machine?.state !== "running" && machine?.state !== "pending") return;
    if (machine.isRebooting) return;
    if (machine.onShutdown === "terminate") this.terminate(machine, REASONS.itself);
    else this.stop(machine, REASONS.itself);
  }

  #enter(machine: Machine, state: InstanceStateName, reason?: Reason): void {
    machine.state = state;
    machine.history.push({ state, since: this.#now() });
    machine.row.State = stateRow(state);
    if (reason === undefined) {
      delete machine.row.StateReason;
      machine.row.StateTransitionReason = "";
    } else {
      machine.row.StateReason = { ...reason };
      machine.row.StateTransitionReason =
        reason === REASONS.user
          ? `User initiated (${this.#state.region.now().toISOString().slice(0, 19).replace("T", " ")} GMT)`
          : reason.Code;
    }
    this.#announce(machine);
  }

  #announce(machine: Machine): void {
    const { region } = this.#state;
    region
      .emitEvent({
        source: "aws.ec2",
        detailType: "EC2 Instance State-change Notification",
        detail: { "instance-id": machine.id, state: machine.state },
        resources: [this.#state.arn("instance", machine.id)],
      })
      .catch((error: unknown) => region.defects.push(error));
    for (const listener of [...this.#listeners]) listener(machine);
  }

  #free(machine: Machine): void {
    machine.claim?.release();
    machine.claim = undefined;
  }

  async #bury(machine: Machine): Promise<void> {
    const { volumes, interfaces, region } = this.#state;
    for (const volume of [...machine.volumes]) {
      const id = volume.VolumeId ?? "";
      const [attachment] = volume.Attachments ?? [];
      const isRoot = attachment?.Device === machine.row.RootDeviceName;
      if (!isRoot) await this.#attempt(() => region.hypervisor.detachVolume(machine.id, id));
      setFree(volume, machine);
      if (attachment?.DeleteOnTermination !== true) continue;
      volumes.delete(id);
      if (!isRoot) await this.#attempt(() => region.hypervisor.deleteVolume(id));
    }
    for (const { NetworkInterfaceId, Attachment } of machine.row.NetworkInterfaces ?? []) {
      const network = interfaces.find(NetworkInterfaceId);
      if (network === undefined) continue;
      delete network.Attachment;
      network.Status = "available";
      const address = this.#state.addresses.find(network.Association?.AllocationId);
      if (address !== undefined) delete address.InstanceId;
      if (Attachment?.DeleteOnTermination === true) removeInterface(this.#state, network);
      else if (network.Association?.AllocationId === undefined) delete network.Association;
    }
    this.#free(machine);
    Object.assign(machine.row, withoutAddresses(machine.row));
    for (const gone of ["SubnetId", "VpcId", "IamInstanceProfile"] as const) {
      delete machine.row[gone];
    }
    machine.row.BlockDeviceMappings = [];
    machine.row.SecurityGroups = [];
    const reason = Object.values(REASONS).find(
      ({ Code }) => Code === machine.row.StateReason?.Code,
    );
    this.#enter(machine, "terminated", reason);
  }
}

/** Writes into the machine's row which volumes it has. */
export function listVolumes(machine: Machine): void {
  machine.row.BlockDeviceMappings = [...machine.volumes].map(
    ({ VolumeId, Attachments: [attachment] = [] }) => ({
      DeviceName: attachment?.Device,
      Ebs: {
        VolumeId,
        AttachTime: attachment?.AttachTime,
        DeleteOnTermination: attachment?.DeleteOnTermination,
        Status: attachment?.State as "attached",
      },
    }),
  );
}

function setFree(volume: Volume, machine?: Machine): void {
  machine?.volumes.delete(volume);
  volume.State = "available";
  volume.Attachments = [];
}

function withoutAddresses(row: Instance): Instance {
  return {
    ...row,
    PrivateIpAddress: undefined,
    PrivateDnsName: "",
    PublicIpAddress: undefined,
    PublicDnsName: "",
    NetworkInterfaces: [],
  };
}

function notFound(ids: readonly string[]): ServiceError {
  const message =
    ids.length === 1
      ? `The instance ID '${ids[0]}' does not exist`
      : `The instance IDs '${ids.join(", ")}' do not exist`;
  return new ServiceError("InvalidInstanceID.NotFound", message);
}
