import { allow, type Statement } from "./statement.ts";

/** What the agent of Systems Manager calls; none of it can be limited to a resource. */
export function agentStatements(): readonly Statement[] {
  return [
    allow(
      "SystemsManager",
      [
        "ssm:UpdateInstanceInformation",
        "ssmmessages:CreateControlChannel",
        "ssmmessages:CreateDataChannel",
        "ssmmessages:OpenControlChannel",
        "ssmmessages:OpenDataChannel",
        "ec2messages:AcknowledgeMessage",
        "ec2messages:DeleteMessage",
        "ec2messages:FailMessage",
        "ec2messages:GetEndpoint",
        "ec2messages:GetMessages",
        "ec2messages:SendReply",
      ],
      ["*"],
    ),
  ];
}
