import {
  AddRoleToInstanceProfileCommand,
  CreateInstanceProfileCommand,
  DeleteInstanceProfileCommand,
  GetInstanceProfileCommand,
  ListInstanceProfilesForRoleCommand,
  RemoveRoleFromInstanceProfileCommand,
} from "@aws-sdk/client-iam";
import { handle, type Service, ServiceError } from "../../contract.ts";
import type { Region } from "../../region.ts";
import { checkNew, checkUnused, shownProfile, tagMap } from "./shapes.ts";
import { missing } from "./state.ts";

export function profileOperations(region: Region): Service["operations"] {
  const { iam } = region;
  return {
    CreateInstanceProfile: handle(
      CreateInstanceProfileCommand,
      ({ InstanceProfileName = "", Path = "/", Tags }) => {
        checkNew(
          iam.instanceProfiles.has(InstanceProfileName),
          `Instance Profile ${InstanceProfileName}`,
        );
        const profile = {
          ...iam.named("instance-profile", "AIPA", InstanceProfileName, Path),
          roles: new Set<string>(),
          tags: tagMap(Tags),
        };
        iam.instanceProfiles.set(InstanceProfileName, profile);
        return { InstanceProfile: shownProfile(profile, iam.roles) };
      },
    ),
    GetInstanceProfile: handle(GetInstanceProfileCommand, ({ InstanceProfileName = "" }) => ({
      InstanceProfile: shownProfile(iam.instanceProfile(InstanceProfileName), iam.roles),
    })),
    AddRoleToInstanceProfile: handle(
      AddRoleToInstanceProfileCommand,
      ({ InstanceProfileName = "", RoleName = "" }, call) => {
        const profile = iam.instanceProfile(InstanceProfileName);
        const role = iam.role(RoleName);
        region.authorisePassRole(call, role.arn, "ec2.amazonaws.com");
        if (profile.roles.size > 0) {
          const message = "Cannot exceed quota for InstanceSessionsPerInstanceProfile: 1";
          throw new ServiceError("LimitExceeded", message, 409);
        }
        profile.roles.add(RoleName);
        return {};
      },
    ),
    RemoveRoleFromInstanceProfile: handle(
      RemoveRoleFromInstanceProfileCommand,
      ({ InstanceProfileName = "", RoleName = "" }) => {
        if (!iam.instanceProfile(InstanceProfileName).roles.delete(RoleName)) {
          missing(`Role ${RoleName} in Instance Profile ${InstanceProfileName} cannot be found.`);
        }
        return {};
      },
    ),
    DeleteInstanceProfile: handle(DeleteInstanceProfileCommand, ({ InstanceProfileName = "" }) => {
      const { roles } = iam.instanceProfile(InstanceProfileName);
      checkUnused(roles.size > 0, "remove roles from instance profile");
      iam.instanceProfiles.delete(InstanceProfileName);
      return {};
    }),
    ListInstanceProfilesForRole: handle(
      ListInstanceProfilesForRoleCommand,
      ({ RoleName = "" }) => ({
        InstanceProfiles: [...iam.instanceProfiles.values()]
          .filter(({ roles }) => roles.has(RoleName))
          .map((profile) => shownProfile(profile, iam.roles)),
        IsTruncated: false,
      }),
    ),
  };
}
