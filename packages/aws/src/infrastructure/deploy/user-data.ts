import { renderCloudHeadUserData, renderLoginUserData, renderQueueUserData } from "@sluice/boot";
import { type ClusterConfig, ec2InstanceType } from "@sluice/model";
import type { ObjectStore } from "../../bucket.ts";
import type { Architecture, Bundles } from "../../bundle.ts";
import { ensureBundle } from "../../bundle.ts";
import { awsGuest } from "../../guest/index.ts";
import { FAREWELL_HOOK, factsPath, HEAD_RESOURCE, loginGroupName, OBJECTS } from "../../names.ts";

/** Where Sluice's own program is for a kind of processor. */
export interface BundleObject {
  readonly key: string;
  readonly sha256: string;
}

export interface UserDataRequest {
  readonly name: string;
  readonly unique: string;
  readonly config: ClusterConfig;
  readonly region: string;
  readonly bucket: { readonly name: string; readonly prefix: string };
  readonly bundles: Readonly<Partial<Record<Architecture, BundleObject>>>;
  /** Key of the file that heads are made with; the cluster's first one if missing. */
  readonly headFile?: string;
}

export interface UserData {
  readonly head: string;
  /** By login pool. */
  readonly login: Readonly<Record<string, string>>;
}

/** What the head will say of itself to compute machines, as long as it can be. */
const LONGEST_HEAD = { headAddress: "255.255.255.255", headCertificate: "x".repeat(700) };

/**
 * User data of the machines that the stack makes. It is the same for every version of a cluster's
 * file that says the same of them, so that a change of queues changes no launch template: the head
 * begins with the first version, and the one in force is on its volume. That of compute machines is
 * the head's to render; that it can be is found out here.
 *
 * @throws SluiceError `USER_DATA_TOO_LARGE`
 */
export function userDataOf(request: UserDataRequest): UserData {
  const { name, unique, config, region, bucket, bundles } = request;
  const guest = awsGuest({
    region,
    bucket: bucket.name,
    prefix: bucket.prefix,
    name,
    unique,
    headResource: HEAD_RESOURCE,
  });
  const { files, pack, agent, localDisks, identityCommand, joinKey } = guest;
  const { fetchCommand, fetchUrlCommand, reportCommand } = guest;
  const head = renderCloudHeadUserData({
    clusterName: name,
    provider: config.Provider,
    fileVersion: 1,
    cloud: { region, factsPath: factsPath(name, unique) },
    os: config.Image.Os,
    files,
    pack,
    agent,
    localDisks,
    fetchCommand,
    fetchUrlCommand,
    reportCommand,
    bundles,
    clusterFileKey: request.headFile ?? OBJECTS.file(bucket.prefix, 1),
    config,
  });
  const login = (config.LoginNodes?.Pools ?? []).map(
    ({ Name, CustomActions: actions, Networking, GracetimePeriod: minutes }) => [
      Name,
      renderLoginUserData({
        ...proxyOf(Networking?.Proxy?.HttpProxyAddress),
        os: config.Image.Os,
        files,
        pack,
        agent,
        identityCommand,
        fetchCommand,
        fetchUrlCommand,
        joinKey,
        farewell: {
          awaitCommand: guest.leavingCommand,
          doneCommand: `${guest.letGoCommand} ${loginGroupName(name, unique, Name)} ${FAREWELL_HOOK}`,
          minutes,
        },
        directory: config.DirectoryService !== undefined,
        ...(actions === undefined ? {} : { actions }),
      }),
    ],
  );
  for (const queue of config.Scheduling.SlurmQueues) {
    renderQueueUserData(config, queue, { ...LONGEST_HEAD, identityCommand, guest });
  }
  return { head, login: Object.fromEntries(login) };
}

function proxyOf(proxy: string | undefined): { readonly proxy?: string } {
  return proxy === undefined ? {} : { proxy };
}

/** Kinds of processors of the machines that run our own program: the head alone. */
export function headArchitecture({ HeadNode }: ClusterConfig): Architecture {
  return ec2InstanceType(HeadNode.InstanceType)?.arch[0] ?? "x86_64";
}

/** Puts our own program into the bucket. */
export async function headBundles(
  store: ObjectStore,
  config: ClusterConfig,
  bundles: Bundles,
): Promise<Readonly<Partial<Record<Architecture, BundleObject>>>> {
  const arch = headArchitecture(config);
  return { [arch]: await ensureBundle(store, arch, bundles) };
}

/** Stand-ins of the size of the real ones, for templates that nobody deploys. */
export function unmadeBundles(
  config: ClusterConfig,
): Readonly<Partial<Record<Architecture, BundleObject>>> {
  const arch = headArchitecture(config);
  const sha256 = "0".repeat(64);
  return { [arch]: { key: OBJECTS.bundle(sha256, arch), sha256 } };
}
