import { RunInstancesCommand, type RunInstancesCommandInput } from "@aws-sdk/client-ec2";
import { messageOf, type Question } from "@sluice/model";
import { type Asker, oneByOne } from "./answer.ts";
import { nameOf } from "./refusal.ts";

/** EC2's code for a dry run that would have succeeded. */
const WOULD_SUCCEED = "DryRunOperation";

/** A launch that is checked and not made. What EC2 says against it is the answer, not an error. */
export const launches: Asker<"launch"> = oneByOne(
  async (question, clients, abortSignal) => {
    const ec2 = await clients.ec2();
    const input = inputOf(question);
    if (input === undefined) return undefined;
    try {
      await ec2.send(new RunInstancesCommand(input), { abortSignal });
      return { allowed: true, code: "", message: "" };
    } catch (error) {
      const code = nameOf(error);
      if (code === WOULD_SUCCEED) return { allowed: true, code, message: "" };
      // Without rights to try, nothing is known of the launch itself.
      if (code === "UnauthorizedOperation" || !("$metadata" in Object(error))) throw error;
      return { allowed: false, code, message: messageOf(error).split("\n", 1)[0] ?? "" };
    }
  },
  () => false,
);

function inputOf({ launch }: Question): RunInstancesCommandInput | undefined {
  if (launch === undefined) return undefined;
  const { instanceType, subnetId, imageId, keyName, securityGroups } = launch;
  return {
    DryRun: true,
    MinCount: 1,
    MaxCount: 1,
    InstanceType: instanceType as NonNullable<RunInstancesCommandInput["InstanceType"]>,
    SubnetId: subnetId,
    ...(imageId === undefined ? {} : { ImageId: imageId }),
    ...(keyName === undefined ? {} : { KeyName: keyName }),
    ...(securityGroups.length === 0 ? {} : { SecurityGroupIds: [...securityGroups] }),
  };
}
