import { CfnDeletionPolicy, type CfnResource } from "aws-cdk-lib/core";

/** What becomes of storage that the stack made: as the file says, once it has been in use. */
export function applyDeletionPolicy(
  resource: CfnResource,
  says: "Delete" | "Retain" | "Snapshot" | undefined,
): void {
  resource.cfnOptions.deletionPolicy =
    says === "Retain"
      ? CfnDeletionPolicy.RETAIN_EXCEPT_ON_CREATE
      : ((says ?? "Delete") as CfnDeletionPolicy);
  // What replaces storage is empty, so that the old one is never just dropped.
  resource.cfnOptions.updateReplacePolicy = CfnDeletionPolicy.RETAIN;
}
