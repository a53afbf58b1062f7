import type { EC2Client, Instance } from "@aws-sdk/client-ec2";
import type { Machine } from "@sluice/cloud";
import type { Clock } from "@sluice/model";
import { TAGS } from "../names.ts";
import { cloudErrorOf } from "./errors.ts";
import { machineOf, pendingMachine } from "./machine.ts";
import type { MachineStore } from "./store.ts";
import { unlessAborted } from "./unless-aborted.ts";

/** A machine that was accepted is listed by us until EC2 does, but not for longer. */
const UNLISTED_MILLISECONDS = 120_000;
/** EC2 lists what is gone for about an hour; what it no longer lists is remembered a little more. */
const GONE_MILLISECONDS = 600_000;
/**
 * A long list is good for so long for each machine in it, unless something is heard. To read one takes
 * a fifth of a millisecond of our time for a machine, and EC2 gives a few pages of 1,000 a second.
 */
const LONG_LIST = 100;
const GOOD_MILLISECONDS_A_MACHINE = 10;
const GOOD_MILLISECONDS_AT_MOST = 60_000;

export interface RosterOptions {
  readonly ec2: () => Promise<EC2Client>;
  readonly store: () => MachineStore;
  readonly cluster: { readonly name: string; readonly unique: string };
  readonly clock: Clock;
}

interface Entry {
  readonly machine: Machine;
  /** When it was last in EC2's list; undefined before the first time. */
  readonly listedAt: number | undefined;
  /** When we heard of it first. */
  readonly knownAt: number;
}

/**
 * The cluster's machines, login machines included: what EC2 lists by tag, and what it has accepted and
 * does not list yet. EC2's lists lag behind its answers by seconds.
 */
export class Roster {
  readonly #options: RosterOptions;
  readonly #entries = new Map<string, Entry>();
  #reading: Promise<void> | undefined;
  #goodUntil = Number.NEGATIVE_INFINITY;
  #isHinted = false;

  constructor(options: RosterOptions) {
    this.#options = options;
  }

  get(id: string): Machine | undefined {
    return this.#entries.get(id)?.machine;
  }

  /** When EC2 was last heard to have it, or to have made it; undefined for strangers. */
  knownAt(id: string): Date | undefined {
    const at = this.#entries.get(id)?.knownAt;
    return at === undefined ? undefined : new Date(at);
  }

  /** As of the last look. */
  machines(): readonly Machine[] {
    return [...this.#entries.values()].map(({ machine }) => machine);
  }

  /** EC2 has accepted them, or said something newer than its list. */
  accept(machines: readonly Machine[]): void {
    const now = this.#now();
    for (const machine of machines) {
      const before = this.#entries.get(machine.id);
      this.#entries.set(machine.id, {
        machine: before?.machine.state === "gone" ? before.machine : machine,
        listedAt: before?.listedAt,
        knownAt: before?.knownAt ?? now,
      });
    }
  }

  /**
   * What is known of these machines, after another look at EC2's list if one of them is not; those of
   * others are left out.
   */
  async find(ids: readonly string[], signal?: AbortSignal): Promise<ReadonlyMap<string, Machine>> {
    const valid = [...new Set(ids)].filter((id) => /^i-[0-9a-f]+$/.test(id));
    if (valid.some((id) => !this.#entries.has(id))) await this.read(signal);
    const found = valid.map((id) => [id, this.get(id) ?? this.#accepted(id)] as const);
    return new Map(
      found.flatMap(([id, machine]) => (machine === undefined ? [] : [[id, machine]])),
    );
  }

  /** One that a head before this one was given, too short ago for EC2's list. */
  #accepted(id: string): Machine | undefined {
    const store = this.#options.store();
    const slot = store.slotOfInstance(id);
    const batch = store.batch(slot?.batch ?? "");
    if (slot === undefined || batch === undefined) return undefined;
    const age = this.#now() - batch.createdAt.getTime();
    return age < UNLISTED_MILLISECONDS ? pendingMachine(id, batch, slot) : undefined;
  }

  /** EC2's list, as it was read not long ago. */
  async list(signal?: AbortSignal): Promise<readonly Machine[]> {
    signal?.throwIfAborted();
    return this.#now() < this.#goodUntil ? this.machines() : this.read(signal);
  }

  /** Something happened to machines: the next list is to be a new one. */
  hint(): void {
    this.#goodUntil = Number.NEGATIVE_INFINITY;
    this.#isHinted = true;
  }

  /** Looks at EC2's list. Those who ask while somebody looks get the same answer. */
  async read(signal?: AbortSignal): Promise<readonly Machine[]> {
    signal?.throwIfAborted();
    this.#reading ??= this.#read().finally(() => {
      this.#reading = undefined;
    });
    await unlessAborted(this.#reading, signal);
    return this.machines();
  }

  async #read(): Promise<void> {
    const store = this.#options.store();
    const asked = this.#now();
    this.#isHinted = false;
    const instances = await this.#instances();
    const byBatch = Map.groupBy(instances, (one) => tagOf(one, TAGS.batch) ?? "");
    for (const [batch, members] of byBatch) {
      if (batch === "" || store.batch(batch) === undefined) continue;
      store.assign(batch, inOrderOfLaunch(members));
    }
    const listed = new Set<string>();
    for (const instance of instances) {
      const machine = machineOf(instance, store);
      listed.add(machine.id);
      const before = this.#entries.get(machine.id);
      // A page that was read before the machine was asked to go must not bring it back.
      const isOlder = before?.machine.state === "gone" && machine.state !== "gone";
      this.#entries.set(machine.id, {
        machine: isOlder ? before.machine : machine,
        listedAt: asked,
        knownAt: before?.knownAt ?? asked,
      });
    }
    this.#forget(listed, asked, store);
    // What was heard meanwhile may not be in it.
    if (this.#isHinted) return;
    const good = Math.max(0, instances.length - LONG_LIST) * GOOD_MILLISECONDS_A_MACHINE;
    this.#goodUntil = this.#now() + Math.min(good, GOOD_MILLISECONDS_AT_MOST);
  }

  async #instances(): Promise<readonly Instance[]> {
    const { ec2, cluster } = this.#options;
    const { DescribeInstancesCommand } = await import("@aws-sdk/client-ec2");
    const client = await ec2();
    const instances: Instance[] = [];
    let NextToken: string | undefined;
    try {
      do {
        const page = await client.send(
          new DescribeInstancesCommand({
            Filters: [
              { Name: `tag:${TAGS.clusterId}`, Values: [cluster.unique] },
              { Name: `tag:${TAGS.cluster}`, Values: [cluster.name] },
              { Name: `tag:${TAGS.role}`, Values: ["compute", "login"] },
            ],
            MaxResults: 1000,
            ...(NextToken === undefined ? {} : { NextToken }),
          }),
        );
        for (const reservation of page.Reservations ?? []) {
          for (const instance of reservation.Instances ?? []) instances.push(instance);
        }
        NextToken = page.NextToken === "" ? undefined : page.NextToken;
      } while (NextToken !== undefined);
    } catch (error) {
      throw cloudErrorOf(error, "the list of machines");
    }
    return instances;
  }

  #forget(listed: ReadonlySet<string>, now: number, store: MachineStore): void {
    const over: string[] = [];
    for (const [id, { machine, listedAt, knownAt }] of this.#entries) {
      if (listed.has(id)) continue;
      const isGone = machine.state === "gone";
      if (!isGone && listedAt === undefined && now - knownAt < UNLISTED_MILLISECONDS) continue;
      // One that was on its way out, and is not listed any more, has arrived.
      if (machine.state === "stopping" && listedAt !== undefined) {
        this.#entries.set(id, { machine: { ...machine, state: "gone" }, listedAt, knownAt });
        continue;
      }
      if (isGone && now - (listedAt ?? knownAt) < GONE_MILLISECONDS) continue;
      this.#entries.delete(id);
      if (isGone) over.push(id);
    }
    if (over.length > 0) store.forget(over);
  }

  #now(): number {
    return this.#options.clock.now().getTime();
  }
}

function tagOf({ Tags }: Instance, key: string): string | undefined {
  return Tags?.find(({ Key }) => Key === key)?.Value;
}

/** Within a call by its index, else by id, so that everybody who looks finds the same order. */
export function inOrderOfLaunch(instances: readonly Instance[]): readonly string[] {
  return instances
    .toSorted(
      (a, b) =>
        (a.AmiLaunchIndex ?? 0) - (b.AmiLaunchIndex ?? 0) ||
        ((a.InstanceId ?? "") < (b.InstanceId ?? "") ? -1 : 1),
    )
    .map(({ InstanceId = "" }) => InstanceId);
}
