import { CfnRule } from "aws-cdk-lib/aws-events";
import { CfnQueue, CfnQueuePolicy } from "aws-cdk-lib/aws-sqs";
import type { Scope } from "./scope.ts";

/** What the head wants to hear of machines. Events have no tags: it knows its own by their ids. */
const RULES = {
  Interruptions: {
    source: ["aws.ec2"],
    "detail-type": [
      "EC2 Spot Instance Interruption Warning",
      "EC2 Instance Rebalance Recommendation",
    ],
  },
  StateChanges: {
    source: ["aws.ec2"],
    "detail-type": ["EC2 Instance State-change Notification"],
    // A machine that starts is found anyway; one that ends by itself is news.
    detail: { state: ["stopping", "stopped", "shutting-down", "terminated"] },
  },
  Maintenance: {
    source: ["aws.health"],
    "detail-type": ["AWS Health Event"],
    detail: { service: ["EC2"] },
  },
};

const HOUR = 3600;

/** The queue with the account's notices about machines, for the head to read. */
export function makeNotices({ stack }: Scope) {
  const queue = new CfnQueue(stack, "Notices", {
    // A spot machine has two minutes: an old notice is worth nothing, and the head looks itself.
    messageRetentionPeriod: HOUR,
    receiveMessageWaitTimeSeconds: 20,
    sqsManagedSseEnabled: true,
  });
  const rules = Object.entries(RULES).map(
    ([id, eventPattern]) =>
      new CfnRule(stack, `${id}Rule`, {
        description: "Notices about machines, for the head of the cluster",
        eventPattern,
        state: "ENABLED",
        targets: [{ id: "Notices", arn: queue.attrArn }],
      }),
  );
  new CfnQueuePolicy(stack, "NoticesPolicy", {
    queues: [queue.ref],
    policyDocument: {
      Version: "2012-10-17",
      Statement: [
        {
          Sid: "Events",
          Effect: "Allow",
          Principal: { Service: "events.amazonaws.com" },
          Action: "sqs:SendMessage",
          Resource: queue.attrArn,
          Condition: { ArnEquals: { "aws:SourceArn": rules.map(({ attrArn }) => attrArn) } },
        },
        {
          Sid: "Encrypted",
          Effect: "Deny",
          Principal: "*",
          Action: "sqs:*",
          Resource: queue.attrArn,
          Condition: { Bool: { "aws:SecureTransport": false } },
        },
      ],
    },
  });
  return { url: queue.ref, arn: queue.attrArn, name: queue.attrQueueName };
}
