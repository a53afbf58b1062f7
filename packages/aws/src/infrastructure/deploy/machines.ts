import type { Instance } from "@aws-sdk/client-ec2";
import { HEAD_NAME } from "@sluice/boot";
import type { Machine, MachineRole, MachineState, Market } from "@sluice/cloud";
import type { Clients } from "../../clients.ts";
import { TAGS } from "../../names.ts";
import { ec2 } from "../../sdk.ts";

/** Every machine of a cluster that EC2 still knows. */
export async function clusterMachines(
  clients: Clients,
  unique: string,
): Promise<readonly Machine[]> {
  return (await instances(clients, unique)).map(machineOf);
}

export async function instances(clients: Clients, unique: string): Promise<readonly Instance[]> {
  const { sdk, client } = await ec2(clients);
  const found: Instance[] = [];
  const pages = sdk.paginateDescribeInstances(
    { client, pageSize: 1000 },
    { Filters: [{ Name: `tag:${TAGS.clusterId}`, Values: [unique] }] },
  );
  for await (const { Reservations = [] } of pages) {
    found.push(...Reservations.flatMap(({ Instances = [] }) => Instances));
  }
  return found;
}

export function tagsOf({ Tags = [] }: Instance): Readonly<Record<string, string>> {
  return Object.fromEntries(Tags.map(({ Key = "", Value = "" }) => [Key, Value]));
}

const STATES: Readonly<Record<string, MachineState>> = {
  pending: "pending",
  running: "running",
  stopping: "stopped",
  stopped: "stopped",
  "shutting-down": "stopping",
  terminated: "gone",
};

function machineOf(instance: Instance): Machine {
  const tags = tagsOf(instance);
  const role = (tags[TAGS.role] ?? "compute") as MachineRole;
  const id = instance.InstanceId ?? "";
  const queue = tags[TAGS.queue];
  const computeResource = tags[TAGS.computeResource];
  return {
    id,
    token: instance.ClientToken || id,
    role,
    node: nodeOf(role, id, tags.Name),
    pool:
      queue === undefined || computeResource === undefined ? undefined : { queue, computeResource },
    offering: {
      instanceType: instance.InstanceType ?? "",
      zone: instance.Placement?.AvailabilityZone ?? "",
      market: marketOf(instance),
    },
    state: STATES[instance.State?.Name ?? ""] ?? "pending",
    address: instance.PrivateIpAddress,
    ...(instance.PublicIpAddress ? { publicAddress: instance.PublicIpAddress } : {}),
    launchedAt: instance.LaunchTime ?? new Date(0),
    tags,
  };
}

/** Which node a compute machine is, the head alone knows: machines that are alike have the same tags. */
function nodeOf(role: MachineRole, id: string, name: string | undefined): string {
  if (role === "head") return HEAD_NAME;
  return role === "login" ? (name ?? id) : id;
}

function marketOf({ InstanceLifecycle, CapacityReservationId }: Instance): Market {
  if (InstanceLifecycle === "spot") return "spot";
  if (InstanceLifecycle === "capacity-block") return "block";
  return CapacityReservationId === undefined ? "on-demand" : "reserved";
}
