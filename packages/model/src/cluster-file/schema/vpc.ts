import { z } from "zod";
import "./meta.ts";
import { AWS } from "./values.ts";

/** The network that Sluice makes for a cluster whose machines name no subnets. */
export const vpcSchema = z
  .strictObject({
    Cidr: z.cidrv4().default("10.0.0.0/16").meta({
      description: "Its addresses: a private IPv4 range with a prefix of 16 to 24.",
      update: "UNSUPPORTED",
      extension: true,
      expects: "a private IPv4 range such as 10.0.0.0/16",
    }),
    AvailabilityZones: z
      .array(z.string().regex(/^[a-z][a-z0-9-]*[a-z]$/))
      .min(2)
      .max(6)
      .optional()
      .meta({
        description: "Zones that it has subnets in, by name; two to six.",
        update: "UNSUPPORTED",
        extension: true,
        expects: "a list of two to six zones, such as [eu-central-1a, eu-central-1b]",
        defaultText: "the first two of the region",
      }),
    NatGateways: z.enum(["none", "one", "zone"]).default("one").meta({
      description:
        "Ways out to the internet for compute machines: none, one for all zones, or one in each zone.",
      update: "UNSUPPORTED",
      extension: true,
    }),
    Endpoints: z.boolean().default(false).meta({
      description:
        "Whether machines reach the services that they call by interface endpoints, which cost by the hour, instead of a NAT gateway. There is always a gateway endpoint for S3, which costs nothing.",
      update: "UNSUPPORTED",
      extension: true,
    }),
  })
  .optional()
  .meta({
    description:
      "The network that is made for the cluster when no machine of it names a subnet: public and private subnets in each zone.",
    update: "UNSUPPORTED",
    extension: true,
    providers: AWS,
    defaultText: "one with every default, when no subnet is named",
  });
