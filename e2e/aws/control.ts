import type { Faults } from "../../packages/aws/src/testing/region/contract.ts";
import type { Outcome } from "./machine.ts";

/** `Faults` as JSON: what is given replaces what was there. */
export interface FaultOrders {
  readonly capacity?: Readonly<Record<string, number>>;
  readonly throttle?: Readonly<Record<string, number>>;
  readonly fail?: Readonly<Record<string, { code: string; message: string; times: number }>>;
  readonly failResources?: Readonly<Record<string, string>>;
  readonly lag?: number;
  readonly latency?: number;
}

export interface RegionState {
  /** Machines that run. */
  readonly machines: readonly {
    readonly instanceId: string;
    readonly volumes: readonly string[];
  }[];
  /** Calls over the wire, by `ec2:RunInstances`. */
  readonly calls: Readonly<Record<string, number>>;
  /** Errors of the region itself, which must not be. */
  readonly defects: readonly string[];
}

/**
 * What a region's process is asked through its socket: a line of JSON `{id, method, params}` each,
 * answered by `{id, result}` or `{id, error}`.
 */
export interface Control {
  /** An operation as the account's root: `("ec2", "DescribeInstances", {})`. */
  call(client: string, operation: string, input: object): Promise<unknown>;
  faults(orders: FaultOrders): Promise<void>;
  /** A spot notice; the machine is taken when the seconds have passed. */
  interrupt(instanceId: string, inSeconds: number): Promise<void>;
  /** As Systems Manager runs it, but without it. */
  exec(instanceId: string, script: string, timeoutSeconds: number): Promise<Outcome>;
  console(instanceId: string): Promise<string>;
  /** Pulls the plug of a machine; false when it isn't running. */
  pull(instanceId: string): Promise<boolean>;
  state(): Promise<RegionState>;
  /** Takes everything down; the process ends after its answer. */
  shutdown(): Promise<void>;
}

/** Puts orders into force. */
export function order(faults: Faults, orders: FaultOrders): void {
  const { lag, latency, ...maps } = orders;
  if (lag !== undefined) faults.lag = lag;
  if (latency !== undefined) faults.latency = latency;
  for (const name of ["capacity", "throttle", "fail", "failResources"] as const) {
    const wanted = maps[name];
    if (wanted === undefined) continue;
    const map = faults[name] as Map<string, unknown>;
    map.clear();
    for (const [key, value] of Object.entries(wanted)) map.set(key, value);
  }
}
