import { randomUUID } from "node:crypto";
import type { CreateFleetCommandInput, RunInstancesCommandInput } from "@aws-sdk/client-ec2";
import {
  CloudError,
  type LaunchOptions,
  type LaunchOutcome,
  type LaunchRequest,
  type Machine,
  type OfferingKey,
} from "@sluice/cloud";
import type { Clock } from "@sluice/model";
import type { Asker, Given } from "./asker.ts";
import { cloudErrorOf, codeOf, isFinal } from "./errors.ts";
import type { Ground } from "./ground.ts";
import { type Batch, batchesOf } from "./plan/batch.ts";
import { describeOffering } from "./plan/wanted.ts";
import type { Roster } from "./roster.ts";
import type { KeptBatch, MachineStore, Slot } from "./store.ts";
import { unlessAborted } from "./unless-aborted.ts";

export interface LauncherOptions {
  readonly store: () => MachineStore;
  readonly roster: Roster;
  readonly ground: Ground;
  readonly asker: Asker;
  readonly clock: Clock;
  readonly terminate: (ids: readonly string[]) => Promise<unknown>;
}

const CALLS_AT_ONCE = 8;

/**
 * Asks EC2 for machines.
 *
 * ```
 *               written down         asked            answered
 *   request ─────────────────▶ open ───────▶ (on its way) ─────▶ closed: each machine has its node
 *                               ▲                │ │
 *                               └── broke off ───┘ └─ refused: forgotten
 * ```
 *
 * What was written down is asked again to the letter, with the same client token, so that EC2 gives the
 * machines that it gave before. What it refused it did not do, and is free to be asked otherwise.
 */
export class AwsLauncher {
  readonly #options: LauncherOptions;
  /** By token: the call that asks with it. */
  readonly #busy = new Map<string, Promise<unknown>>();
  /** By batch: its call that is on its way. */
  readonly #asking = new Map<string, Promise<Answer>>();

  constructor(options: LauncherOptions) {
    this.#options = options;
  }

  async launch(
    requests: readonly LaunchRequest[],
    options: LaunchOptions,
  ): Promise<readonly LaunchOutcome[]> {
    const { signal } = options;
    signal?.throwIfAborted();
    const tokens = requests.map(({ token }) => token);
    for (let busy = this.#askedBy(tokens); busy.length > 0; busy = this.#askedBy(tokens)) {
      await unlessAborted(Promise.allSettled(busy), signal);
    }
    const launch = this.#launch(requests, options);
    for (const token of tokens) this.#busy.set(token, launch);
    try {
      return await launch;
    } finally {
      for (const token of tokens) {
        if (this.#busy.get(token) === launch) this.#busy.delete(token);
      }
    }
  }

  #askedBy(tokens: readonly string[]): readonly Promise<unknown>[] {
    return [...new Set(tokens.flatMap((token) => this.#busy.get(token) ?? []))];
  }

  async #launch(
    requests: readonly LaunchRequest[],
    { atomic, signal }: LaunchOptions,
  ): Promise<readonly LaunchOutcome[]> {
    const { again, known, fresh } = this.#sorted(requests);
    const outcomes = new Map<string, LaunchOutcome>();
    const work = [
      ...again.map((id) => () => this.#ask(id, { isFirst: false, signal })),
      ...batchesOf(fresh, { atomic }).map((batch) => () => this.#begin(batch, atomic, signal)),
    ];
    await this.#inTurn(work, { atomic, signal, outcomes });
    for (const [token, outcome] of await this.#known(known, signal)) outcomes.set(token, outcome);
    const answered = requests.map(({ token }) => outcomes.get(token) ?? refusal(NOT_ASKED));
    const failed = answered.find((one) => !one.ok && one.error !== NOT_ASKED);
    if (!atomic || failed === undefined || failed.ok) return answered;
    await this.#remove(answered.flatMap((one) => (one.ok ? [one.machine] : [])));
    return answered.map((one) =>
      one.ok || one.error === NOT_ASKED ? { ok: false, error: failed.error } : one,
    );
  }

  /** What was never asked for, batches that were asked for and not answered, and what is there. */
  #sorted(requests: readonly LaunchRequest[]) {
    const store = this.#options.store();
    const again = new Set<string>();
    const known: Slot[] = [];
    const fresh: LaunchRequest[] = [];
    for (const request of requests) {
      const slot = store.slot(request.token);
      if (slot === undefined) fresh.push(request);
      else if (slot.instanceId === undefined) again.add(slot.batch);
      else known.push(slot);
    }
    return { again: [...again], known, fresh };
  }

  /** Finds out what a batch needs, writes it down and asks for it. */
  async #begin(batch: Batch, atomic: boolean, signal: AbortSignal | undefined): Promise<Answer> {
    const { store, ground, clock } = this.#options;
    const { pool, offering, requests } = batch;
    const createdAt = clock.now();
    const id = randomUUID().replaceAll("-", "");
    try {
      const { call, input } = await ground.callOf(batch, id, atomic);
      signal?.throwIfAborted();
      store().open({ id, call, pool, offering, atomic, createdAt, input }, requests);
    } catch (error) {
      signal?.throwIfAborted();
      const refused = refusal(cloudErrorOf(error, describeOffering(offering)));
      return new Map(requests.map(({ token }) => [token, refused]));
    }
    return this.#ask(id, { isFirst: true, signal });
  }

  /**
   * Asks for a batch that is written down; whoever asks for the same one meanwhile gets its answer.
   * Rejects only when `signal` fires, or that of who asked first.
   */
  #ask(id: string, call: Asking): Promise<Answer> {
    const asking =
      this.#asking.get(id) ??
      this.#askOnce(id, call).finally(() => {
        this.#asking.delete(id);
      });
    this.#asking.set(id, asking);
    return unlessAborted(asking, call.signal);
  }

  async #askOnce(id: string, { isFirst, signal }: Asking): Promise<Answer> {
    const { asker, roster } = this.#options;
    const store = this.#options.store();
    const kept = store.batch(id);
    const slots = store.slotsOf(id);
    const all = (outcome: LaunchOutcome) => new Map(slots.map(({ token }) => [token, outcome]));
    // Answered by now, to somebody else.
    if (kept?.input === undefined) return this.#known(slots, signal);
    let given: Given;
    try {
      given =
        kept.call === "RunInstances"
          ? await asker.runInstances(JSON.parse(kept.input) as RunInstancesCommandInput, signal)
          : await asker.createFleet(JSON.parse(kept.input) as CreateFleetCommandInput, signal);
    } catch (thrown) {
      signal?.throwIfAborted();
      if (codeOf(thrown) === "IdempotentInstanceTerminated") return this.#afterwards(id, signal);
      const error = cloudErrorOf(thrown, describeOffering(kept.offering));
      if (isFinal(thrown, isFirst)) store.close(id);
      if (/NotFound|Unknown|InsufficientFreeAddresses/.test(error.message)) {
        this.#options.ground.forget();
      }
      return all(refusal(error));
    }
    store.assign(id, given.instanceIds);
    store.close(id);
    const machines = given.machines(store, kept);
    roster.accept(machines);
    const byToken = new Map(machines.map((machine) => [machine.token, machine]));
    const short = given.refusal ?? shortOf(kept, slots.length, machines.length);
    const isRefused = kept.atomic && machines.length < slots.length;
    if (isRefused) await this.#remove(machines);
    return new Map(
      slots.map(({ token }) => {
        const machine = byToken.get(token);
        const isHere = machine !== undefined && !isRefused;
        return [token, isHere ? { ok: true, machine } : short];
      }),
    );
  }

  /**
   * A batch was granted, its answer was lost, and one of its machines is gone by now: EC2 does not say
   * again which they were, but lists those that are left.
   */
  async #afterwards(id: string, signal: AbortSignal | undefined): Promise<Answer> {
    const { roster } = this.#options;
    const store = this.#options.store();
    const slots = store.slotsOf(id);
    const all = (outcome: LaunchOutcome) =>
      new Map<string, LaunchOutcome>(slots.map(({ token }) => [token, outcome]));
    try {
      await roster.read(signal);
    } catch (error) {
      signal?.throwIfAborted();
      return all(refusal(cloudErrorOf(error)));
    }
    const known = store.slotsOf(id).filter(({ instanceId }) => instanceId !== undefined);
    store.close(id);
    const answer = all(refusal(new CloudError("NotFound", "the machine of that token is gone")));
    for (const [token, outcome] of await this.#known(known, signal)) answer.set(token, outcome);
    return answer;
  }

  async #inTurn(
    work: readonly (() => Promise<Answer>)[],
    {
      atomic,
      signal,
      outcomes,
    }: {
      readonly atomic: boolean;
      readonly signal: AbortSignal | undefined;
      readonly outcomes: Map<string, LaunchOutcome>;
    },
  ): Promise<void> {
    const queue = [...work];
    let isRefused = false;
    const worker = async () => {
      for (let next = queue.shift(); next !== undefined; next = queue.shift()) {
        if (isRefused) continue;
        for (const [token, outcome] of await next()) {
          outcomes.set(token, outcome);
          if (!outcome.ok && atomic) isRefused = true;
        }
        signal?.throwIfAborted();
      }
    };
    await Promise.all(Array.from({ length: atomic ? 1 : CALLS_AT_ONCE }, worker));
  }

  async #known(slots: readonly Slot[], signal: AbortSignal | undefined): Promise<Answer> {
    const ids = slots.map(({ instanceId = "" }) => instanceId);
    const machines = await this.#options.roster.find(ids, signal);
    const outcomeOf = ({ instanceId = "" }: Slot): LaunchOutcome => {
      const machine = machines.get(instanceId);
      if (machine !== undefined && machine.state !== "gone") return { ok: true, machine };
      return refusal(new CloudError("NotFound", `machine ${instanceId} of that token is gone`));
    };
    return new Map(slots.map((slot) => [slot.token, outcomeOf(slot)]));
  }

  /** One that can't be asked to go now has no intent behind it, and goes with the next pass. */
  async #remove(machines: readonly Machine[]): Promise<void> {
    if (machines.length === 0) return;
    await this.#options.terminate(machines.map(({ id }) => id)).catch(() => {});
  }
}

type Answer = ReadonlyMap<string, LaunchOutcome>;

interface Asking {
  /** The batch was written down just now, so that nobody can have asked for it before. */
  readonly isFirst: boolean;
  readonly signal: AbortSignal | undefined;
}

const NOT_ASKED = new CloudError("Transient", "others that were asked for were answered first");

function refusal(
  error: CloudError,
  refused?: readonly OfferingKey[],
): Extract<LaunchOutcome, { ok: false }> {
  return { ok: false, error, ...(refused === undefined ? {} : { refused }) };
}

function shortOf({ offering }: KeptBatch, wanted: number, given: number): LaunchOutcome {
  const what = describeOffering(offering);
  return refusal(
    new CloudError("InsufficientCapacity", `${what}: EC2 had ${given} of ${wanted} machines`),
  );
}
