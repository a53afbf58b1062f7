import {
  DescribeInstanceAttributeCommand,
  DescribeInstancesCommand,
  GetConsoleOutputCommand,
  type Instance,
  type InstanceStateChange,
  ModifyInstanceAttributeCommand,
  ModifyInstanceMetadataOptionsCommand,
  RebootInstancesCommand,
  StartInstancesCommand,
  StopInstancesCommand,
  TerminateInstancesCommand,
} from "@aws-sdk/client-ec2";
import { handle, ServiceError } from "../../contract.ts";
import type { Capacity } from "./capacity.ts";
import { described, type Filters, fields } from "./describe.ts";
import type { Instances } from "./instances.ts";
import { type Machine, REASONS, stateRow } from "./machine.ts";
import { dryRun } from "./run-instances.ts";
import type { Ec2State, Operations } from "./state.ts";

const FILTERS: Filters<Instance> = {
  ...fields<Instance>("InstanceId", "ImageId", "InstanceType", "VpcId", "SubnetId", "KeyName"),
  ...fields<Instance>("PrivateIpAddress", "PrivateDnsName", "Architecture", "ClientToken"),
  ...fields<Instance>("InstanceLifecycle", "SpotInstanceRequestId", "CapacityReservationId"),
  "ip-address": ({ PublicIpAddress }) => PublicIpAddress,
  "instance-state-name": ({ State }) => State?.Name,
  "instance-state-code": ({ State }) => State?.Code,
  "availability-zone": ({ Placement }) => Placement?.AvailabilityZone,
  "placement-group-name": ({ Placement }) => Placement?.GroupName,
  "iam-instance-profile.arn": ({ IamInstanceProfile }) => IamInstanceProfile?.Arn,
  "instance.group-id": ({ SecurityGroups = [] }) => SecurityGroups.map(({ GroupId }) => GroupId),
  "network-interface.network-interface-id": ({ NetworkInterfaces = [] }) =>
    NetworkInterfaces.map(({ NetworkInterfaceId }) => NetworkInterfaceId),
  "block-device-mapping.volume-id": ({ BlockDeviceMappings = [] }) =>
    BlockDeviceMappings.map(({ Ebs }) => Ebs?.VolumeId),
};

const PAGE = { least: 5, most: 1000 };

export function instanceOperations(
  state: Ec2State,
  instances: Instances,
  capacity: Capacity,
): Operations {
  return {
    DescribeInstances: handle(DescribeInstancesCommand, (input) => {
      const { MaxResults: size, InstanceIds: ids = [] } = input;
      if (size !== undefined && ids.length > 0) {
        throw new ServiceError(
          "InvalidParameterCombination",
          "The parameter instancesSet cannot be used with the parameter maxResults",
        );
      }
      if (size !== undefined && (size < PAGE.least || size > PAGE.most)) {
        throw new ServiceError(
          "InvalidParameterValue",
          `Value ( ${size} ) for parameter maxResults is invalid. Expecting a value between ${PAGE.least} and ${PAGE.most}.`,
        );
      }
      const asked = { ...input, MaxResults: ids.length > 0 ? undefined : (size ?? PAGE.most) };
      const found = described(state.instances, ids, asked, FILTERS, instances.seen());
      return { Reservations: instances.reservations(found.rows), NextToken: found.NextToken };
    }),
    TerminateInstances: handle(TerminateInstancesCommand, ({ InstanceIds = [], DryRun }) => {
      const machines = instances.all(InstanceIds);
      const kept = machines.find((machine) => machine.protectedFromTermination);
      if (kept !== undefined) {
        throw new ServiceError(
          "OperationNotPermitted",
          `The instance '${kept.id}' may not be terminated. Modify its 'disableApiTermination' instance attribute and try again.`,
        );
      }
      if (DryRun === true) throw dryRun();
      return {
        TerminatingInstances: changed(machines, (one) => instances.terminate(one, REASONS.user)),
      };
    }),
    StopInstances: handle(StopInstancesCommand, ({ InstanceIds = [] }) => {
      const machines = instances.all(InstanceIds);
      for (const { id, row, state: now } of machines) {
        if (row.InstanceLifecycle === "spot") {
          throw new ServiceError(
            "UnsupportedOperation",
            `You can't stop the Spot Instance '${id}' because it is associated with a one-time Spot Instance request. You can only stop Spot Instances associated with persistent Spot Instance requests.`,
          );
        }
        if (!["pending", "running", "stopping", "stopped"].includes(now)) {
          throw incorrectState(
            `This instance '${id}' is not in a state from which it can be stopped.`,
          );
        }
      }
      return { StoppingInstances: changed(machines, (one) => instances.stop(one, REASONS.user)) };
    }),
    StartInstances: handle(StartInstancesCommand, ({ InstanceIds = [] }) => {
      const machines = instances.all(InstanceIds);
      for (const { id, state: now } of machines) {
        if (!["stopped", "running", "pending"].includes(now)) {
          throw incorrectState(
            `The instance '${id}' is not in a state from which it can be started.`,
          );
        }
      }
      const stopped = machines.filter((machine) => machine.state === "stopped");
      claimAll(stopped, capacity);
      return {
        StartingInstances: changed(
          machines,
          (one) => stopped.includes(one) && instances.start(one),
        ),
      };
    }),
    RebootInstances: handle(RebootInstancesCommand, ({ InstanceIds = [] }) => {
      for (const machine of instances.all(InstanceIds)) instances.reboot(machine);
      return {};
    }),
    ModifyInstanceAttribute: handle(ModifyInstanceAttributeCommand, (input) => {
      const machine = instances.get(input.InstanceId);
      const behavior = input.InstanceInitiatedShutdownBehavior?.Value;
      if (behavior !== undefined) machine.onShutdown = behavior as Machine["onShutdown"];
      if (input.DisableApiTermination !== undefined) {
        machine.protectedFromTermination = input.DisableApiTermination.Value ?? false;
      }
      if (input.SourceDestCheck !== undefined) {
        machine.row.SourceDestCheck = input.SourceDestCheck.Value;
      }
      return {};
    }),
    ModifyInstanceMetadataOptions: handle(ModifyInstanceMetadataOptionsCommand, (input) => {
      const { row, id } = instances.get(input.InstanceId);
      const { HttpTokens, HttpEndpoint, HttpPutResponseHopLimit, InstanceMetadataTags } = input;
      const asked = { HttpTokens, HttpEndpoint, HttpPutResponseHopLimit, InstanceMetadataTags };
      const given = Object.entries(asked).filter(([, value]) => value !== undefined);
      row.MetadataOptions = { ...row.MetadataOptions, ...Object.fromEntries(given) };
      return { InstanceId: id, InstanceMetadataOptions: row.MetadataOptions };
    }),
    DescribeInstanceAttribute: handle(DescribeInstanceAttributeCommand, (input) => {
      const machine = instances.get(input.InstanceId);
      const InstanceId = machine.id;
      switch (input.Attribute) {
        case "userData":
          return { InstanceId, UserData: { Value: machine.userData?.toString("base64") } };
        case "instanceInitiatedShutdownBehavior":
          return { InstanceId, InstanceInitiatedShutdownBehavior: { Value: machine.onShutdown } };
        case "disableApiTermination":
          return {
            InstanceId,
            DisableApiTermination: { Value: machine.protectedFromTermination },
          };
        default:
          throw new ServiceError(
            "InvalidParameterValue",
            `The attribute ${input.Attribute} is not served by the region on loopback`,
          );
      }
    }),
    GetConsoleOutput: handle(GetConsoleOutputCommand, async ({ InstanceId }) => {
      const { id, state: now } = instances.get(InstanceId);
      const text = now === "terminated" ? "" : await state.region.hypervisor.console(id);
      return {
        InstanceId: id,
        Timestamp: state.region.now(),
        // EC2 keeps the last 64 KiB.
        ...(text === "" ? {} : { Output: Buffer.from(text).subarray(-65_536).toString("base64") }),
      };
    }),
  };
}

/** All of them or none. */
function claimAll(machines: readonly Machine[], capacity: Capacity): void {
  const claimed: Machine[] = [];
  try {
    for (const machine of machines) {
      const { type, zone, row } = machine;
      const isSpot = row.InstanceLifecycle === "spot";
      [machine.claim] = capacity.claim({ type, zone, isSpot }, 1, 1);
      claimed.push(machine);
    }
  } catch (error) {
    for (const machine of claimed) {
      machine.claim?.release();
      machine.claim = undefined;
    }
    throw error;
  }
}

function changed(
  machines: readonly Machine[],
  act: (machine: Machine) => unknown,
): InstanceStateChange[] {
  return machines.map((machine) => {
    const PreviousState = stateRow(machine.state);
    act(machine);
    return { InstanceId: machine.id, PreviousState, CurrentState: stateRow(machine.state) };
  });
}

function incorrectState(message: string): ServiceError {
  return new ServiceError("IncorrectInstanceState", message);
}
