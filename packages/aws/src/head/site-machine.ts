import type { S3Client } from "@aws-sdk/client-s3";
import type { SSMClient } from "@aws-sdk/client-ssm";
import { MANAGED_SITE_SECRETS, type ManagedSiteSecret, type SiteIdentity } from "@sluice/boot";
import type { SiteMachineCloud } from "@sluice/cloud";
import { type Clock, messageOf, SluiceError } from "@sluice/model";
import { type ClientOptions, Clients, timeouts } from "../clients.ts";
import { mergeFacts } from "../facts.ts";
import { OBJECTS } from "../names.ts";
import { cloudFormation, logs, s3, secretsManager, ssm } from "../sdk.ts";
import type { SiteMachineFacts } from "../site-facts.ts";
import { readParts } from "./facts.ts";
import { ownInstanceId } from "./imds.ts";
import { awsLogs } from "./logs.ts";
import { passwordIn, readValue } from "./secrets.ts";
import { awsSignal } from "./signal.ts";
import { systemClock } from "./system-clock.ts";

export interface AwsSiteMachineOptions {
  /** Of `SiteSeat`. */
  readonly name: string;
  readonly cloud: Readonly<Record<string, string>>;
  readonly clock?: Clock;
  readonly client?: ClientOptions;
  /** By default what the metadata service says. */
  readonly instanceId?: () => Promise<string>;
}

export interface AwsSiteMachine extends SiteMachineCloud {
  /** All of it, of the site's stack and the site's bucket. */
  readonly identity: SiteIdentity;
  /** As files of a machine have them. Errors: those of the SDK. */
  secret(name: ManagedSiteSecret): Promise<Uint8Array>;
}

/** Rights of a role that was made just now are not known everywhere for a while. */
const PATIENCE_MILLISECONDS = 120_000;
const PAUSE_MILLISECONDS = 2_000;

/**
 * What a machine of a site holds of its account, by the rights of its role.
 *
 * @throws SluiceError `AWS_FACTS_MISSING` when what the stack says can't be read.
 */
export async function createAwsSiteMachine(
  options: AwsSiteMachineOptions,
): Promise<AwsSiteMachine> {
  const { clock = systemClock, instanceId = ownInstanceId(), name } = options;
  const { region, factsPath = "" } = options.cloud;
  const clients = new Clients({
    requestHandler: timeouts(30_000),
    ...options.client,
    ...(region === undefined ? {} : { region }),
  });
  const of = {
    ssm: async () => (await ssm(clients)).client,
    s3: async () => (await s3(clients)).client,
    secretsManager: async () => (await secretsManager(clients)).client,
    cloudFormation: async () => (await cloudFormation(clients)).client,
  };
  const patiently = <T>(what: string, call: () => Promise<T>): Promise<T> =>
    untilRead(what, call, clock);
  try {
    const facts = await patiently(`what the site's stack says below ${factsPath}`, () =>
      readSiteFacts(of.ssm, factsPath, name),
    );
    const { bucket, stack, serverFileKey, logGroup } = facts;
    const serverFile =
      serverFileKey === undefined
        ? undefined
        : await patiently(serverFileKey, () => readObject(of.s3, bucket.name, serverFileKey));
    return {
      identity: {
        ...facts.identity,
        ...(region === undefined ? {} : { region }),
        ...(serverFile === undefined ? {} : { serverFile }),
      },
      secret: (one) => patiently(`the secret ${one}`, () => readSecret(of, facts, one)),
      ...(logGroup === undefined
        ? {}
        : { logs: awsLogs(async () => (await logs(clients)).client, logGroup) }),
      signal: awsSignal({
        ...of,
        facts: {
          cluster: { stackId: stack.id, headResource: stack.resource },
          bucket: { name: bucket.name, prefix: OBJECTS.siteMachine(bucket.prefix, name) },
        },
        instanceId,
        clock,
      }),
      async [Symbol.asyncDispose]() {
        clients.destroy();
      },
    };
  } catch (error) {
    clients.destroy();
    throw error;
  }
}

/** What all machines are told, and what this one is. */
async function readSiteFacts(
  client: () => Promise<SSMClient>,
  path: string,
  name: string,
): Promise<SiteMachineFacts> {
  const signal = AbortSignal.timeout(PATIENCE_MILLISECONDS);
  const connected = await client();
  const parts = await Promise.all(
    [`${path}/site`, `${path}/machines/${name}`].map((one) => readParts(connected, one, signal)),
  );
  if (parts.some((one) => one.length === 0)) throw new Error("there are none");
  return mergeFacts(parts.flat()) as unknown as SiteMachineFacts;
}

async function readObject(
  client: () => Promise<S3Client>,
  Bucket: string,
  Key: string,
): Promise<string | undefined> {
  const { GetObjectCommand } = await import("@aws-sdk/client-s3");
  const { Body } = await (await client()).send(new GetObjectCommand({ Bucket, Key }));
  return Body?.transformToString();
}

/** munge's key is kept in base64, and a password may be in an object with its user. */
async function readSecret(
  clients: Parameters<typeof readValue>[0],
  { secrets }: SiteMachineFacts,
  name: ManagedSiteSecret,
): Promise<Uint8Array> {
  const value = await readValue(clients, secrets[name], undefined);
  if (typeof value !== "string") return value;
  if (name === "munge") return Buffer.from(value.trim(), "base64");
  const isPassword = MANAGED_SITE_SECRETS[name].startsWith("database-");
  return Buffer.from(isPassword ? passwordIn(value) : value);
}

async function untilRead<T>(what: string, call: () => Promise<T>, clock: Clock): Promise<T> {
  const deadline = clock.now().getTime() + PATIENCE_MILLISECONDS;
  for (;;) {
    try {
      return await call();
    } catch (error) {
      if (clock.now().getTime() < deadline) {
        await clock.sleep(PAUSE_MILLISECONDS);
        continue;
      }
      throw new SluiceError(
        "AWS_FACTS_MISSING",
        "cloud",
        `${what} can't be read: ${messageOf(error)}`,
        {
          hint: "look whether the site's stack is complete, and what the machine's role may read",
          cause: error,
        },
      );
    }
  }
}
