import { randomBytes } from "node:crypto";
import {
  AttachUserPolicyCommand,
  CreateAccessKeyCommand,
  CreateUserCommand,
  PutUserPolicyCommand,
} from "@aws-sdk/client-iam";
import { handle, type Service } from "../../contract.ts";
import type { Region } from "../../region.ts";
import { attachable } from "./roles.ts";
import { checkedDocument, checkNew, shownUser } from "./shapes.ts";

/** Enough for administrators with rights of their own. */
export function userOperations({ iam, keys, account }: Region): Service["operations"] {
  return {
    CreateUser: handle(CreateUserCommand, ({ UserName = "", Path = "/" }) => {
      checkNew(iam.users.has(UserName), `User with name ${UserName}`);
      const user = iam.holder("user", "AIDA", UserName, Path);
      iam.users.set(UserName, user);
      return { User: shownUser(user) };
    }),
    // No size limit: a test's user stands for one with the policy in a managed policy or two.
    PutUserPolicy: handle(
      PutUserPolicyCommand,
      ({ UserName = "", PolicyName = "", PolicyDocument }) => {
        iam.user(UserName).inline.set(PolicyName, checkedDocument(PolicyDocument));
        return {};
      },
    ),
    AttachUserPolicy: handle(AttachUserPolicyCommand, ({ UserName = "", PolicyArn = "" }) => {
      iam.user(UserName).attached.add(attachable(iam, PolicyArn));
      return {};
    }),
    CreateAccessKey: handle(CreateAccessKeyCommand, ({ UserName = "" }) => {
      const { arn } = iam.user(UserName);
      const key = {
        accessKeyId: `AKIA${randomBytes(8).toString("hex").toUpperCase()}`,
        secretAccessKey: randomBytes(30).toString("base64"),
      };
      keys.add(key, { account, arn });
      return {
        AccessKey: {
          UserName,
          AccessKeyId: key.accessKeyId,
          SecretAccessKey: key.secretAccessKey,
          Status: "Active" as const,
        },
      };
    }),
  };
}
