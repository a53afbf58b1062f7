import { z } from "zod";
import "./meta.ts";
import {
  AWS,
  INSTANCE_TYPE_EXPECTS,
  instanceTypeName,
  SUBNET_EXPECTS,
  subnetId,
} from "./values.ts";
import { ZONE_EXPECTS, zoneName } from "./zones.ts";

/** A second head. Which one leads is settled by a lease, so both must fit either role. */
export const standby = z
  .strictObject({
    Zone: zoneName()
      .optional()
      .meta({
        description: "Zone of the second head.",
        update: "UNSUPPORTED",
        extension: true,
        providers: ["local"],
        expects: ZONE_EXPECTS,
        check: "ZoneValidator",
        defaultText: "the first one that is not the head's",
      }),
    SubnetId: subnetId().optional().meta({
      description: "Subnet of the second head, in another zone than the head's.",
      update: "UNSUPPORTED",
      extension: true,
      providers: AWS,
      expects: SUBNET_EXPECTS,
      defaultText: "one that Sluice makes; required with HeadNode.Networking.SubnetId",
    }),
    InstanceType: instanceTypeName().optional().meta({
      description: "Machine type of the second head.",
      update: "UNSUPPORTED",
      extension: true,
      expects: INSTANCE_TYPE_EXPECTS,
      defaultText: "that of the head",
    }),
  })
  .optional()
  .meta({
    description:
      "A second head in another zone, which takes over when the first is lost or given up.",
    update: "UNSUPPORTED",
    extension: true,
    byPresence: true,
    providers: ["local", "aws"],
    defaultText: "none",
  });
