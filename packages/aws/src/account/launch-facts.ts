import { RunInstancesCommand, type RunInstancesCommandInput } from "@aws-sdk/client-ec2";
import { type Answer, messageOf, type Question } from "@sluice/model";
import { type Asker, found } from "./answer.ts";
import { nameOf } from "./refusal.ts";

/** EC2's code for a dry run that would have succeeded. */
const WOULD_SUCCEED = "DryRunOperation";

/** A launch that is checked and not made. What EC2 says against it is the answer, not an error. */
export const launches: Asker<"launch"> = async (questions, clients, abortSignal, why) => {
  const ec2 = await clients.ec2();
  const answers: Answer<"launch">[] = [];
  for (const question of questions) {
    const input = inputOf(question);
    answers.push(
      input === undefined
        ? { is: "unknown", why: "a launch can't be tried without CustomAmi, EC2 asks for an image" }
        : await tried(() => ec2.send(new RunInstancesCommand(input), { abortSignal }), why),
    );
  }
  return answers;
};

async function tried(
  launch: () => Promise<unknown>,
  why: (error: unknown) => string,
): Promise<Answer<"launch">> {
  try {
    await launch();
    return found<"launch">({ allowed: true, code: "", message: "" });
  } catch (error) {
    const code = nameOf(error);
    if (code === WOULD_SUCCEED) return found<"launch">({ allowed: true, code, message: "" });
    // Without rights to try, nothing is known of the launch itself.
    if (code === "UnauthorizedOperation" || !("$metadata" in Object(error))) {
      return { is: "unknown", why: why(error) };
    }
    const message = messageOf(error).split("\n", 1)[0] ?? "";
    return found<"launch">({ allowed: false, code, message });
  }
}

function inputOf({ launch }: Question): RunInstancesCommandInput | undefined {
  if (launch?.imageId === undefined) return undefined;
  const { instanceType, subnetId, imageId, keyName, securityGroups } = launch;
  return {
    DryRun: true,
    MinCount: 1,
    MaxCount: 1,
    InstanceType: instanceType as NonNullable<RunInstancesCommandInput["InstanceType"]>,
    SubnetId: subnetId,
    ImageId: imageId,
    ...(keyName === undefined ? {} : { KeyName: keyName }),
    ...(securityGroups.length === 0 ? {} : { SecurityGroupIds: [...securityGroups] }),
  };
}
