import { execFileSync } from "node:child_process";
import { setTimeout as delay } from "node:timers/promises";
import { processesWith } from "../leftovers.ts";
import { FAULTS, type Fault, type FaultKind } from "./schedule.ts";
import { descendants, type HostMachine, type View } from "./view.ts";

/** What was done to a cluster, for those who judge it afterwards. Times are in milliseconds. */
export interface Blow {
  readonly at: number;
  readonly kind: FaultKind;
  readonly target: string;
  /** The machine that it was, of which nothing more can be expected. */
  readonly machine: string | undefined;
}

/** A blow that goes on until its time is over. */
interface Struck {
  readonly target: string;
  readonly machine?: string;
  readonly undo?: () => void;
}

/** Hits a cluster. What lasts is undone when its time is over, or when `signal` says that it is. */
export class Hand {
  readonly blows: Blow[] = [];
  readonly #view: View;
  readonly #signal: AbortSignal;
  /** What is being held: never twice at once, because its end would undo both. */
  readonly #held = new Set<string>();

  constructor(view: View, signal: AbortSignal) {
    this.#view = view;
    this.#signal = signal;
  }

  /** The kinds that this build of the programs can be hit with. */
  static async kinds(view: View): Promise<readonly FaultKind[]> {
    const { stdout } = await view.cluster.site.sluice(["local", "--help"]);
    const all = Object.keys(FAULTS) as FaultKind[];
    return all.filter((kind) => kind !== "interrupt machine" || stdout.includes("interrupt"));
  }

  /** Resolves when it is undone. `say` is told what was hit. */
  async strike(fault: Fault, say: (text: string) => void): Promise<void> {
    const struck = await this.#begin(fault);
    if (struck === undefined) {
      say(`${fault.kind}: nothing there to hit`);
      return;
    }
    const { target, machine, undo } = struck;
    this.blows.push({ at: Date.now(), kind: fault.kind, target, machine });
    if (undo === undefined) {
      say(`${fault.kind}: ${target}`);
      return;
    }
    say(`${fault.kind}: ${target}, for ${fault.seconds.toFixed(1)} s`);
    const key = `${fault.kind} ${target}`;
    this.#held.add(key);
    try {
      await delay(fault.seconds * 1000, undefined, { signal: this.#signal }).catch(() => {});
    } finally {
      this.#held.delete(key);
      undo();
    }
    say(`${fault.kind}: ${target}, over`);
  }

  async #begin(fault: Fault): Promise<Struck | undefined> {
    const { kind } = fault;
    switch (kind) {
      case "kill sluice-head":
      case "kill slurmctld":
      case "kill slurmdbd":
      case "kill mariadb":
        return this.#killService(kind.slice("kill ".length));
      case "kill machine":
      case "interrupt machine":
        return this.#throughCloud(fault);
      case "kill slurmd": {
        const [slurmd, machine] = this.#slurmd(fault) ?? [];
        return slurmd !== undefined && machine !== undefined && signal(slurmd, "SIGKILL")
          ? { target: machine.node, machine: machine.id }
          : undefined;
      }
      case "stop slurmd": {
        const [slurmd, machine] = this.#slurmd(fault) ?? [];
        return slurmd === undefined || machine === undefined
          ? undefined
          : this.#stop(slurmd, machine.node, kind);
      }
      case "kill the cloud":
      case "kill the cloud and its guard": {
        const service = this.#view.servicePid;
        const guard = kind === "kill the cloud" ? undefined : this.#view.guardPid;
        if (service === undefined) return undefined;
        // The guard first, or it starts the service again.
        if (guard !== undefined) signal(guard, "SIGKILL");
        if (!signal(service, "SIGKILL")) return undefined;
        const target = `process ${service}`;
        if (guard === undefined) return { target };
        // Nobody is left to start it, until somebody at the host asks for something.
        return { target, undo: () => void this.#view.cluster.site.clusterNames().catch(() => {}) };
      }
      case "stop the cloud": {
        const service = this.#view.servicePid;
        return service === undefined ? undefined : this.#stop(service, `process ${service}`, kind);
      }
      case "cut machine": {
        const machine = this.#machine(fault);
        return machine === undefined ? undefined : this.#cut(machine, kind);
      }
      case "cut head": {
        const head = this.#view.head();
        return head === undefined ? undefined : this.#cut(head, kind);
      }
      default:
        kind satisfies never;
        return undefined;
    }
  }

  /** A machine that is up, chosen by the fault's draw. */
  #machine({ draw }: Fault): HostMachine | undefined {
    const all = this.#view.compute().filter(({ state, pid }) => state === "running" && pid);
    return all.toSorted((a, b) => (a.node < b.node ? -1 : 1))[Math.floor(draw * all.length)];
  }

  #slurmd(fault: Fault): readonly [number, HostMachine] | undefined {
    const machine = this.#machine(fault);
    if (machine?.pid == null) return undefined;
    const [slurmd] = descendants(machine.pid, "slurmd");
    return slurmd === undefined ? undefined : [slurmd, machine];
  }

  async #killService(service: string): Promise<Struck | undefined> {
    const script = `pid=$(systemctl show --value -p MainPID ${service})
      [ "$pid" != 0 ] && kill -9 "$pid" && echo "$pid"`;
    const { code, stdout } = await this.#view.head$("root", script, 20);
    return code === 0 ? { target: `process ${stdout.trim()}` } : undefined;
  }

  /** What only the command line can do, while its service may be away. */
  async #throughCloud(fault: Fault): Promise<Struck | undefined> {
    const machine = this.#machine(fault);
    if (machine === undefined) return undefined;
    const { name, site } = this.#view.cluster;
    const words =
      fault.kind === "kill machine"
        ? ["local", "kill-machine", "-n", name, machine.id]
        : [
            "local",
            "interrupt-machine",
            "-n",
            name,
            machine.id,
            "--in",
            `${Math.ceil(fault.seconds)}s`,
          ];
    const { code } = await site.sluice(words, { timeout: 90 }).catch(() => ({ code: 1 }));
    return code === 0 ? { target: machine.node, machine: machine.id } : undefined;
  }

  #stop(pid: number, target: string, kind: FaultKind): Struck | undefined {
    if (this.#held.has(`${kind} ${target}`) || !signal(pid, "SIGSTOP")) return undefined;
    return { target, undo: () => void signal(pid, "SIGCONT") };
  }

  /** The host's end of the machine's link is down: nothing gets through, in either direction. */
  #cut({ id, node }: HostMachine, kind: FaultKind): Struck | undefined {
    const link = `sl${id.replace(/^m-/, "").slice(0, 12)}`;
    const set = (state: string): boolean => {
      try {
        execFileSync("ip", ["link", "set", link, state], { stdio: "ignore" });
        return true;
      } catch {
        return false;
      }
    };
    if (this.#held.has(`${kind} ${node}`) || !set("down")) return undefined;
    return { target: node, undo: () => void set("up") };
  }
}

function signal(pid: number, name: NodeJS.Signals): boolean {
  try {
    return process.kill(pid, name);
  } catch {
    return false;
  }
}

/** Continues what was stopped in a cluster, whoever stopped it. */
export function continueAll(view: View): void {
  const service = view.servicePid;
  if (service !== undefined) signal(service, "SIGCONT");
  for (const { pid } of processesWith(`${view.cluster.trace.folder}/`)) {
    for (const slurmd of descendants(pid, "slurmd")) signal(slurmd, "SIGCONT");
  }
}
