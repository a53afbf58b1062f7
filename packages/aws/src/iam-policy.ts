import { allow, type PolicyDocument, type PolicyPlace, policyPlace } from "./policy.ts";

/** Machines, volumes and the like of clusters: only these may be ended. */
const OF_A_CLUSTER = { Null: { "aws:ResourceTag/sluice:cluster-id": "false" } } as const;

/**
 * The least policy of whoever creates, looks at, updates and deletes clusters. CloudFormation works
 * with the rights of who asks it, so that those are here, too. It fits a managed policy. Files with
 * `Iam.ResourcePrefix` put roles elsewhere than the paths that it names.
 */
export function administratorPolicy(place: PolicyPlace = {}): PolicyDocument {
  const { region, arn, s3 } = policyPlace(place);
  return {
    Version: "2012-10-17",
    Statement: [
      allow(
        "Look",
        [
          "autoscaling:Describe*",
          "cloudformation:DescribeStacks",
          "ec2:Describe*",
          "ec2:DisassociateAddress",
          "ec2:DisassociateRouteTable",
          "elasticfilesystem:Describe*",
          "elasticloadbalancing:Describe*",
          "fsx:Describe*",
          "logs:DescribeLogGroups",
          "rds:Describe*",
          "secretsmanager:GetRandomPassword",
          "ssm:CancelCommand",
          "ssm:DescribeParameters",
          "ssm:GetCommandInvocation",
          "sts:GetCallerIdentity",
        ],
        ["*"],
      ),
      allow(
        "Stacks",
        [
          "cloudformation:*ChangeSet",
          "cloudformation:*Stack",
          "cloudformation:DescribeStack*",
          "cloudformation:GetTemplate",
          "cloudformation:ListStackResources",
          "cloudformation:TagResource",
        ],
        [arn("cloudformation", "stack/sluice-*/*")],
      ),
      allow(
        "Bucket",
        [
          "s3:CreateBucket",
          "s3:GetBucket*",
          "s3:ListBucket",
          "s3:ListBucketVersions",
          "s3:PutBucket*",
          "s3:PutEncryptionConfiguration",
          "s3:PutLifecycleConfiguration",
        ],
        [s3],
      ),
      allow("Objects", ["s3:DeleteObject*", "s3:GetObject", "s3:PutObject"], [`${s3}/*`]),
      allow(
        "Network",
        [
          "ec2:AllocateAddress",
          "ec2:AssociateAddress",
          "ec2:AssociateRouteTable",
          "ec2:AttachInternetGateway",
          "ec2:AuthorizeSecurityGroup*",
          "ec2:CreateInternetGateway",
          "ec2:CreateLaunchTemplate*",
          "ec2:CreateNatGateway",
          "ec2:CreateNetworkInterface",
          "ec2:CreateRoute*",
          "ec2:CreateSecurityGroup",
          "ec2:CreateSnapshot",
          "ec2:CreateSubnet",
          "ec2:CreateTags",
          "ec2:CreateVolume",
          "ec2:CreateVpc",
          "ec2:CreateVpcEndpoint",
          "ec2:ModifyNetworkInterfaceAttribute",
          "ec2:ModifySubnetAttribute",
          "ec2:ModifyVpcAttribute",
          "ec2:RunInstances",
        ],
        [arn("ec2", "*"), arn("ec2", "image/*", region, "")],
      ),
      allow(
        "OfClusters",
        [
          "ec2:Delete*",
          "ec2:DetachInternetGateway",
          "ec2:GetConsoleOutput",
          "ec2:ModifyVolume",
          "ec2:ReleaseAddress",
          "ec2:RevokeSecurityGroup*",
          "ec2:TerminateInstances",
          "elasticfilesystem:Delete*",
          "elasticloadbalancing:DeleteLoadBalancer",
          "elasticloadbalancing:DeleteTargetGroup",
          "fsx:DeleteFileSystem",
          "ssm:SendCommand",
          "ssm:StartSession",
        ],
        [
          arn("ec2", "*"),
          arn("elasticfilesystem", "file-system/*"),
          arn("elasticloadbalancing", "*"),
          arn("fsx", "*"),
        ],
        OF_A_CLUSTER,
      ),
      allow(
        "Commands",
        ["ssm:SendCommand", "ssm:StartSession"],
        [
          arn("ssm", "document/AWS-RunShellScript", region, ""),
          arn("ssm", "document/AWS-StartInteractiveCommand", region, ""),
        ],
      ),
      allow(
        "Facts",
        ["ssm:*Parameter", "ssm:*TagsToResource", "ssm:*TagsFromResource", "ssm:GetParameters"],
        [arn("ssm", "parameter/sluice/*")],
      ),
      allow("Images", ["ssm:GetParameter*"], [arn("ssm", "parameter/aws/service/*", region, "")]),
      allow(
        "Groups",
        [
          "autoscaling:*AutoScalingGroup",
          "autoscaling:*LifecycleHook",
          "autoscaling:CreateOrUpdateTags",
          "autoscaling:EnableMetricsCollection",
          "autoscaling:SetDesiredCapacity",
        ],
        [arn("autoscaling", "autoScalingGroup:*:autoScalingGroupName/sluice-*")],
      ),
      // Policies of their own have what does not fit into the head's role.
      allow(
        "Roles",
        [
          "iam:*InstanceProfile",
          "iam:*Policy*",
          "iam:CreateRole",
          "iam:DeleteRole",
          "iam:GetRole",
          "iam:TagRole",
          "iam:UntagRole",
        ],
        [
          arn("iam", "role/sluice/*", ""),
          arn("iam", "instance-profile/sluice/*", ""),
          arn("iam", "policy/sluice/*", ""),
        ],
      ),
      allow("GiveRoles", ["iam:PassRole"], [arn("iam", "role/sluice/*", "")], {
        StringEquals: { "iam:PassedToService": ["ec2.amazonaws.com", "lambda.amazonaws.com"] },
      }),
      allow(
        "ServiceRoles",
        ["iam:CreateServiceLinkedRole"],
        [arn("iam", "role/aws-service-role/*", "")],
        {
          StringEquals: {
            "iam:AWSServiceName": [
              "autoscaling.amazonaws.com",
              "elasticfilesystem.amazonaws.com",
              "elasticloadbalancing.amazonaws.com",
              "fsx.amazonaws.com",
              "rds.amazonaws.com",
              "spot.amazonaws.com",
            ],
          },
        },
      ),
      allow(
        "Watching",
        [
          "cloudwatch:*Alarm*",
          "cloudwatch:*Dashboard*",
          "cloudwatch:TagResource",
          "events:*Rule",
          "events:*Targets",
          "events:TagResource",
          "lambda:*Function*",
          "lambda:TagResource",
          "logs:*LogGroup",
          "logs:*RetentionPolicy",
          "logs:DescribeLogStreams",
          "logs:GetLogEvents",
          "logs:ListTagsForResource",
          "logs:TagResource",
          "sqs:*QueueAttributes",
          "sqs:CreateQueue",
          "sqs:DeleteQueue",
          "sqs:TagQueue",
        ],
        [
          arn("events", "rule/sluice-*"),
          arn("sqs", "sluice-*"),
          arn("logs", "log-group:/sluice/*"),
          arn("logs", "log-group:sluice-*"),
          arn("cloudwatch", "alarm:sluice-*"),
          arn("cloudwatch", "dashboard/sluice-*", ""),
          arn("lambda", "function:sluice-*"),
        ],
      ),
      allow(
        "Services",
        [
          "elasticfilesystem:Create*",
          "elasticfilesystem:TagResource",
          "elasticfilesystem:UpdateFileSystem",
          "elasticloadbalancing:*Listener",
          "elasticloadbalancing:AddTags",
          "elasticloadbalancing:Create*",
          "elasticloadbalancing:Modify*",
          "fsx:CreateFileSystem*",
          "fsx:TagResource",
          "fsx:UpdateFileSystem",
          "rds:AddTagsToResource",
          "rds:CreateDB*",
          "rds:DeleteDB*",
          "rds:ModifyDB*",
          "secretsmanager:*Secret",
          // CloudFormation fills the database's password in; servers come in with a head's keys.
          "secretsmanager:GetSecretValue",
          "secretsmanager:TagResource",
        ],
        [
          arn("secretsmanager", "secret:sluice/*"),
          arn("elasticfilesystem", "file-system/*"),
          arn("fsx", "*"),
          arn("rds", "*:sluice-*"),
          arn("rds", "*:default*"),
          arn("elasticloadbalancing", "*"),
        ],
      ),
    ],
  };
}
