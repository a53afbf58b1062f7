import { DescribeKeyCommand } from "@aws-sdk/client-kms";
import { handle, type Service, ServiceError } from "../../contract.ts";
import type { Region } from "../../region.ts";

/** Keys that there are: whether they are enabled, by their id or alias. */
export function kmsService(region: Region): Service {
  return {
    name: "kms",
    protocol: "json",
    operations: {
      DescribeKey: handle(DescribeKeyCommand, ({ KeyId = "" }) => {
        const name = KeyId.replace(/^arn:aws:kms:[^:]*:\d*:(key\/)?/, "");
        const isEnabled = region.existing.kmsKeys.get(name);
        if (isEnabled === undefined) {
          throw new ServiceError("NotFoundException", `Key '${KeyId}' does not exist`);
        }
        const arn = `arn:aws:kms:${region.name}:${region.account}:key/${name}`;
        return {
          KeyMetadata: {
            KeyId: name,
            Arn: arn,
            Enabled: isEnabled,
            KeyState: isEnabled ? ("Enabled" as const) : ("Disabled" as const),
          },
        };
      }),
    },
  };
}
