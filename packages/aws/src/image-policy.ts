import { allow, type PolicyDocument, type PolicyPlace, policyPlace } from "./policy.ts";

/**
 * The least policy of whoever builds, looks at and deletes images: what `administratorPolicy` has no
 * room for. An image file with a role, a key or a bucket of its own needs the rights to use them.
 */
export function imagePolicy(place: PolicyPlace = {}): PolicyDocument {
  const { region, arn, s3 } = policyPlace(place);
  return {
    Version: "2012-10-17",
    Statement: [
      allow(
        "Look",
        ["cloudformation:DescribeStacks", "ec2:Describe*", "sts:GetCallerIdentity"],
        ["*"],
      ),
      allow(
        "Stacks",
        [
          "cloudformation:*ChangeSet",
          "cloudformation:*Stack",
          "cloudformation:DescribeStack*",
          "cloudformation:TagResource",
        ],
        [arn("cloudformation", "stack/sluice-image-*/*")],
      ),
      allow(
        "Bucket",
        [
          "s3:CreateBucket",
          "s3:ListBucket",
          "s3:ListBucketVersions",
          "s3:PutBucket*",
          "s3:PutEncryptionConfiguration",
          "s3:PutLifecycleConfiguration",
        ],
        [s3],
      ),
      allow("Objects", ["s3:DeleteObject*", "s3:GetObject", "s3:PutObject"], [`${s3}/images/*`]),
      allow("Parents", ["ssm:GetParameter*"], [arn("ssm", "parameter/*", region, "*")]),
      allow(
        "Builds",
        [
          "imagebuilder:CancelImageCreation",
          "imagebuilder:Create*",
          "imagebuilder:Delete*",
          "imagebuilder:Get*",
          "imagebuilder:TagResource",
        ],
        [arn("imagebuilder", "*/sluice-image-*")],
      ),
      allow("Components", ["imagebuilder:Get*"], [arn("imagebuilder", "*", region, "*")]),
      allow(
        "Roles",
        [
          "iam:*InstanceProfile",
          "iam:*RolePolicy",
          "iam:CreateRole",
          "iam:DeleteRole",
          "iam:GetRole",
          "iam:TagRole",
        ],
        [
          arn("iam", "role/sluice/images/*", ""),
          arn("iam", "instance-profile/sluice/images/*", ""),
        ],
      ),
      allow("GiveRoles", ["iam:PassRole"], [arn("iam", "role/sluice/images/*", "")], {
        StringEquals: { "iam:PassedToService": "ec2.amazonaws.com" },
      }),
      allow(
        "ServiceRole",
        ["iam:CreateServiceLinkedRole"],
        [arn("iam", "role/aws-service-role/imagebuilder.amazonaws.com/*", "")],
        { StringEquals: { "iam:AWSServiceName": "imagebuilder.amazonaws.com" } },
      ),
      allow(
        "Logs",
        ["logs:DeleteLogGroup", "logs:GetLogEvents"],
        [arn("logs", "log-group:/aws/imagebuilder/sluice-image-*")],
      ),
      allow(
        "Images",
        ["ec2:CreateTags", "ec2:DeregisterImage"],
        [arn("ec2", "image/*", region, "")],
        { Null: { "aws:ResourceTag/sluice:image-build": "false" } },
      ),
      allow("Snapshots", ["ec2:DeleteSnapshot"], [arn("ec2", "snapshot/*", region, "")], {
        StringEquals: { "aws:ResourceTag/CreatedBy": "EC2 Image Builder" },
      }),
    ],
  };
}
