import type { PolicyDocument } from "../../policy.ts";

/** Those of AWS's own policies that clusters are given, shortened to what is served here. */
export const AWS_POLICIES: Readonly<Record<string, PolicyDocument>> = {
  "arn:aws:iam::aws:policy/AdministratorAccess": allow(["*"]),
  "arn:aws:iam::aws:policy/AmazonSSMManagedInstanceCore": allow([
    "ssm:GetParameter",
    "ssm:GetParameters",
    "ssm:ListAssociations",
    "ssm:ListInstanceAssociations",
    "ssm:PutInventory",
    "ssm:UpdateInstanceInformation",
    "ssmmessages:*",
    "ec2messages:*",
  ]),
  "arn:aws:iam::aws:policy/CloudWatchAgentServerPolicy": allow([
    "cloudwatch:PutMetricData",
    "ec2:DescribeVolumes",
    "ec2:DescribeTags",
    "logs:PutLogEvents",
    "logs:PutRetentionPolicy",
    "logs:DescribeLogStreams",
    "logs:DescribeLogGroups",
    "logs:CreateLogStream",
    "logs:CreateLogGroup",
  ]),
  "arn:aws:iam::aws:policy/AmazonS3ReadOnlyAccess": allow(["s3:Get*", "s3:List*", "s3:Describe*"]),
  "arn:aws:iam::aws:policy/AmazonS3FullAccess": allow(["s3:*"]),
  "arn:aws:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole": allow([
    "logs:CreateLogGroup",
    "logs:CreateLogStream",
    "logs:PutLogEvents",
  ]),
  "arn:aws:iam::aws:policy/EC2InstanceProfileForImageBuilder": allow([
    "imagebuilder:GetComponent",
    "s3:GetObject",
    "logs:CreateLogStream",
    "logs:CreateLogGroup",
    "logs:PutLogEvents",
  ]),
};

function allow(Action: readonly string[]): PolicyDocument {
  return { Version: "2012-10-17", Statement: [{ Effect: "Allow", Action, Resource: "*" }] };
}
