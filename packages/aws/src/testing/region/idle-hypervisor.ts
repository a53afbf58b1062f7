import type { Hypervisor, VirtualMachine } from "./contract.ts";

interface Run {
  readonly machine: VirtualMachine;
  isOn: boolean;
  readonly volumes: Set<string>;
}

/**
 * Machines that run and do nothing, until somebody ends them: for tests of everything around
 * machines. It keeps to a hypervisor's rules, and throws where somebody else does not.
 */
export class IdleHypervisor implements Hypervisor {
  /** Milliseconds that switching on and off take. */
  switchingTime = 0;
  /** What commands of Systems Manager come to; by default they succeed and say nothing. */
  onExec: Hypervisor["exec"] = async () => ({ exitCode: 0, stdout: "", stderr: "" });
  readonly #runs = new Map<string, Run>();
  /** Of volumes that were made: where they are, if they are. */
  readonly #volumes = new Map<string, string | undefined>();
  readonly #listeners = new Set<(instanceId: string) => void>();

  /** The machines that are switched on. */
  get running(): readonly VirtualMachine[] {
    return [...this.#runs.values()].filter(({ isOn }) => isOn).map(({ machine }) => machine);
  }

  /** Of a machine that is on: the volumes that it sees. */
  volumesOf(instanceId: string): readonly string[] {
    return [...(this.#runs.get(instanceId)?.volumes ?? [])];
  }

  /** Ends a machine as if it had switched itself off, or its host had died. */
  kill(instanceId: string): void {
    const run = this.#runs.get(instanceId);
    if (run?.isOn !== true) throw new Error(`${instanceId} is not on`);
    run.isOn = false;
    this.#tell(instanceId);
  }

  async start(machine: VirtualMachine): Promise<void> {
    await this.#switching();
    if (this.#runs.get(machine.instanceId)?.isOn === true) {
      throw new Error(`${machine.instanceId} is on already`);
    }
    const volumes = this.#runs.get(machine.instanceId)?.volumes ?? new Set<string>();
    this.#runs.set(machine.instanceId, { machine, isOn: true, volumes });
  }

  async stop(instanceId: string, { destroy }: { readonly destroy: boolean }): Promise<void> {
    const run = this.#runs.get(instanceId);
    if (run === undefined) return;
    await this.#switching();
    const wasOn = run.isOn;
    run.isOn = false;
    if (destroy) this.#runs.delete(instanceId);
    if (wasOn) this.#tell(instanceId);
  }

  onEnd(listener: (instanceId: string) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  async console(instanceId: string): Promise<string> {
    const run = this.#runs.get(instanceId);
    return run === undefined ? "" : `idle machine ${instanceId} at ${run.machine.address}\n`;
  }

  async attachVolume(instanceId: string, volumeId: string): Promise<void> {
    const at = this.#volumes.get(volumeId);
    if (at !== undefined && at !== instanceId) throw new Error(`${volumeId} is at ${at}`);
    this.#volumes.set(volumeId, instanceId);
    this.#runs.get(instanceId)?.volumes.add(volumeId);
  }

  async detachVolume(instanceId: string, volumeId: string): Promise<void> {
    if (this.#volumes.get(volumeId) === instanceId) this.#volumes.set(volumeId, undefined);
    this.#runs.get(instanceId)?.volumes.delete(volumeId);
  }

  async deleteVolume(volumeId: string): Promise<void> {
    const at = this.#volumes.get(volumeId);
    if (at !== undefined) throw new Error(`${volumeId} is still at ${at}`);
    this.#volumes.delete(volumeId);
  }

  exec(...command: Parameters<Hypervisor["exec"]>): ReturnType<Hypervisor["exec"]> {
    return this.onExec(...command);
  }

  #tell(instanceId: string): void {
    for (const listener of [...this.#listeners]) listener(instanceId);
  }

  async #switching(): Promise<void> {
    if (this.switchingTime === 0) return;
    await new Promise((resolve) => setTimeout(resolve, this.switchingTime));
  }
}
