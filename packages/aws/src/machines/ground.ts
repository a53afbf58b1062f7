import type { EC2Client } from "@aws-sdk/client-ec2";
import { CloudError, type OfferingKey } from "@sluice/cloud";
import { type Clock, type ClusterConfig, ec2InstanceType } from "@sluice/model";
import type { ClusterFacts } from "../facts.ts";
import { RootDevices } from "./images.ts";
import { LaunchTemplates } from "./launch-templates.ts";
import { PlacementGroups } from "./placement-groups.ts";
import type { Batch } from "./plan/batch.ts";
import { choicesOf, createFleetInput, launchTemplateData } from "./plan/create-fleet.ts";
import type { LaunchGround } from "./plan/launch-content.ts";
import { runInstancesInput } from "./plan/run-instances.ts";
import { groupOf, imageOf, subnetsOf, type Wanted, wantedOf } from "./plan/wanted.ts";
import type { KeptBatch } from "./store.ts";
import type { Subnets } from "./subnets.ts";

export interface GroundOptions {
  readonly ec2: () => Promise<EC2Client>;
  /** The cluster file that counts now. */
  readonly config: () => ClusterConfig;
  readonly facts: ClusterFacts;
  readonly clock: Clock;
  readonly subnets: Subnets;
}

/** Finds out, and makes, what a launch needs before it can be asked for. */
export class Ground {
  readonly #options: GroundOptions;
  readonly #rootDevices: RootDevices;
  readonly #groups: PlacementGroups;
  readonly #templates: LaunchTemplates;

  constructor(options: GroundOptions) {
    const { ec2, facts, clock } = options;
    this.#options = options;
    this.#rootDevices = new RootDevices(ec2, clock);
    this.#groups = new PlacementGroups(ec2, facts);
    this.#templates = new LaunchTemplates(ec2, facts, clock);
  }

  /** What EC2 is to be sent for a batch. Throws CloudErrors. */
  async callOf(
    batch: Batch,
    id: string,
    atomic: boolean,
  ): Promise<Pick<KeptBatch, "call"> & { readonly input: string }> {
    const { config, facts, subnets } = this.#options;
    const wanted = wantedOf(config(), batch.pool);
    if (wanted === undefined) {
      const { queue, computeResource } = batch.pool;
      throw new CloudError("LaunchRejected", `the file has no ${queue}/${computeResource}`);
    }
    const zones = await subnets.byZone(subnetsOf(wanted, facts));
    const ground = await this.#groundOf(wanted, batch);
    if (batch.alternatives.length === 0) {
      const subnet = zones.get(batch.offering.zone) ?? noSubnet(batch.offering);
      const input = runInstancesInput(ground, batch, { id, subnetId: subnet.id, atomic });
      return { call: "RunInstances", input: JSON.stringify(input) };
    }
    const subnetIds = new Map(
      choicesOf(batch).map((choice) => [
        choice.zone,
        (zones.get(choice.zone) ?? noSubnet(choice)).id,
      ]),
    );
    const data = launchTemplateData(ground, batch);
    const template = { name: await this.#templates.ensure(batch.pool, data) };
    const input = createFleetInput(ground, batch, { id, template, subnetIds, atomic });
    return { call: "CreateFleet", input: JSON.stringify(input) };
  }

  /** EC2 did not know something that was found or made here. */
  forget(): void {
    this.#groups.forget();
    this.#templates.forget();
    this.#options.subnets.forget();
  }

  async #groundOf(wanted: Wanted, batch: Batch): Promise<LaunchGround> {
    const { config, facts } = this.#options;
    const file = config();
    const arch = archOf(batch.offering);
    const imageId = imageOf(wanted, file, facts, arch);
    if (imageId === undefined) {
      throw new CloudError("LaunchRejected", `there is no image of ${file.Image.Os} for ${arch}`, {
        hint: "name one in Image/CustomAmi of the queue",
      });
    }
    const group = groupOf(wanted, facts, batch.offering.zone);
    const overrides = wanted.resource.LaunchTemplateOverrides;
    const [rootDevice, given] = await Promise.all([
      this.#rootDevices.of(imageId),
      overrides && this.#templates.interfacesOf(overrides.LaunchTemplateId, overrides.Version),
      group?.isOurs ? this.#groups.ensure(group.name) : undefined,
    ]);
    return {
      config: file,
      facts,
      wanted,
      imageId,
      rootDevice,
      ...(group === undefined ? {} : { group: group.name }),
      ...(given === undefined || given.length === 0 ? {} : { givenInterfaces: given }),
    };
  }
}

/** A type that is newer than what is built in has to say it by its name: `c8gn.large`. */
function archOf({ instanceType }: OfferingKey): string {
  const known = ec2InstanceType(instanceType)?.arch[0];
  return known ?? (/^[a-z]+\d+g/.test(instanceType) ? "arm64" : "x86_64");
}

function noSubnet({ zone }: OfferingKey): never {
  throw new CloudError("LaunchRejected", `the queue has no subnet in ${zone}`);
}
