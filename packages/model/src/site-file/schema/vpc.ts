import { z } from "zod";
import "../../cluster-file/schema/meta.ts";
import { AWS, SUBNET_EXPECTS, subnetId } from "../../cluster-file/schema/values.ts";

/** Which of the two it must be is said by checks, which know the provider. */
export const siteZone = () => z.string().regex(/^[a-z][a-z0-9-]{0,30}$/);
export const SITE_ZONE_EXPECTS = "the name of a zone, such as a, or eu-central-1a on aws";

/** The network of a site on AWS: one that is there, or one that is made. */
export const siteVpcSchema = z
  .strictObject({
    Id: z
      .string()
      .regex(/^vpc-[0-9a-z]{8}$|^vpc-[0-9a-z]{17}$/)
      .optional()
      .meta({
        description: "An existing network, of which Subnets names one subnet for each zone.",
        update: "UNSUPPORTED",
        expects: 'the id of a network, such as "vpc-0123456789abcdef0"',
        defaultText: "one that is made",
      }),
    Cidr: z.cidrv4().optional().meta({
      description:
        "Addresses of a network that is made: a private IPv4 range with a prefix of 16 to 24.",
      update: "UNSUPPORTED",
      expects: "a private IPv4 range such as 10.0.0.0/16",
      defaultText: "10.0.0.0/16, without Id",
    }),
    Subnets: z
      .array(
        z.strictObject({
          Zone: siteZone().meta({
            description: "Zone that the subnet is in.",
            update: "UNSUPPORTED",
            expects: SITE_ZONE_EXPECTS,
          }),
          SubnetId: subnetId().meta({
            description: "The subnet, for heads, servers and machines in that zone.",
            update: "UNSUPPORTED",
            expects: SUBNET_EXPECTS,
          }),
        }),
      )
      .default([])
      .meta({
        description: "Subnets of the existing network, one for each zone.",
        update: "UNSUPPORTED",
        defaultText: "required with Id",
      }),
  })
  .optional()
  .meta({
    description: "The network of the site.",
    update: "UNSUPPORTED",
    providers: AWS,
    defaultText: "one that is made",
  });
