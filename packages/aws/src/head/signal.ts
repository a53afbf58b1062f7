import type { CloudFormationClient } from "@aws-sdk/client-cloudformation";
import type { S3Client } from "@aws-sdk/client-s3";
import type { HeadSignal } from "@sluice/cloud";
import type { Clock } from "@sluice/model";
import type { ClusterFacts } from "../facts.ts";
import { OBJECTS } from "../names.ts";
import type { HeadReport } from "../objects.ts";

/** What waits for the machine, and where it says how it is. */
export type SignalFacts = Pick<ClusterFacts, "bucket" | "leadership"> & {
  readonly cluster: Pick<ClusterFacts["cluster"], "stackId" | "headResource">;
};

export interface SignalOptions {
  readonly s3: () => Promise<S3Client>;
  readonly cloudFormation: () => Promise<CloudFormationClient>;
  readonly facts: SignalFacts;
  readonly instanceId: () => Promise<string>;
  readonly clock: Clock;
}

/** Of two heads only the one that leads says this, where nothing of the other one takes its place. */
async function putReady(
  bucket: S3Client,
  { bucket: { name, prefix }, leadership }: SignalFacts,
  report: HeadReport,
): Promise<void> {
  if (leadership === undefined || report.status !== "ready") return;
  const { PutObjectCommand } = await import("@aws-sdk/client-s3");
  const object = { Bucket: name, Key: OBJECTS.ready(prefix), Body: JSON.stringify(report) };
  await bucket.send(new PutObjectCommand({ ...object, ContentType: "application/json" }));
}

/**
 * What people are to read goes to the bucket, and whether the head is ready to the stack that waits
 * for it. A stack that waits no more (the head is a later one, or came back) takes no signal.
 */
export function awsSignal(options: SignalOptions): HeadSignal {
  const { s3, cloudFormation, facts, instanceId, clock } = options;
  const { stackId, headResource } = facts.cluster;
  return {
    async report(status, message) {
      const report: HeadReport = {
        status,
        message: message.slice(0, 4000),
        at: clock.now().toISOString(),
        instanceId: await instanceId(),
      };
      const { PutObjectCommand } = await import("@aws-sdk/client-s3");
      const bucket = await s3();
      // First: whoever hears of the signal looks here why.
      await bucket.send(
        new PutObjectCommand({
          Bucket: facts.bucket.name,
          Key: OBJECTS.report(facts.bucket.prefix),
          Body: JSON.stringify(report),
          ContentType: "application/json",
        }),
      );
      await putReady(bucket, facts, report);
      if (status === "progress") return;
      const { SignalResourceCommand } = await import("@aws-sdk/client-cloudformation");
      const client = await cloudFormation();
      try {
        await client.send(
          new SignalResourceCommand({
            StackName: stackId,
            LogicalResourceId: headResource,
            UniqueId: report.instanceId,
            Status: status === "failed" ? "FAILURE" : "SUCCESS",
          }),
        );
      } catch (error) {
        if (!waitsNoMore(error)) throw error;
      }
    },
  };
}

/**
 * "Stack … is in CREATE_COMPLETE state and can not be signaled", or is gone; so it is said of resources.
 * A head that reports itself ready twice hears that its signal "already exists".
 */
function waitsNoMore(error: unknown): boolean {
  if (!(error instanceof Error) || error.name !== "ValidationError") return false;
  return /can ?not be signaled|^Stack .*does not exist|^Signal .*already exists/i.test(
    error.message,
  );
}
