import {
  CreateFleetCommand,
  type CreateFleetCommandInput,
  type CreateFleetError,
  type CreateFleetInstance,
  type FleetLaunchTemplateOverridesRequest,
  type FleetLaunchTemplateSpecificationRequest,
} from "@aws-sdk/client-ec2";
import { onDemandPrice } from "@sluice/model";
import { type Call, handle, ServiceError } from "../../contract.ts";
import { authoriseTagging, launchScope } from "./authorise.ts";
import { type Capacity, spotPrice } from "./capacity.ts";
import { Idempotency } from "./idempotency.ts";
import { newId } from "./ids.ts";
import type { Instances } from "./instances.ts";
import { checked, type Launch, launched } from "./launch.ts";
import { inSubnet, overridden } from "./launch-request.ts";
import { templateOf, versionOf } from "./launch-templates.ts";
import { type Machine, REASONS } from "./machine.ts";
import { dryRun } from "./run-instances.ts";
import type { Ec2State, Operations } from "./state.ts";

type Lifecycle = "on-demand" | "spot";

/** One of the ways in which a fleet can be filled. */
interface Candidate {
  readonly specification: FleetLaunchTemplateSpecificationRequest;
  readonly overrides: FleetLaunchTemplateOverridesRequest;
}

interface Filled {
  readonly candidate: Candidate;
  readonly machines: readonly Machine[];
}

/** Fleets of type `instant`: what can be had is launched at once, and nothing is kept up. */
export function createFleet(state: Ec2State, instances: Instances, capacity: Capacity): Operations {
  const tokens = new Idempotency();
  return {
    CreateFleet: handle(CreateFleetCommand, (input, call) => {
      if (input.Type !== "instant") {
        throw new ServiceError(
          "InvalidParameterValue",
          `Fleets of type ${input.Type ?? "maintain"} are not served by the region on loopback`,
        );
      }
      return tokens.once("CreateFleet", input.ClientToken, input, () =>
        new Filling(state, instances, capacity, input, call).run(),
      );
    }),
  };
}

class Filling {
  readonly #state: Ec2State;
  readonly #instances: Instances;
  readonly #capacity: Capacity;
  readonly #input: CreateFleetCommandInput;
  readonly #call: Call;
  readonly #fleetId = `fleet-${newId("x").slice(2)}`;
  readonly #filled: (Filled & { readonly lifecycle: Lifecycle })[] = [];
  readonly #errors: CreateFleetError[] = [];

  constructor(
    state: Ec2State,
    instances: Instances,
    capacity: Capacity,
    input: CreateFleetCommandInput,
    call: Call,
  ) {
    this.#state = state;
    this.#instances = instances;
    this.#capacity = capacity;
    this.#input = input;
    this.#call = call;
  }

  async run() {
    const target = this.#input.TargetCapacitySpecification;
    const total = target?.TotalTargetCapacity ?? 0;
    if (total < 1) {
      throw new ServiceError(
        "InvalidParameterValue",
        "TotalTargetCapacity must be at least 1 for a fleet of type instant.",
      );
    }
    const isSpot = target?.DefaultTargetCapacityType === "spot";
    const spot = target?.SpotTargetCapacity ?? (isSpot ? total : 0);
    const onDemand = target?.OnDemandTargetCapacity ?? total - spot;
    if (this.#input.DryRun === true) throw dryRun();
    await this.#fill("on-demand", onDemand);
    await this.#fill("spot", spot);
    const Instances = this.#filled.map(
      ({ candidate, machines, lifecycle }): CreateFleetInstance => ({
        LaunchTemplateAndOverrides: described(candidate),
        Lifecycle: lifecycle,
        InstanceIds: machines.map(({ id }) => id),
        InstanceType: candidate.overrides.InstanceType,
      }),
    );
    return { FleetId: this.#fleetId, Instances, Errors: this.#errors };
  }

  /** Goes from candidate to candidate until there is enough; fewer than the least is none. */
  async #fill(lifecycle: Lifecycle, wanted: number): Promise<void> {
    if (wanted === 0) return;
    const options = lifecycle === "spot" ? this.#input.SpotOptions : this.#input.OnDemandOptions;
    const filled: Filled[] = [];
    const left = () => wanted - filled.reduce((sum, { machines }) => sum + machines.length, 0);
    for (const candidate of this.#together(lifecycle, options ?? {})) {
      if (left() === 0) break;
      const launch = await this.#checked(candidate, lifecycle, left());
      if (launch === undefined) continue;
      const machines = this.#tried(candidate, lifecycle, () =>
        launched(this.#state, this.#instances, this.#capacity, launch),
      );
      if (machines !== undefined) filled.push({ candidate, machines });
      // What an offering gave only in part is full now; EC2 says so beside what it gave.
      if (machines !== undefined && left() > 0) this.#refuse(candidate, lifecycle);
    }
    if (left() > wanted - (options?.MinTargetCapacity ?? 0)) {
      for (const { machines } of filled) {
        for (const machine of machines) this.#instances.terminate(machine, REASONS.user);
      }
      return;
    }
    this.#filled.push(...filled.map((one) => ({ ...one, lifecycle })));
  }

  /** Those candidates, in their order, that one type or one zone leaves when that is asked for. */
  #together(
    lifecycle: Lifecycle,
    options: Pick<
      NonNullable<CreateFleetCommandInput["OnDemandOptions"]>,
      "SingleInstanceType" | "SingleAvailabilityZone" | "MinTargetCapacity"
    >,
  ): Candidate[] {
    const { SingleInstanceType, SingleAvailabilityZone, MinTargetCapacity: least = 1 } = options;
    const ordered = this.#ordered(lifecycle);
    const isSingle = SingleInstanceType === true || SingleAvailabilityZone === true;
    if (!isSingle) {
      if (options.MinTargetCapacity === undefined) return ordered;
      throw new ServiceError(
        "InvalidParameterCombination",
        "MinTargetCapacity requires SingleInstanceType or SingleAvailabilityZone.",
      );
    }
    const groups = Map.groupBy(ordered, ({ overrides }) => {
      const type = SingleInstanceType === true ? overrides.InstanceType : "";
      return `${type}/${SingleAvailabilityZone === true ? this.#zone(overrides) : ""}`;
    });
    const room = (group: readonly Candidate[]): number =>
      group.reduce((sum, one) => sum + this.#room(one, lifecycle), 0);
    const enough = [...groups.values()].find((group) => room(group) >= least);
    if (enough !== undefined) return enough;
    for (const candidate of ordered) this.#refuse(candidate, lifecycle);
    return [];
  }

  /** Notes that an offering has not enough by itself. */
  #refuse(candidate: Candidate, lifecycle: Lifecycle): void {
    const type = candidate.overrides.InstanceType ?? "";
    const zone = this.#zone(candidate.overrides);
    const wanted = { type, zone, isSpot: lifecycle === "spot" };
    this.#tried(candidate, lifecycle, () => {
      this.#capacity.claim(wanted, this.#capacity.left(wanted) + 1, 0);
    });
  }

  async #checked(
    candidate: Candidate,
    lifecycle: Lifecycle,
    count: number,
  ): Promise<Launch | undefined> {
    try {
      const request = this.#request(candidate, lifecycle, count);
      this.#state.region.authorise(this.#call, {
        ...launchScope(this.#state, request, candidate.specification),
        actions: ["ec2:RunInstances"],
      });
      authoriseTagging(this.#state, this.#call, request.TagSpecifications, "CreateFleet");
      const own = { Key: "aws:ec2:fleet-id", Value: this.#fleetId };
      return await checked(this.#state, request, this.#call, [own]);
    } catch (error) {
      this.#note(candidate, lifecycle, error);
      return undefined;
    }
  }

  #request({ specification, overrides }: Candidate, lifecycle: Lifecycle, count: number) {
    const template = templateOf(this.#state, specification);
    const { data } = versionOf(this.#state, template, specification.Version);
    return overridden(data, {
      MinCount: 1,
      MaxCount: count,
      InstanceType: overrides.InstanceType,
      ImageId: overrides.ImageId,
      ...(overrides.SubnetId === undefined
        ? {}
        : inSubnet(
            data.NetworkInterfaces as Launch["request"]["NetworkInterfaces"],
            overrides.SubnetId,
          )),
      ...(overrides.AvailabilityZone === undefined
        ? {}
        : { Placement: { ...data.Placement, AvailabilityZone: overrides.AvailabilityZone } }),
      TagSpecifications: this.#input.TagSpecifications?.filter(
        ({ ResourceType }) => ResourceType !== "fleet",
      ),
      ...(lifecycle === "spot"
        ? {
            InstanceMarketOptions: {
              MarketType: "spot",
              SpotOptions: {
                MaxPrice: overrides.MaxPrice,
                SpotInstanceType: "one-time",
              },
            },
          }
        : {}),
    });
  }

  #tried<T>(candidate: Candidate, lifecycle: Lifecycle, act: () => T): T | undefined {
    try {
      return act();
    } catch (error) {
      this.#note(candidate, lifecycle, error);
      return undefined;
    }
  }

  #note(candidate: Candidate, lifecycle: Lifecycle, error: unknown): void {
    if (!(error instanceof ServiceError)) throw error;
    this.#errors.push({
      LaunchTemplateAndOverrides: described(candidate),
      Lifecycle: lifecycle,
      ErrorCode: error.code,
      ErrorMessage: error.message,
    });
  }

  /** By the strategy: what was asked for first, what is cheapest, or what there is most of. */
  #ordered(lifecycle: Lifecycle): Candidate[] {
    const candidates = (this.#input.LaunchTemplateConfigs ?? []).flatMap(
      ({ LaunchTemplateSpecification: specification = {}, Overrides = [{}] }) =>
        Overrides.map((overrides): Candidate => ({ specification, overrides })),
    );
    const strategy =
      lifecycle === "spot"
        ? (this.#input.SpotOptions?.AllocationStrategy ?? "lowest-price")
        : (this.#input.OnDemandOptions?.AllocationStrategy ?? "lowest-price");
    const price = (one: Candidate) => this.#price(one, lifecycle);
    const room = (one: Candidate) => this.#room(one, lifecycle);
    const priority = ({ overrides }: Candidate) => overrides.Priority ?? Infinity;
    const byRoom = (a: Candidate, b: Candidate) => (room(a) === room(b) ? 0 : room(b) - room(a));
    const byPriority = (a: Candidate, b: Candidate) =>
      priority(a) === priority(b) ? 0 : priority(a) - priority(b);
    const byPrice = (a: Candidate, b: Candidate) => price(a) - price(b);
    switch (strategy) {
      case "prioritized":
        return candidates.sort(byPriority);
      case "capacity-optimized":
        return candidates.sort(byRoom);
      case "capacity-optimized-prioritized":
        return candidates.sort((a, b) => byRoom(a, b) || byPriority(a, b));
      case "price-capacity-optimized":
        return candidates.sort((a, b) => byRoom(a, b) || byPrice(a, b));
      default:
        return candidates.sort(byPrice);
    }
  }

  #price({ overrides }: Candidate, lifecycle: Lifecycle): number {
    const type = overrides.InstanceType ?? "";
    if (lifecycle === "spot") return spotPrice(this.#state, type, this.#zone(overrides));
    return onDemandPrice("aws", type, this.#state.region.name)?.usdPerHour ?? Infinity;
  }

  #room({ overrides }: Candidate, lifecycle: Lifecycle): number {
    const type = overrides.InstanceType ?? "";
    return this.#capacity.left({ type, zone: this.#zone(overrides), isSpot: lifecycle === "spot" });
  }

  #zone({ SubnetId, AvailabilityZone }: FleetLaunchTemplateOverridesRequest): string {
    return AvailabilityZone ?? this.#state.subnets.find(SubnetId)?.AvailabilityZone ?? "";
  }
}

function described({ specification, overrides }: Candidate) {
  return {
    LaunchTemplateSpecification: { ...specification },
    Overrides: {
      InstanceType: overrides.InstanceType,
      SubnetId: overrides.SubnetId,
      AvailabilityZone: overrides.AvailabilityZone,
      Priority: overrides.Priority,
      MaxPrice: overrides.MaxPrice,
      ImageId: overrides.ImageId,
    },
  };
}
