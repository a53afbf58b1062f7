import {
  CreateFleetCommand,
  type CreateFleetCommandInput,
  type CreateFleetError,
  type EC2Client,
  RunInstancesCommand,
  type RunInstancesCommandInput,
} from "@aws-sdk/client-ec2";
import type { LaunchOutcome, Machine, Market, OfferingKey } from "@sluice/cloud";
import { fleetError } from "./errors.ts";
import { machineOf, pendingMachine } from "./machine.ts";
import { describeOffering } from "./plan/wanted.ts";
import { inOrderOfLaunch } from "./roster.ts";
import type { KeptBatch, MachineStore } from "./store.ts";
import type { Subnets } from "./subnets.ts";

/** What EC2 gave. */
export interface Given {
  /** In the order of their launch. */
  readonly instanceIds: readonly string[];
  /** Once they have their nodes; one without is left out. */
  machines(store: MachineStore, kept: KeptBatch): readonly Machine[];
  /** Why there are fewer than were wanted, where EC2 said. */
  readonly refusal?: Extract<LaunchOutcome, { ok: false }>;
}

/** The two calls that make machines, each made once: who asks decides when to ask again. */
export class Asker {
  readonly #ec2: () => Promise<EC2Client>;
  readonly #subnets: Subnets;

  constructor(ec2: () => Promise<EC2Client>, subnets: Subnets) {
    this.#ec2 = ec2;
    this.#subnets = subnets;
  }

  async runInstances(
    input: RunInstancesCommandInput,
    signal: AbortSignal | undefined,
  ): Promise<Given> {
    const client = await this.#ec2();
    const { Instances = [] } = await client.send(new RunInstancesCommand(input), {
      ...(signal === undefined ? {} : { abortSignal: signal }),
    });
    return {
      instanceIds: inOrderOfLaunch(Instances),
      machines: (store) =>
        Instances.filter(({ InstanceId = "" }) => store.slotOfInstance(InstanceId)).map((one) =>
          machineOf(one, store),
        ),
    };
  }

  async createFleet(
    input: CreateFleetCommandInput,
    signal: AbortSignal | undefined,
  ): Promise<Given> {
    const client = await this.#ec2();
    // Before the call: its answer must not be lost for that.
    const zones = await this.#zonesOf(input);
    const { Instances = [], Errors = [] } = await client.send(new CreateFleetCommand(input), {
      ...(signal === undefined ? {} : { abortSignal: signal }),
    });
    const market: Market =
      input.TargetCapacitySpecification?.DefaultTargetCapacityType === "spot"
        ? "spot"
        : "on-demand";
    const given = Instances.flatMap(
      ({ InstanceIds = [], InstanceType: instanceType, LaunchTemplateAndOverrides: chosen }) => {
        const zone = zones.get(chosen?.Overrides?.SubnetId ?? "");
        const isTold = instanceType !== undefined && zone !== undefined;
        const offering = isTold ? { instanceType, zone, market } : undefined;
        return InstanceIds.map((id) => ({ id, offering }));
      },
    ).toSorted((a, b) => (a.id < b.id ? -1 : 1));
    const refusal = refusalOf(Errors, (error) => {
      const { InstanceType: instanceType, SubnetId = "" } =
        error.LaunchTemplateAndOverrides?.Overrides ?? {};
      const zone = zones.get(SubnetId);
      const isTold = instanceType !== undefined && zone !== undefined;
      return isTold ? { instanceType, zone, market } : undefined;
    });
    return {
      instanceIds: given.map(({ id }) => id),
      machines: (store, kept) =>
        given.flatMap(({ id, offering }) => {
          const slot = store.slotOfInstance(id);
          if (slot === undefined) return [];
          const machine = pendingMachine(id, kept, slot);
          return offering === undefined ? machine : { ...machine, offering };
        }),
      ...(refusal === undefined ? {} : { refusal }),
    };
  }

  async #zonesOf({ LaunchTemplateConfigs = [] }: CreateFleetCommandInput) {
    const ids = LaunchTemplateConfigs.flatMap(({ Overrides = [] }) =>
      Overrides.flatMap(({ SubnetId }) => SubnetId ?? []),
    );
    const subnets = await this.#subnets.of([...new Set(ids)]);
    return new Map(subnets.map(({ id, zone }) => [id, zone]));
  }
}

/** A fleet tells for each of its choices why it was not taken; what is a lack is about all of them. */
function refusalOf(
  errors: readonly CreateFleetError[],
  offeringOf: (error: CreateFleetError) => OfferingKey | undefined,
): Extract<LaunchOutcome, { ok: false }> | undefined {
  const told = errors.map((one) => {
    const offering = offeringOf(one);
    const about = offering === undefined ? "fleet" : describeOffering(offering);
    return { offering, error: fleetError(one.ErrorCode, one.ErrorMessage, about) };
  });
  const worst =
    told.find(({ error }) => error.kind === "Throttled") ??
    told.find(({ error }) => error.kind === "InsufficientCapacity") ??
    told[0];
  if (worst === undefined) return undefined;
  const { error } = worst;
  const refused = told
    .filter((one) => one.error.kind === error.kind)
    .flatMap(({ offering }) => offering ?? []);
  const isLack = error.kind !== "Throttled" && refused.length > 0;
  return { ok: false, error, ...(isLack ? { refused } : {}) };
}
