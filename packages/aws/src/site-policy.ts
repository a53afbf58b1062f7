import { allow, type PolicyDocument, type PolicyPlace, policyPlace } from "./policy.ts";

/**
 * What who makes, changes and deletes sites may do besides all of `administratorPolicy`, which has no
 * room for more.
 */
export function sitePolicy(place: PolicyPlace = {}): PolicyDocument {
  const { arn } = policyPlace(place);
  return {
    Version: "2012-10-17",
    Statement: [
      // CloudFormation works with the rights of who asks it.
      allow(
        "Certificates",
        [
          "iam:DeleteServerCertificate",
          "iam:GetServerCertificate",
          "iam:TagServerCertificate",
          "iam:UntagServerCertificate",
          "iam:UpdateServerCertificate",
          "iam:UploadServerCertificate",
        ],
        [arn("iam", "server-certificate/sluice/*", "")],
      ),
      // By which the balancer sends it nothing more before it goes.
      allow(
        "Machines",
        ["autoscaling:TerminateInstanceInAutoScalingGroup"],
        [arn("autoscaling", "autoScalingGroup:*:autoScalingGroupName/sluice-site-*")],
      ),
      allow(
        "Backups",
        ["elasticfilesystem:PutBackupPolicy"],
        [arn("elasticfilesystem", "file-system/*")],
      ),
      allow(
        "ServiceRoles",
        ["iam:CreateServiceLinkedRole"],
        [arn("iam", "role/aws-service-role/backup.amazonaws.com/*", "")],
        { StringEquals: { "iam:AWSServiceName": "backup.amazonaws.com" } },
      ),
      allow(
        "Databases",
        ["rds:CreateDBClusterSnapshot", "rds:ResetDBClusterParameterGroup"],
        [arn("rds", "*:sluice-*")],
      ),
    ],
  };
}
