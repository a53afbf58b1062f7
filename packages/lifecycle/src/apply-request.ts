import type { ApplyRequest } from "@sluice/cloud";
import { checkClusterName, SluiceError } from "@sluice/model";

/** What a cloud is given to make a cluster. Errors: `CLUSTER_NAME_INVALID`. */
export function requestOf({ name, config, configText, site }: ApplyRequest): ApplyRequest {
  const misnamed = checkClusterName(name);
  if (misnamed !== undefined) {
    throw new SluiceError("CLUSTER_NAME_INVALID", "user", misnamed.message, {
      hint: misnamed.suggestion,
    });
  }
  return { name, config, configText, ...(site === undefined ? {} : { site }) };
}
