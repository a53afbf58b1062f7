import { Aws } from "aws-cdk-lib/core";
import { TAGS } from "../../../names.ts";
import { arnOf, type Scope } from "../scope.ts";
import { allow, type Statement } from "./statement.ts";

/** What no condition limits: describing has neither resources nor tags in IAM. */
const DESCRIBE = [
  "ec2:DescribeAvailabilityZones",
  "ec2:DescribeCapacityReservations",
  "ec2:DescribeImages",
  "ec2:DescribeInstanceStatus",
  "ec2:DescribeInstanceTypeOfferings",
  "ec2:DescribeInstanceTypes",
  "ec2:DescribeInstances",
  "ec2:DescribeLaunchTemplateVersions",
  "ec2:DescribeLaunchTemplates",
  "ec2:DescribeNetworkInterfaces",
  "ec2:DescribePlacementGroups",
  "ec2:DescribeSpotPriceHistory",
  "ec2:DescribeSubnets",
  "ec2:DescribeVolumes",
];

const RUN = ["ec2:RunInstances"];
const LAUNCH = [...RUN, "ec2:CreateFleet"];
const NETWORK = ["network-interface", "security-group", "subnet"];

/** What is made in a launch, or for launches. */
const MADE = [
  "fleet",
  "instance",
  "launch-template",
  "network-interface",
  "placement-group",
  "spot-instances-request",
  "volume",
];

/** Launching, ending and finding compute machines, and what they are launched with. */
export function machineStatements(scope: Scope, vpcId: string): readonly Statement[] {
  const id = scope.request.unique;
  const own = { StringEquals: { [`aws:ResourceTag/${TAGS.clusterId}`]: id } };
  const tagged = { StringEquals: { [`aws:RequestTag/${TAGS.clusterId}`]: id } };
  return [
    allow("Describe", DESCRIBE, ["*"]),
    ...launchStatements(vpcId, own, tagged),
    allow(
      "Machines",
      ["ec2:GetConsoleOutput", "ec2:StartInstances", "ec2:StopInstances", "ec2:TerminateInstances"],
      any(["instance"]),
      own,
    ),
    allow("MakeTemplates", ["ec2:CreateLaunchTemplate"], any(["launch-template"]), tagged),
    allow("RemoveTemplates", ["ec2:DeleteLaunchTemplate"], any(["launch-template"]), own),
    allow(
      "PlacementGroups",
      ["ec2:CreatePlacementGroup", "ec2:DeletePlacementGroup"],
      [arnOf("ec2", `placement-group/sluice-${scope.label}-*`)],
    ),
    // Its own disks, to itself: both have the cluster's tag.
    allow("Disks", ["ec2:AttachVolume", "ec2:DetachVolume"], any(["instance", "volume"]), own),
    // Those that a file gave and gives no more. It takes the right over the machine as well.
    allow("DisksLeaving", ["ec2:DetachVolume"], any(["volume"])),
  ];
}

type Condition = NonNullable<Statement["Condition"]>;

function launchStatements(vpcId: string, own: Condition, tagged: Condition): readonly Statement[] {
  const inVpc = { ArnEquals: { "ec2:Vpc": arnOf("ec2", `vpc/${vpcId}`) } };
  return [
    allow("Launch", RUN, any(["instance"]), tagged),
    allow("LaunchInNetwork", RUN, any(NETWORK), inVpc),
    // A fleet's machines are launched by RunInstances, with the tags of their fleet.
    allow("LaunchFleet", ["ec2:CreateFleet"], any(["fleet"]), tagged),
    allow("LaunchFleetOf", ["ec2:CreateFleet"], any(["instance", ...NETWORK])),
    allow("LaunchByTemplate", LAUNCH, any(["launch-template"]), own),
    allow("LaunchWith", LAUNCH, [
      // Images and snapshots of others have no account in their ARNs.
      ...any(["image", "snapshot"]).map((arn) => arn.replace(Aws.ACCOUNT_ID, "")),
      ...any([
        "capacity-reservation",
        "key-pair",
        "placement-group",
        "spot-instances-request",
        "volume",
      ]),
      arnOf("resource-groups", "group/*"),
    ]),
    allow("TagNew", ["ec2:CreateTags"], any(MADE), {
      StringEquals: {
        "ec2:CreateAction": [
          "CreateFleet",
          "CreateLaunchTemplate",
          "CreatePlacementGroup",
          "RunInstances",
        ],
      },
    }),
    // An account's first spot machine and first fleet make these.
    allow(
      "ServiceRoles",
      ["iam:CreateServiceLinkedRole"],
      [`arn:${Aws.PARTITION}:iam::${Aws.ACCOUNT_ID}:role/aws-service-role/*`],
      {
        StringEquals: { "iam:AWSServiceName": ["ec2fleet.amazonaws.com", "spot.amazonaws.com"] },
      },
    ),
  ];
}

/** Of the account and region, whatever their ids. */
function any(types: readonly string[]): readonly string[] {
  return types.map((type) => arnOf("ec2", `${type}/*`));
}
