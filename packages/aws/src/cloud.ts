import { randomBytes } from "node:crypto";
import type { Cloud, Machine } from "@sluice/cloud";
import { type Clock, parseStoredClusterFile, SluiceError } from "@sluice/model";
import { type Bundles, installedBundles } from "./bundle.ts";
import { type ClientOptions, Clients } from "./clients.ts";
import { consoleOutput } from "./console.ts";
import { asSluiceError } from "./credentials.ts";
import { gatewayAccess } from "./gateway.ts";
import { awsImages } from "./images/index.ts";
import { type AccountPlace, accountPlace, chosenRegion } from "./infrastructure/deploy/account.ts";
import { clusterNotFound, type DeployContext } from "./infrastructure/deploy/context.ts";
import { headGroups } from "./infrastructure/deploy/head-group.ts";
import { awsInfrastructure, withOurErrors } from "./infrastructure/deploy/infrastructure.ts";
import { loginUser } from "./infrastructure/deploy/login-user.ts";
import { clusterMachines, instances } from "./infrastructure/deploy/machines.ts";
import { filesOf, leadingHead } from "./infrastructure/deploy/record.ts";
import { findStack } from "./infrastructure/deploy/stack.ts";
import { awsJobApis } from "./job-api/index.ts";
import { type FunctionProgram, installedFunction } from "./job-api/program.ts";
import { awsLogStreams } from "./logs.ts";
import { sts } from "./sdk.ts";
import { installedServer, type ServerProgram } from "./server-bundle.ts";
import { awsShell } from "./shell.ts";
import { awsSites } from "./site/sites.ts";

/** Region, credentials and endpoint follow the SDK's own chain where they are not given. */
export interface AwsCloudOptions extends ClientOptions {
  readonly env?: Readonly<Record<string, string | undefined>>;
  readonly clock?: Clock;
  /** Only clusters of this site are listed: a server of it has no rights over others. */
  readonly site?: string;
  /** By default those of this installation. */
  readonly bundles?: Bundles;
  /** What machines of sites run as their server; by default that of this installation. */
  readonly server?: ServerProgram;
  /** Of job APIs; by default that of this installation. */
  readonly jobFunction?: FunctionProgram;
  /** Milliseconds between two looks at what AWS does; by default two seconds. */
  readonly lookEvery?: number;
}

const LOOK_EVERY = 2000;

const wallClock: Clock = {
  now: () => new Date(),
  sleep: (milliseconds, signal) =>
    new Promise((resolve) => {
      const end = (): void => {
        clearTimeout(timer);
        signal?.removeEventListener("abort", end);
        resolve();
      };
      const timer = setTimeout(end, milliseconds);
      signal?.addEventListener("abort", end);
      if (signal?.aborted) end();
    }),
};

/**
 * Clusters in an AWS account, as the host side sees them. Asks nobody before its first call.
 *
 * Errors of every method: `AWS_NO_CREDENTIALS`, `AWS_EXPIRED_CREDENTIALS`, `AWS_NOT_ALLOWED`,
 * `AWS_NO_REGION`, `AWS_UNREACHABLE`, `AWS_THROTTLED`, `AWS_REFUSED`.
 */
export async function createAwsCloud(options: AwsCloudOptions = {}): Promise<Cloud> {
  const {
    env = process.env,
    clock = wallClock,
    bundles = installedBundles(env),
    server = installedServer(),
    jobFunction = installedFunction(),
    lookEvery = LOOK_EVERY,
    site,
    ...given
  } = options;
  const clients = new Clients(given);
  let place: Promise<AccountPlace> | undefined;
  const context: DeployContext = {
    clients,
    clock,
    bundles,
    lookEvery,
    ...(site === undefined ? {} : { site }),
    place: () => {
      place ??= accountPlace(clients).catch((error: unknown) => {
        place = undefined;
        throw error;
      });
      return place;
    },
    unique: () => randomBytes(4).toString("hex"),
  };
  const region = async (): Promise<string> => {
    const { client } = await sts(clients);
    return chosenRegion(client.config);
  };
  const head = (cluster: string): Promise<Machine> => runningHead(context, cluster);
  return {
    provider: "aws",
    infrastructure: withOurErrors(awsInfrastructure(context, region)),
    images: withOurErrors(awsImages(context)),
    sites: withOurErrors(awsSites({ ...context, server })),
    jobApis: withOurErrors(awsJobApis(context, jobFunction)),
    shell: withOurErrors(
      awsShell({
        clients,
        head,
        login: (cluster) => sshLogin(context, cluster),
        region,
        sleep: (milliseconds, signal) => clock.sleep(milliseconds, signal),
        lookEvery: lookEvery / 4,
      }),
    ),
    async gateway(cluster) {
      try {
        const stack = await findStack(clients, cluster);
        if (stack === undefined) throw clusterNotFound(cluster);
        const [leading, groups] = await Promise.all([head(cluster), headGroups(clients, stack)]);
        return await gatewayAccess(clients, stack, leading, groups.length > 1);
      } catch (error) {
        throw asSluiceError(error);
      }
    },
    async consoleOutput(cluster, machineId, lines) {
      try {
        await requireMachine(context, cluster, machineId);
        return await consoleOutput(clients, machineId, lines);
      } catch (error) {
        throw asSluiceError(error);
      }
    },
    logs: withOurErrors(
      awsLogStreams(clients, async (cluster) => (await findStack(clients, cluster))?.unique),
    ),
    async [Symbol.asyncDispose]() {
      clients.destroy();
    },
  };
}

/** Of two the one that leads: the other one has nothing of the cluster's. */
async function runningHead(context: DeployContext, cluster: string): Promise<Machine> {
  const { clients } = context;
  const stack = await findStack(clients, cluster);
  if (stack === undefined) throw clusterNotFound(cluster);
  const machines = await clusterMachines(clients, stack.unique);
  const heads = machines.filter(({ role, state }) => role === "head" && state === "running");
  const [head] = heads;
  if (heads.length === 1 && head !== undefined) return head;
  if (heads.length > 1) {
    const leading = await leadingHead(await filesOf(context, stack));
    const found = heads.find(({ id }) => id === leading);
    if (found !== undefined) return found;
  }
  throw new SluiceError("HEAD_NOT_RUNNING", "user", `the head of ${cluster} is off`, {
    hint: `start the cluster (sluice start-cluster -n ${cluster})`,
  });
}

async function requireMachine(
  { clients }: DeployContext,
  cluster: string,
  machineId: string,
): Promise<void> {
  const stack = await findStack(clients, cluster);
  if (stack === undefined) throw clusterNotFound(cluster);
  const known = await instances(clients, stack.unique);
  if (known.some(({ InstanceId }) => InstanceId === machineId)) return;
  throw new SluiceError("MACHINE_NOT_FOUND", "user", `${cluster} has no machine ${machineId}`, {
    hint: `see which there are with: sluice describe-cluster-instances -n ${cluster}`,
  });
}

/** By SSH only where the file names a key and the head has an address that the world can reach. */
async function sshLogin(
  context: DeployContext,
  cluster: string,
): Promise<{ user: string; address: string } | undefined> {
  const stack = await findStack(context.clients, cluster);
  if (stack === undefined) throw clusterNotFound(cluster);
  const files = await filesOf(context, stack);
  const version = (await files.index())?.versions.findLast(({ state }) => state === "in-force");
  const parsed = parseStoredClusterFile(
    await files.text(version?.version ?? 1),
    `the file of ${cluster}`,
  );
  if (!parsed.ok || parsed.config.HeadNode.Ssh?.KeyName === undefined) return undefined;
  const { id } = await runningHead(context, cluster);
  const found = (await instances(context.clients, stack.unique)).find(
    ({ InstanceId }) => InstanceId === id,
  );
  const address = found?.PublicIpAddress;
  return address === undefined ? undefined : { user: loginUser(parsed.config.Image.Os), address };
}
