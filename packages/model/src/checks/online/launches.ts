import type { AccountFacts, Answers, LaunchQuestion, Question } from "../../account/contract.ts";
import { machineTypeNames } from "../../catalogue/machine-types.ts";
import type { DraftFile } from "../../cluster-file/draft.ts";
import { showValue } from "../../cluster-file/finding.ts";
import { type Path, type Problem, problem, showPath } from "../../cluster-file/problem.ts";
import type { OnlineCheck } from "../check.ts";
import { awsGroupsOf } from "../compute-groups.ts";
import { bootedImagesOf } from "../images.ts";
import { namedTypesOf } from "../machine-types.ts";
import { nearestOf } from "../nearest-names.ts";
import { texts } from "../nodes.ts";
import { providerOf } from "../provider.ts";
import { factsOf, isAbsent } from "./facts.ts";

const TYPE_CHECK = "InstanceTypeValidator";

/** The account's own list, in which a machine type of another region is not. */
const machineTypes: OnlineCheck = {
  ids: [TYPE_CHECK],
  *questions(file) {
    if (providerOf(file) !== "aws") return;
    for (const { name } of namedTypesOf(file)) yield { kind: "instanceType", id: name };
  },
  *check(file, known) {
    if (providerOf(file) !== "aws") return;
    const meant = nearestOf(() => machineTypeNames("aws"));
    for (const { name, path } of namedTypesOf(file)) {
      if (!isAbsent(known, "instanceType", name)) continue;
      const other = meant(name);
      const message = `${showValue(name)} is not a machine type of the region`;
      const isSlip = other !== undefined && other !== name;
      const suggestion = isSlip
        ? `write ${other}, or another Region`
        : "write another, or another Region";
      yield problem(TYPE_CHECK, path, message, suggestion);
    }
  },
};

/** A launch to try, and where the file says what it is. */
interface Trial {
  readonly id: string;
  readonly launch: LaunchQuestion;
  readonly path: Path;
}

function* headTrials(file: DraftFile): Generator<Trial> {
  const head = file.HeadNode;
  if (providerOf(file) !== "aws" || head === undefined || head === null) return;
  const { InstanceType: instanceType, Networking: networking } = head;
  const subnetId = networking?.SubnetId;
  if (typeof instanceType !== "string" || typeof subnetId !== "string") return;
  const keyName = head.Ssh?.KeyName;
  const imageId = imagesByOwner(file).get("HeadNode");
  const launch = {
    instanceType,
    subnetId,
    ...(imageId === undefined ? {} : { imageId }),
    ...(typeof keyName === "string" ? { keyName } : {}),
    securityGroups: groupsOf(networking),
  };
  yield { id: "headNode", launch, path: ["HeadNode", "InstanceType"] };
}

/** Every compute resource in each of its subnets, its first machine type; like launches once. */
function* computeTrials(file: DraftFile): Generator<Trial> {
  const images = imagesByOwner(file);
  const seen = new Set<string>();
  for (const { queue, queuePath, resource, types } of awsGroupsOf(file)) {
    const [type] = types;
    const { Name: queueName } = queue;
    const { Name: resourceName } = resource;
    if (type === undefined || !queueName || !resourceName) continue;
    const imageId = images.get(showPath(queuePath));
    for (const subnetId of texts(queue.Networking?.SubnetIds)) {
      const launch = {
        instanceType: type.name,
        subnetId,
        ...(imageId === undefined ? {} : { imageId }),
        securityGroups: groupsOf(queue.Networking),
      };
      const key = JSON.stringify(launch);
      if (seen.has(key)) continue;
      seen.add(key);
      yield { id: `${queueName}/${resourceName}/${subnetId}`, launch, path: type.path };
    }
  }
}

function imagesByOwner(file: DraftFile): ReadonlyMap<string, string> {
  const images = [...bootedImagesOf(file)];
  return new Map(images.flatMap(({ id, of }) => (id === undefined ? [] : [[showPath(of), id]])));
}

type DraftGroups =
  | {
      readonly SecurityGroups?: readonly (string | null)[] | null | undefined;
      readonly AdditionalSecurityGroups?: readonly (string | null)[] | null | undefined;
    }
  | null
  | undefined;

function groupsOf(networking: DraftGroups): readonly string[] {
  return [...texts(networking?.SecurityGroups), ...texts(networking?.AdditionalSecurityGroups)];
}

/** A launch that EC2 would refuse; what it launches is checked by nothing else so thoroughly. */
function launchCheck(id: string, trials: (file: DraftFile) => Iterable<Trial>): OnlineCheck {
  return {
    ids: [id],
    *questions(file): Generator<Question> {
      for (const trial of trials(file)) {
        yield { kind: "launch", id: trial.id, launch: trial.launch };
        yield { kind: "subnet", id: trial.launch.subnetId };
        yield { kind: "instanceType", id: trial.launch.instanceType };
      }
    },
    *check(file, known) {
      for (const trial of trials(file)) {
        const answer = factsOf(known, "launch", trial.id);
        if (answer === undefined || answer.allowed || isUntried(trial, answer)) continue;
        yield refusal(id, trial, answer, known);
      }
    },
  };
}

/** Without an official image to try with, EC2 misses it and says nothing of the rest. */
function isUntried({ launch }: Trial, { code }: AccountFacts["launch"]): boolean {
  return launch.imageId === undefined && code === "MissingParameter";
}

function refusal(
  id: string,
  trial: Trial,
  { code, message }: AccountFacts["launch"],
  known: Answers,
): Problem {
  const { launch, path } = trial;
  const { instanceType, subnetId } = launch;
  const told = `EC2 says ${showValue(`${code}: ${message}`)}`;
  if (code === "InvalidParameterCombination" && /associatePublicIPAddress/i.test(message)) {
    const text = `${instanceType} gets no public address in ${subnetId}, because it has several network cards`;
    const suggestion = "make sure that the subnet has a NAT gateway, or another way out";
    return problem(id, path, text, suggestion, { level: "WARNING" });
  }
  const zone = factsOf(known, "subnet", subnetId)?.zone;
  const zones = factsOf(known, "instanceType", instanceType)?.zones;
  if (code === "Unsupported" && zone !== undefined && zones && !zones.includes(zone)) {
    const text = `${instanceType} does not exist in ${zone}, where ${subnetId} is`;
    const suggestion = `write a subnet in ${zones.join(" or ")}, or another machine type`;
    return problem(id, path, text, suggestion);
  }
  const [why, suggestion] = REASONS[code] ?? [
    "would not launch it",
    "correct what EC2 says about it",
  ];
  return problem(id, path, `EC2 ${why}: ${instanceType} in ${subnetId}; ${told}`, suggestion);
}

const QUOTA = [
  "has a limit on how many you may run",
  "ask for a higher quota, or write a smaller machine type",
] as const;

/** EC2's codes, with what they mean here and what to do. */
const REASONS: Readonly<Record<string, readonly [why: string, suggestion: string] | undefined>> = {
  InstanceLimitExceeded: QUOTA,
  VcpuLimitExceeded: QUOTA,
  MaxSpotInstanceCountExceeded: QUOTA,
  InsufficientInstanceCapacity: [
    "has no machine of the type left there",
    "write further machine types under Instances, or further subnets",
  ],
  InsufficientFreeAddressesInSubnet: ["has no address left in the subnet", "write a larger subnet"],
};

export const LAUNCH_CHECKS: readonly OnlineCheck[] = [
  machineTypes,
  launchCheck("HeadNodeLaunchTemplateValidator", headTrials),
  launchCheck("ComputeResourceLaunchTemplateValidator", computeTrials),
];
