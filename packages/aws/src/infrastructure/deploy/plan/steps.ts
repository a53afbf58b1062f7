import type { ApplyRequest } from "@sluice/cloud";
import type { SynthesisedStack } from "../../synth/contract.ts";

/** What a cluster's creation would do, for people. */
export function planSteps(
  { name, config }: ApplyRequest,
  place: { readonly account: string; readonly region: string },
  { template, nested }: Pick<SynthesisedStack, "template" | "nested">,
): readonly string[] {
  const types = Object.values(
    (JSON.parse(template) as { Resources: Record<string, { Type: string }> }).Resources,
  ).map(({ Type }) => Type);
  const count = (type: string): number => types.filter((one) => one === type).length;
  const lines: readonly (readonly [boolean, string])[] = [
    [true, `in account ${place.account}, region ${place.region}`],
    [
      config.CustomS3Bucket === undefined,
      "the account's bucket for Sluice, if it is not there yet",
    ],
    [count("AWS::EC2::VPC") > 0, `a network with ${count("AWS::EC2::Subnet")} subnets`],
    [count("AWS::EC2::NatGateway") > 0, `${counted(count("AWS::EC2::NatGateway"), "NAT gateway")}`],
    [true, `${counted(count("AWS::EC2::Volume"), "volume")}, the head's state among them`],
    [count("AWS::EFS::FileSystem") > 0, counted(count("AWS::EFS::FileSystem"), "EFS file system")],
    [count("AWS::FSx::FileSystem") > 0, counted(count("AWS::FSx::FileSystem"), "FSx file system")],
    [count("AWS::RDS::DBCluster") > 0, "an Aurora MySQL database for accounting"],
    [
      (config.LoginNodes?.Pools.length ?? 0) > 0,
      counted(config.LoginNodes?.Pools.length ?? 0, "pool of login nodes", "pools of login nodes"),
    ],
    [true, `a head machine ${config.HeadNode.InstanceType}`],
    [
      true,
      `a stack sluice-${name} of ${types.length} resources${Object.keys(nested).length === 0 ? "" : ` and ${counted(Object.keys(nested).length, "nested stack")}`}`,
    ],
  ];
  return lines.flatMap(([isSo, line]) => (isSo ? [line] : []));
}

function counted(count: number, one: string, many = `${one}s`): string {
  return `${count} ${count === 1 ? one : many}`;
}
