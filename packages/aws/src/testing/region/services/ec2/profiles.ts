import { GetInstanceProfileCommand } from "@aws-sdk/client-iam";
import { type Call, ServiceError } from "../../contract.ts";
import type { MachineProfile } from "./machine.ts";
import type { Ec2State } from "./state.ts";

/**
 * The instance profile that a launch asks for.
 *
 * @throws ServiceError when there is none, or the caller may not pass its role on.
 */
export async function profileOf(
  state: Ec2State,
  asked: { readonly Arn?: string | undefined; readonly Name?: string | undefined } | undefined,
  call: Call,
): Promise<MachineProfile | undefined> {
  if (asked?.Arn === undefined && asked?.Name === undefined) return undefined;
  const name = asked.Name ?? asked.Arn?.split("/").at(-1) ?? "";
  const profile = await found(state, name);
  if (profile === undefined || (asked.Arn !== undefined && profile.Arn !== asked.Arn)) {
    const field = asked.Name === undefined ? "arn" : "name";
    throw new ServiceError(
      "InvalidParameterValue",
      `Value (${asked.Arn ?? asked.Name}) for parameter iamInstanceProfile.${field} is invalid. Invalid IAM Instance Profile ${field === "arn" ? "ARN" : "name"}`,
    );
  }
  const { Arn = "", InstanceProfileId = "", Roles: [role] = [] } = profile;
  if (role?.Arn !== undefined) state.region.authorisePassRole(call, role.Arn, "ec2.amazonaws.com");
  return {
    arn: Arn,
    id: InstanceProfileId,
    role: role && { name: role.RoleName ?? "", arn: role.Arn ?? "" },
  };
}

async function found(state: Ec2State, InstanceProfileName: string) {
  try {
    return (await state.region.call(GetInstanceProfileCommand, { InstanceProfileName }))
      .InstanceProfile;
  } catch (error) {
    if (error instanceof ServiceError && error.code === "NoSuchEntity") return undefined;
    throw error;
  }
}
