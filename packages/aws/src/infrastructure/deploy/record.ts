import type { ClusterRecord } from "@sluice/cloud";
import { messageOf, parseClusterFile } from "@sluice/model";
import { loginAddressOutput } from "../synth/logical-id.ts";
import { ClusterFilesStore } from "./cluster-files.ts";
import { type DeployContext, storeOf } from "./context.ts";
import { headGroup } from "./head-group.ts";
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
  const [index, group, machines] = await Promise.all([
    files.index(),
    headGroup(clients, stack),
    clusterMachines(clients, stack.unique),
  ]);
  const { status, reason } = clusterStatus({
    stackStatus: stack.status,
    stackReason: stack.reason,
    index,
    heads: group?.wanted,
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
    head: machines.find(
      ({ role, state }) => role === "head" && (state === "pending" || state === "running"),
    ),
    resources: {
      stack: stack.name,
      region,
      account,
      bucket: `s3://${stack.bucket.name}/${stack.bucket.prefix}`,
      ...loginAddresses(stack, configText),
    },
  };
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
