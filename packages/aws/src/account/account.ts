import {
  type Account,
  type AccountLists,
  type Answer,
  type FactKind,
  type Question,
  SluiceError,
} from "@sluice/model";
import { type ClientOptions, Clients } from "../clients.ts";
import type { Asker } from "./answer.ts";
import * as ec2 from "./ec2-facts.ts";
import { launches } from "./launch-facts.ts";
import { LISTERS } from "./lists.ts";
import * as network from "./network-facts.ts";
import { whyNot } from "./refusal.ts";
import * as rights from "./rights-facts.ts";
import * as storage from "./storage-facts.ts";

/** Region, credentials and endpoint follow the SDK's own chain where they are not given. */
export type AwsAccountOptions = ClientOptions;

interface Kind<K extends FactKind> {
  readonly ask: Asker<K>;
  /** What it asks for, in the plural, as `--online` names it when it may not. */
  readonly about: string;
}

const KINDS: { readonly [K in FactKind]: Kind<K> } = {
  subnet: { ask: network.subnets, about: "subnets" },
  securityGroup: { ask: network.securityGroups, about: "security groups" },
  vpc: { ask: network.vpcs, about: "VPCs" },
  keyPair: { ask: ec2.keyPairs, about: "key pairs" },
  image: { ask: ec2.images, about: "images" },
  instanceType: { ask: ec2.instanceTypes, about: "instance types" },
  elasticIp: { ask: ec2.elasticIps, about: "Elastic IP addresses" },
  placementGroup: { ask: ec2.placementGroups, about: "placement groups" },
  capacityReservation: { ask: ec2.capacityReservations, about: "capacity reservations" },
  capacityReservationGroup: { ask: rights.capacityReservationGroups, about: "resource groups" },
  volume: { ask: ec2.volumes, about: "volumes" },
  snapshot: { ask: ec2.snapshots, about: "snapshots" },
  hostedZone: { ask: rights.hostedZones, about: "hosted zones" },
  efs: { ask: storage.efsFileSystems, about: "EFS file systems" },
  efsAccessPoint: { ask: storage.efsAccessPoints, about: "EFS access points" },
  fsx: { ask: storage.fsxFileSystems, about: "FSx file systems" },
  fsxVolume: { ask: storage.fsxVolumes, about: "FSx volumes" },
  fsxBackup: { ask: storage.fsxBackups, about: "FSx backups" },
  bucket: { ask: storage.buckets, about: "buckets" },
  object: { ask: storage.objects, about: "files in S3" },
  url: { ask: storage.urls, about: "pages of the web" },
  role: { ask: rights.roles, about: "roles" },
  instanceProfile: { ask: rights.instanceProfiles, about: "instance profiles" },
  policy: { ask: rights.policies, about: "policies" },
  kmsKey: { ask: rights.kmsKeys, about: "KMS keys" },
  secret: { ask: rights.secrets, about: "secrets" },
  launch: { ask: launches, about: "launches" },
};

/** So many kinds are asked for at once. */
const AT_ONCE = 4;

/**
 * An AWS account through its SDK. It looks and never changes anything: every call describes, lists,
 * reads a head, or is a dry run.
 */
export function createAwsAccount(options: AwsAccountOptions = {}): Account {
  const clients = new Clients(options);
  return {
    provider: "aws",
    region: options.region ?? process.env.AWS_REGION ?? "",
    identity: (signal) => identity(clients, signal),
    answer: (questions, signal) => answer(questions, clients, signal),
    list: async <K extends keyof AccountLists>(kind: K, signal: AbortSignal) => {
      try {
        return await LISTERS[kind](clients, signal);
      } catch (error) {
        throw unavailable(error, `${kind} list`);
      }
    },
  };
}

async function identity(clients: Clients, abortSignal: AbortSignal): Promise<string> {
  const sts = await clients.get("sts", async (config) => {
    const sdk = await import("@aws-sdk/client-sts");
    return { sdk, client: new sdk.STSClient(config) };
  });
  try {
    const caller = await sts.client.send(new sts.sdk.GetCallerIdentityCommand({}), { abortSignal });
    return caller.Arn ?? "unknown";
  } catch (error) {
    throw unavailable(error, "identity");
  }
}

function unavailable(error: unknown, about: string): SluiceError {
  return new SluiceError("ACCOUNT_UNAVAILABLE", "cloud", whyNot(error, about), {
    hint: "check the credentials with: aws sts get-caller-identity",
    cause: error,
  });
}

async function answer(
  questions: readonly Question[],
  clients: Clients,
  signal: AbortSignal,
): Promise<readonly Answer[]> {
  const answers: Answer[] = new Array(questions.length);
  const kinds = [...new Set(questions.map(({ kind }) => kind))];
  const work = kinds.values();
  const workers = Array.from({ length: AT_ONCE }, async () => {
    for (const kind of work) {
      const places = questions.flatMap((question, place) =>
        question.kind === kind ? [place] : [],
      );
      const asked = places.flatMap((place) => questions[place] ?? []);
      const given = await answerKind(kind, asked, clients, signal);
      for (const [index, place] of places.entries()) answers[place] = given[index] ?? UNANSWERED;
    }
  });
  await Promise.all(workers);
  return answers;
}

const UNANSWERED: Answer = { is: "unknown", why: "AWS gave no answer" };

async function answerKind(
  kind: FactKind,
  questions: readonly Question[],
  clients: Clients,
  signal: AbortSignal,
): Promise<readonly Answer[]> {
  const { ask, about } = KINDS[kind] as Kind<FactKind>;
  const why = (error: unknown) => whyNot(error, about);
  try {
    return await ask(questions, clients, signal, why);
  } catch (error) {
    return questions.map((): Answer => ({ is: "unknown", why: why(error) }));
  }
}
