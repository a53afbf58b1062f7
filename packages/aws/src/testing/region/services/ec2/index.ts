import type {
  EventCode,
  Image,
  RunInstancesCommandInput,
  Tag,
  TagSpecification,
} from "@aws-sdk/client-ec2";
import type { Call, Service } from "../../contract.ts";
import type { Region } from "../../region.ts";
import { authoriseTagging, scopeOf } from "./authorise.ts";
import { Capacity } from "./capacity.ts";
import { createFleet } from "./create-fleet.ts";
import { addImage, addPublicImages, imageOperations } from "./images.ts";
import { instanceOperations } from "./instance-operations.ts";
import { Instances } from "./instances.ts";
import { interfaceOperations } from "./interfaces.ts";
import { launchTemplateOperations } from "./launch-templates.ts";
import type { Machine } from "./machine.ts";
import { Notices } from "./notices.ts";
import { placementGroupOperations } from "./placement-groups.ts";
import { reservationOperations } from "./reservations.ts";
import { routingOperations } from "./routing.ts";
import { launch, runInstances } from "./run-instances.ts";
import { securityGroupOperations } from "./security-groups.ts";
import { Ec2State, type Operations } from "./state.ts";
import { statusOperations } from "./status-operations.ts";
import { tagOperations } from "./tag-operations.ts";
import { typeOperations } from "./types.ts";
import { volumeOperations } from "./volumes.ts";
import { vpcOperations } from "./vpcs.ts";

export { PUBLIC_IMAGES, type PublicImage } from "./images.ts";
export type { Machine, MachineProfile, SpotNotice } from "./machine.ts";

/** EC2 of the region: what its API says and does, and what tests order beside it. */
export class Ec2 {
  /** Rows of everything but the machines' inner lives; tests may seed them. */
  readonly state: Ec2State;
  readonly instances: Instances;
  /** Holds the account's limits of vCPUs; what the region has is ordered by `faults.capacity`. */
  readonly capacity: Capacity;
  readonly service: Service;
  readonly #notices: Notices;

  constructor(region: Region) {
    this.state = new Ec2State(region);
    this.instances = new Instances(this.state);
    this.capacity = new Capacity(this.state);
    this.#notices = new Notices(this.state, this.instances);
    addPublicImages(this.state);
    this.service = {
      name: "ec2",
      protocol: "ec2Query",
      operations: this.#operations(),
      authorise: (operation, input) => scopeOf(this.state, operation, input),
    };
    region.onClose(() => {
      this.#notices.close();
      this.instances.close();
    });
  }

  /** A machine, also for some time after it was terminated. */
  instance(id: string): Machine | undefined {
    return this.instances.find(id);
  }

  /** The machine that has a private address now. */
  instanceAt(address: string): Machine | undefined {
    return this.instances
      .values()
      .find(
        ({ row, state }) =>
          state !== "terminated" &&
          row.NetworkInterfaces?.some(({ PrivateIpAddress }) => PrivateIpAddress === address),
      );
  }

  /**
   * Launches for another service of AWS, which marks its machines as nobody else may.
   *
   * @throws ServiceError
   */
  launch(input: RunInstancesCommandInput, call: Call, ownTags: readonly Tag[]): Promise<Machine[]> {
    return launch(this, input, call, ownTags);
  }

  /** An image of the account's own. */
  addImage(image: Parameters<typeof addImage>[1]): Image {
    return addImage(this.state, image);
  }

  /** Takes a spot machine away, after a notice of so many seconds. EC2 gives 120. */
  interrupt(instanceId: string, inSeconds: number): Promise<void> {
    return this.#notices.interrupt(instanceId, inSeconds);
  }

  recommendRebalance(instanceId: string): Promise<void> {
    return this.#notices.recommendRebalance(instanceId);
  }

  /** @param maintenance what is scheduled; `instance-retirement` and `instance-stop` come to pass. */
  scheduleMaintenance(
    instanceId: string,
    maintenance: { readonly inSeconds: number; readonly code?: EventCode },
  ): Promise<void> {
    return this.#notices.scheduleMaintenance(instanceId, maintenance);
  }

  #operations(): Operations {
    const { state, instances, capacity } = this;
    const launches = {
      ...runInstances(state, instances, capacity),
      ...createFleet(state, instances, capacity),
    };
    const others = {
      ...vpcOperations(state),
      ...securityGroupOperations(state),
      ...routingOperations(state),
      ...interfaceOperations(state),
      ...volumeOperations(state, instances),
      ...imageOperations(state),
      ...typeOperations(state),
      ...launchTemplateOperations(state),
      ...placementGroupOperations(state, instances),
      ...reservationOperations(state),
      ...instanceOperations(state, instances, capacity),
      ...statusOperations(state, instances),
      ...tagOperations(state),
    };
    return { ...launches, ...withTagging(state, others) };
  }
}

/** Calls that make something with tags ask for the right to tag it first. */
function withTagging(state: Ec2State, operations: Operations): Operations {
  return Object.fromEntries(
    Object.entries(operations).map(([name, { command, handler }]) => [
      name,
      {
        command,
        handler: (input: { readonly TagSpecifications?: readonly TagSpecification[] }, call) => {
          authoriseTagging(state, call, input.TagSpecifications);
          return handler(input, call);
        },
      },
    ]),
  );
}
