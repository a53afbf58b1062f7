import type { ResourceHandler } from "../handler.ts";
import { genericHandler } from "./generic.ts";
import { IMAGES } from "./images.ts";
import { MACHINES } from "./machines.ts";
import { MESSAGES } from "./messages.ts";
import { NETWORK } from "./network.ts";
import { RIGHTS } from "./rights.ts";
import { SECURITY_GROUPS } from "./security-groups.ts";

const HANDLERS: Readonly<Record<string, ResourceHandler>> = {
  ...NETWORK,
  ...SECURITY_GROUPS,
  ...MACHINES,
  ...IMAGES,
  ...RIGHTS,
  ...MESSAGES,
};

/** By resource type. @param special those that need more than the region's services. */
export function handlers(
  special: Readonly<Record<string, ResourceHandler>>,
): (type: string) => ResourceHandler {
  return (type) => {
    const name = type.startsWith("Custom::") ? "AWS::CloudFormation::CustomResource" : type;
    return special[name] ?? HANDLERS[name] ?? genericHandler(name);
  };
}
