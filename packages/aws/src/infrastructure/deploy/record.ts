import type { ClusterRecord, HeadRole, Machine } from "@sluice/cloud";
import { messageOf, parseClusterFile } from "@sluice/model";
import { loginAddressOutput } from "../synth/logical-id.ts";
import { ClusterFilesStore } from "./cluster-files.ts";
import { type DeployContext, storeOf } from "./context.ts";
import { headGroups } from "./head-group.ts";
import { clusterMachines } from "./machines.ts";
import { versionInForce } from "./plan/file-index.ts";
import { clusterStatus } from "./plan/status.ts";
import type { ClusterStack } from "./stack.ts";

export async function filesOf(
  context: DeployContext,
  { bucket }: ClusterStack,
): Promise<ClusterFilesStore> {
  const store = await storeOf(context, bucket.name);
  return new ClusterFilesStore(store, bucket.prefix);
}

/** What people see of a cluster, put together from its stack, its bucket and its machines. */
export async function clusterRecord(
  context: DeployContext,
  stack: ClusterStack,
): Promise<ClusterRecord> {
  const { clients } = context;
  const files = await filesOf(context, stack);
  const [index, groups, machines] = await Promise.all([
    files.index(),
    headGroups(clients, stack),
    clusterMachines(clients, stack.unique),
  ]);
  const { head, heads } = await headsOf(files, groups.length > 1, machines);
  const { status, reason } = clusterStatus({
    stackStatus: stack.status,
    stackReason: stack.reason,
    index,
    heads: groups.length === 0 ? undefined : Math.max(...groups.map(({ wanted }) => wanted)),
  });
  const fileVersion = index === undefined ? 1 : versionInForce(index);
  const configText = index === undefined ? "" : await files.text(fileVersion);
  const { place } = context;
  const { region, account } = await place();
  return {
    name: stack.cluster,
    id: stack.unique,
    provider: "aws",
    status,
    statusReason: reason,
    createdAt: stack.createdAt,
    updatedAt: latest(stack.updatedAt, index?.update?.at, index?.versions.at(-1)?.givenAt),
    configText,
    fileVersion,
    head,
    ...(heads === undefined ? {} : { heads }),
    resources: {
      stack: stack.name,
      region,
      account,
      bucket: `s3://${stack.bucket.name}/${stack.bucket.prefix}`,
      ...loginAddresses(stack, configText),
    },
  };
}

/** Machine that has the lease, or had it last; undefined before one had. */
export async function leadingHead(
  files: Pick<ClusterFilesStore, "lease">,
): Promise<string | undefined> {
  return (await files.lease())?.holder.split("/")[0];
}

/** Of two heads the one that leads is the cluster's; of one, whichever is on. */
async function headsOf(
  files: ClusterFilesStore,
  hasTwo: boolean,
  machines: readonly Machine[],
): Promise<Pick<ClusterRecord, "head" | "heads">> {
  const on = machines.filter(
    ({ role, state }) => role === "head" && (state === "pending" || state === "running"),
  );
  // Of one nobody else leads, whatever it is at; it is the head as long as it is on.
  if (!hasTwo) {
    const [head] = on;
    const heads = on.map((machine) => {
      return { machine, zone: machine.offering.zone, role: "leading" as const };
    });
    return { head, heads };
  }
  const leading = await leadingHead(files);
  const ready = (await files.ready())?.instanceId;
  const roleOf = ({ id }: Machine): HeadRole => {
    if (id === leading) return id === ready ? "leading" : "starting";
    return leading === undefined ? "starting" : "standing-by";
  };
  const heads = on.map((machine) => {
    return { machine, zone: machine.offering.zone, role: roleOf(machine) };
  });
  return { head: on.find(({ id }) => id === leading), heads };
}

/** By `login POOL`: the name under which people reach the login nodes of each pool. */
function loginAddresses(
  { outputs }: ClusterStack,
  configText: string,
): Readonly<Record<string, string>> {
  const parsed = parseClusterFile(configText, { fileName: "cluster.yaml" });
  const pools = parsed.ok ? (parsed.config.LoginNodes?.Pools ?? []) : [];
  const found = pools.flatMap(({ Name }) => {
    const address = outputs[loginAddressOutput(Name)];
    return address === undefined ? [] : [[`login ${Name}`, address] as const];
  });
  return Object.fromEntries(found);
}

/** `clusterRecord`, or what the stack alone says where the rest can't be read. */
export async function recordOrStack(
  context: DeployContext,
  stack: ClusterStack,
): Promise<ClusterRecord> {
  try {
    return await clusterRecord(context, stack);
  } catch (error) {
    const { status } = clusterStatus({
      stackStatus: stack.status,
      stackReason: stack.reason,
      index: undefined,
      heads: undefined,
    });
    return {
      name: stack.cluster,
      id: stack.unique,
      provider: "aws",
      status,
      statusReason: messageOf(error),
      createdAt: stack.createdAt,
      updatedAt: stack.updatedAt,
      configText: "",
      fileVersion: 1,
      head: undefined,
      resources: { stack: stack.name },
    };
  }
}

function latest(first: Date, ...others: readonly (string | undefined)[]): Date {
  const times = others.flatMap((text) => (text === undefined ? [] : [Date.parse(text)]));
  return new Date(Math.max(first.getTime(), ...times));
}
