import type { AccountLists } from "../account/contract.ts";
import { pricedRegions } from "../catalogue/prices.ts";
import { AWS_DEBIANS, CLOUD_OSES } from "../cluster-file/schema/image.ts";
import awsRegions from "./aws-regions.json" with { type: "json" };
import { atLeastOne } from "./local-interview.ts";
import { headChoices, machineTypeProblem } from "./machine-choices.ts";
import type { CloudPlan, DatabasePlan, DatabaseServerPlan, StoragePlan } from "./plan.ts";
import { AZURE_SUBNET, planProblem } from "./plan-text.ts";
import { answerEntries, ask, type Interview, list } from "./question.ts";
import { queuesInterview } from "./queue-interview.ts";

const SUBNET = "subnet-00000000";
/** Whoever has an address in a network of one's own; nothing is opened to the world unasked. */
const PRIVATE = "10.0.0.0/8";
const DEFAULTS = {
  aws: { region: "us-east-1", os: "debian13", headType: "t3.large" },
  azure: { region: "westeurope", os: "ubuntu2404", headType: "Standard_D4s_v3" },
} as const;

const OSES = {
  aws: [...AWS_DEBIANS, ...CLOUD_OSES],
  azure: CLOUD_OSES.filter((os) => os !== "alinux2023"),
} as const;

type Check = (
  change: (answer: string) => Partial<CloudPlan>,
) => (answer: string) => string | undefined;

export function* cloudInterview(provider: CloudPlan["provider"]): Interview<CloudPlan> {
  let plan = emptyPlan(provider);
  const checked: Check = (change) => (answer) => planProblem({ ...plan, ...change(answer) });

  const region = yield* regionQuestion(provider, checked);
  plan = { ...plan, region };
  const offered = yield* list("instanceType", region);
  const available = offered && new Set(offered.map(({ name }) => name));
  plan = { ...plan, ...(yield* accessQuestions(plan, checked)) };

  const os = yield* ask({
    kind: "choose",
    id: "os",
    message: "operating system of the machines",
    choices: OSES[provider].map((value) => ({ value, label: value })),
    fallback: plan.os,
    check: checked((answer) => ({ os: answer })),
  });
  plan = { ...plan, os };

  const place = { provider, region, available };
  const heads = headChoices(place);
  const headType = yield* ask({
    kind: "choose",
    id: "head-type",
    message: "machine type of the head node",
    help: "it runs the controller and exports shared folders, and is always on",
    choices: heads,
    open: true,
    fallback: heads[0]?.value ?? plan.headType,
    check: (answer) =>
      machineTypeProblem(answer, place) ??
      checked((type) => ({ headType: type, queues: [queueOf(type)] }))(answer),
  });
  plan = { ...plan, headType, queues: [queueOf(headType)] };
  if (provider === "aws") plan = { ...plan, ...(yield* subnetQuestions(plan, checked)) };

  const queues = yield* queuesInterview({ ...plan, queues: [] }, available);
  plan = { ...plan, queues };
  if (provider === "aws") {
    plan = { ...plan, storage: yield* storageQuestions(checked) };
    plan = { ...plan, database: yield* databaseQuestions(checked) };
  }
  const idleTime = yield* ask({
    kind: "text",
    id: "idle-time",
    message: "how long an idle node stays, such as 90s, 10m or 1h",
    help: "shorter is cheaper; longer saves the next job a boot",
    fallback: plan.idleTime,
    check: checked((answer) => ({ idleTime: answer })),
  });
  return { ...plan, idleTime };
}

/** Every part has something that passes the checks, so that each answer can be tried in a file. */
function emptyPlan(provider: CloudPlan["provider"]): CloudPlan {
  const { headType, ...defaults } = DEFAULTS[provider];
  return {
    provider,
    ...defaults,
    headType,
    keyName: undefined,
    sshFrom: PRIVATE,
    headSubnet: provider === "azure" ? AZURE_SUBNET : SUBNET,
    headIsPublic: undefined,
    computeSubnets: [provider === "azure" ? AZURE_SUBNET : SUBNET],
    queues: [queueOf(headType)],
    storage: { kind: "none" },
    database: undefined,
    idleTime: "10m",
  };
}

function queueOf(type: string): CloudPlan["queues"][number] {
  return {
    name: "queue",
    purpose: "throughput",
    types: [type],
    maxCount: "10",
    isSpot: false,
    warm: "0",
  };
}

function* regionQuestion(provider: CloudPlan["provider"], checked: Check): Interview<string> {
  // Any region of the cloud can tell which others there are.
  const listed = yield* list("region", DEFAULTS[provider].region);
  const known = provider === "aws" ? awsRegions : pricedRegions(provider);
  const names = listed?.map(({ name }) => name) ?? known;
  const { region } = DEFAULTS[provider];
  return yield* ask({
    kind: "choose",
    id: "region",
    message: "region",
    choices: names.map((value) => ({ value, label: value })),
    ...(listed === undefined ? { open: true as const } : {}),
    fallback: names.includes(region) ? region : (names[0] ?? region),
    check: checked((answer) => ({ region: answer })),
  });
}

const NO_KEY = "none";

function* accessQuestions(
  { provider, region }: CloudPlan,
  checked: Check,
): Interview<Pick<CloudPlan, "keyName" | "sshFrom">> {
  const keys = yield* list("keyPair", region);
  const key = yield* ask({
    kind: keys === undefined ? "text" : "choose",
    id: "key-pair",
    message: `key pair that may log in to the head node (${NO_KEY} for none)`,
    ...(keys === undefined
      ? {}
      : {
          choices: [...keys.map(({ name }) => name), NO_KEY].map((value) => ({
            value,
            label: value,
          })),
        }),
    fallback: keys?.[0]?.name ?? NO_KEY,
    check: checked((answer) => ({ keyName: answer })),
  });
  const keyName = key === NO_KEY ? undefined : key;
  if (provider === "azure" && keyName === undefined) return { keyName, sshFrom: PRIVATE };
  const sshFrom = yield* ask({
    kind: "text",
    id: "ssh-from",
    message:
      "addresses that may connect by SSH, as a block such as 192.0.2.0/24; 0.0.0.0/0 is the whole world",
    fallback: PRIVATE,
    check: checked((answer) => ({ sshFrom: answer })),
  });
  return { keyName, sshFrom };
}

type Subnets = Pick<CloudPlan, "headSubnet" | "headIsPublic" | "computeSubnets">;

/** The answer for a network of the cluster's own. */
const NEW = "new";
const NEW_NETWORK: Subnets = { headSubnet: undefined, headIsPublic: true, computeSubnets: [] };
const NEW_LABEL = `${NEW}: Sluice makes a network for the cluster`;

function* subnetQuestions({ region }: CloudPlan, checked: Check): Interview<Subnets> {
  const headSubnet = (answer: string) => (answer === NEW ? NEW_NETWORK : { headSubnet: answer });
  const computeSubnets = (answer: string) => ({ computeSubnets: answerEntries(answer) });
  const found = yield* subnetsOfVpc(region);
  if (found === NEW) return NEW_NETWORK;
  if (found === undefined) {
    const head = yield* ask({
      kind: "text",
      id: "head-subnet",
      message: `subnet of the head node, such as subnet-0123456789abcdef0, or ${NEW} for a network that Sluice makes`,
      fallback: NEW,
      check: checked(headSubnet),
    });
    if (head === NEW) return NEW_NETWORK;
    const compute = yield* ask({
      kind: "text",
      id: "compute-subnets",
      message: "subnets of the compute nodes, separated by commas",
      help: "several zones have more machines; jobs across nodes want one",
      fallback: head,
      check: atLeastOne(checked(computeSubnets)),
    });
    return { headSubnet: head, headIsPublic: undefined, ...computeSubnets(compute) };
  }
  const choices = found.map((subnet) => ({ value: subnet.id, label: subnetLabel(subnet) }));
  const open = found.find((subnet) => subnet.public) ?? found[0];
  const head = yield* ask({
    kind: "choose",
    id: "head-subnet",
    message: "subnet of the head node",
    choices: [...choices, { value: NEW, label: NEW_LABEL }],
    fallback: open?.id ?? NEW,
    check: checked(headSubnet),
  });
  if (head === NEW) return NEW_NETWORK;
  const inner = found.find((subnet) => !subnet.public)?.id ?? head;
  const compute = yield* ask({
    kind: "several",
    id: "compute-subnets",
    message: "subnets of the compute nodes",
    help: "several zones have more machines; jobs across nodes want one",
    choices,
    fallback: inner,
    check: checked(computeSubnets),
  });
  const headIsPublic = found.find(({ id }) => id === head)?.public;
  return { headSubnet: head, headIsPublic, ...computeSubnets(compute) };
}

type Subnet = AccountLists["subnet"];

/** Those of one network, or the wish for another; undefined when nobody can tell. */
function* subnetsOfVpc(region: string): Interview<readonly Subnet[] | typeof NEW | undefined> {
  const subnets = yield* list("subnet", region);
  if (subnets === undefined) return undefined;
  const ids = [...new Set(subnets.map(({ vpcId }) => vpcId))];
  const vpcs = yield* list("vpc", region);
  const choices = ids.map((value) => {
    const vpc = vpcs?.find(({ id }) => id === value);
    const words = [value, vpc?.name, vpc?.cidr].filter((word) => word !== undefined);
    return { value, label: words.join(", ") };
  });
  const [only] = ids;
  const vpc =
    ids.length === 1
      ? only
      : yield* ask({
          kind: "choose",
          id: "vpc",
          message: "virtual private cloud (VPC)",
          choices: [...choices, { value: NEW, label: NEW_LABEL }],
          fallback: only ?? NEW,
        });
  if (vpc === NEW) return NEW;
  return subnets.filter(({ vpcId }) => vpcId === vpc);
}

function subnetLabel({ id, name, zone, cidr, public: isPublic }: Subnet): string {
  const words = [id, name, zone, cidr, isPublic ? "public" : "private"];
  return words.filter((word) => word !== undefined).join(", ");
}

const STORAGE: Readonly<Record<string, StoragePlan>> = {
  none: { kind: "none" },
  efs: { kind: "efs" },
  ebs: { kind: "ebs", gib: "200" },
  lustre: { kind: "lustre", gib: "1200" },
};

function* storageQuestions(checked: Check): Interview<StoragePlan> {
  const storageOf = (kind: string): StoragePlan => STORAGE[kind] ?? { kind: "none" };
  const kind = yield* ask({
    kind: "choose",
    id: "storage",
    message: "shared storage beside /home",
    choices: [
      { value: "ebs", label: "a disk that the head node exports, for a few dozen nodes" },
      { value: "efs", label: "EFS, which grows by itself and is in every zone" },
      { value: "lustre", label: "FSx for Lustre, fast scratch for many nodes" },
      { value: "none", label: "none" },
    ],
    fallback: "ebs",
    check: checked((answer) => ({ storage: storageOf(answer) })),
  });
  const storage = storageOf(kind);
  if (storage.kind === "none" || storage.kind === "efs") return storage;
  const gib = yield* ask({
    kind: "text",
    id: "storage-gib",
    message: "its size in GiB",
    ...(kind === "lustre" ? { help: "1200, 2400, or more in steps of 2400" } : {}),
    fallback: storage.gib,
    check: checked((answer) => ({ storage: { ...storage, gib: answer } })),
  });
  return { ...storage, gib };
}

const SECRET = "arn:aws:secretsmanager:us-east-1:123456789012:secret:slurm-AbCdEf";

function* databaseQuestions(checked: Check): Interview<DatabasePlan | undefined> {
  const where = yield* ask({
    kind: "choose",
    id: "accounting",
    message: "where job accounting is kept",
    choices: [
      { value: "head", label: "on the head node; it goes with the cluster" },
      { value: "server", label: "on a MySQL server of your own; it stays" },
      { value: "managed", label: "in an Aurora database that Sluice makes" },
    ],
    fallback: "head",
    check: checked((answer) => (answer === "managed" ? { database: { kind: "managed" } } : {})),
  });
  if (where === "head") return undefined;
  if (where === "managed") return { kind: "managed" };
  let database: DatabaseServerPlan = {
    kind: "server",
    uri: "db.example.com",
    userName: "slurm",
    passwordSecretArn: SECRET,
  };
  const tried = (change: (answer: string) => Partial<DatabaseServerPlan>) =>
    checked((answer) => ({ database: { ...database, ...change(answer) } }));
  const uri = yield* ask({
    kind: "text",
    id: "accounting-server",
    message: "its address, as host or host:port",
    check: tried((answer) => ({ uri: answer })),
  });
  database = { ...database, uri };
  const userName = yield* ask({
    kind: "text",
    id: "accounting-user",
    message: "its user",
    fallback: "slurm",
    check: tried((answer) => ({ userName: answer })),
  });
  database = { ...database, userName };
  const passwordSecretArn = yield* ask({
    kind: "text",
    id: "accounting-secret",
    message: "ARN of the secret that holds the password",
    check: tried((answer) => ({ passwordSecretArn: answer })),
  });
  return { ...database, passwordSecretArn };
}
