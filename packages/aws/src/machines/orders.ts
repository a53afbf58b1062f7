import {
  type EC2Client,
  StartInstancesCommand,
  StopInstancesCommand,
  TerminateInstancesCommand,
} from "@aws-sdk/client-ec2";
import { CloudError, type Machine, type TerminateOutcome } from "@sluice/cloud";
import type { Clock } from "@sluice/model";
import { cloudErrorOf, codeOf, unknownIds } from "./errors.ts";
import type { Roster } from "./roster.ts";

/** "You can terminate up to 1,000 instances at a time." */
const LARGEST_CALL = 1000;
/** EC2 may not know so young a machine by its id in all of its parts. */
const YOUNG_MILLISECONDS = 300_000;

export type Order = "terminate" | "stop" | "start";

export interface OrdersOptions {
  readonly ec2: () => Promise<EC2Client>;
  readonly roster: Roster;
  readonly clock: Clock;
}

interface Call {
  readonly signal?: AbortSignal;
}

/** What is asked of machines that are there, in as few calls as can be. */
export class Orders {
  readonly #options: OrdersOptions;

  constructor(options: OrdersOptions) {
    this.#options = options;
  }

  async give(
    order: Order,
    ids: readonly string[],
    { signal }: Call = {},
  ): Promise<readonly TerminateOutcome[]> {
    signal?.throwIfAborted();
    const outcomes = new Map<string, TerminateOutcome>();
    const known = await this.#options.roster.find(ids, signal);
    const asked: Machine[] = [];
    for (const id of new Set(ids)) {
      const machine = known.get(id);
      // Login machines are known as well, and are their group's.
      if (machine?.role !== "compute" || machine.state === "gone") {
        outcomes.set(id, { ok: false, error: notFound(id) });
        continue;
      }
      const error = unfit(order, machine);
      if (error !== undefined) outcomes.set(id, { ok: false, error });
      else asked.push(machine);
    }
    for (const group of groupsOf(order, asked)) {
      for (let from = 0; from < group.length; from += LARGEST_CALL) {
        await this.#send(order, group.slice(from, from + LARGEST_CALL), outcomes, signal);
      }
    }
    return ids.map((id) => outcomes.get(id) ?? { ok: false, error: notFound(id) });
  }

  /** Machines that EC2 does not know, or will not do it with, are taken out and the rest asked again. */
  async #send(
    order: Order,
    machines: readonly Machine[],
    outcomes: Map<string, TerminateOutcome>,
    signal: AbortSignal | undefined,
  ): Promise<void> {
    if (machines.length === 0) return;
    const ids = machines.map(({ id }) => id);
    try {
      await this.#call(order, ids, signal);
    } catch (thrown) {
      signal?.throwIfAborted();
      const unknown = new Set(unknownIds(thrown).filter((id) => ids.includes(id)));
      if (unknown.size > 0) {
        for (const id of unknown) outcomes.set(id, { ok: false, error: this.#unknown(id) });
        const rest = machines.filter(({ id }) => !unknown.has(id));
        return this.#send(order, rest, outcomes, signal);
      }
      if (machines.length > 1 && isOfOne(thrown)) {
        const middle = Math.ceil(machines.length / 2);
        await this.#send(order, machines.slice(0, middle), outcomes, signal);
        return this.#send(order, machines.slice(middle), outcomes, signal);
      }
      const error = cloudErrorOf(thrown, `${order} of machines`);
      for (const id of ids) outcomes.set(id, { ok: false, error });
      return;
    }
    for (const id of ids) outcomes.set(id, { ok: true });
    this.#options.roster.accept(machines.map((machine) => after(order, machine)));
  }

  async #call(
    order: Order,
    ids: readonly string[],
    signal: AbortSignal | undefined,
  ): Promise<void> {
    const client = await this.#options.ec2();
    const input = { InstanceIds: [...ids] };
    const options = signal === undefined ? {} : { abortSignal: signal };
    switch (order) {
      case "terminate":
        await client.send(new TerminateInstancesCommand(input), options);
        return;
      case "stop":
        await client.send(new StopInstancesCommand(input), options);
        return;
      case "start":
        await client.send(new StartInstancesCommand(input), options);
        return;
      default:
        order satisfies never;
    }
  }

  /** EC2 forgets machines that are gone, and learns slowly of those that are new. */
  #unknown(id: string): CloudError {
    const { roster, clock } = this.#options;
    const since = roster.knownAt(id)?.getTime() ?? 0;
    const isYoung = clock.now().getTime() - since < YOUNG_MILLISECONDS;
    return isYoung
      ? new CloudError("Transient", `EC2 does not know machine ${id} yet`)
      : notFound(id);
  }
}

function notFound(id: string): CloudError {
  return new CloudError("NotFound", `machine ${id} is not one of this cluster's, or gone`);
}

function unfit(order: Order, { id, offering, state }: Machine): CloudError | undefined {
  if (order === "stop" && (offering.market === "spot" || offering.market === "block")) {
    return new CloudError(
      "LaunchRejected",
      `machine ${id} is a ${offering.market} machine, which can't be stopped`,
    );
  }
  const wanted = order === "start" ? "stopped" : "running";
  if (order === "terminate" || state === wanted) return undefined;
  // What was asked for is so already.
  if ((order === "stop" && state === "stopped") || (order === "start" && state === "running")) {
    return undefined;
  }
  return new CloudError("Transient", `machine ${id} is ${state}, not ${wanted}`);
}

/** A lack of one type must not hold up the machines of another. */
function groupsOf(order: Order, machines: readonly Machine[]): readonly (readonly Machine[])[] {
  if (order !== "start") return [machines];
  const groups = Map.groupBy(machines, ({ offering }) => JSON.stringify(offering));
  return [...groups.values()];
}

/** All of a call are refused for what one of them is, or because not all can be had. */
function isOfOne(error: unknown): boolean {
  const code = codeOf(error);
  return /^(OperationNotPermitted|UnsupportedOperation|Incorrect|Insufficient)/.test(code);
}

function after(order: Order, machine: Machine): Machine {
  if (order === "terminate") return { ...machine, state: "stopping" };
  return order === "start" ? { ...machine, state: "pending" } : machine;
}
