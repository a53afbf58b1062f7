import { z } from "zod";
import type { UpdatePolicy } from "./meta.ts";
import {
  AWS,
  CIDR_EXPECTS,
  CLOUDS,
  cidrOrPrefixList,
  SECURITY_GROUPS_EXPECTS,
  securityGroupIds,
} from "./values.ts";

/** Security groups of a kind of node: its own, or more beside those that Sluice makes. */
export const securityGroupKeys = (update: UpdatePolicy) => ({
  SecurityGroups: securityGroupIds().optional().meta({
    description: "Security groups instead of those that Sluice makes; no rule is added to them.",
    update,
    providers: AWS,
    expects: SECURITY_GROUPS_EXPECTS,
  }),
  AdditionalSecurityGroups: securityGroupIds().optional().meta({
    description: "Security groups beside those that Sluice makes.",
    update,
    providers: AWS,
    expects: SECURITY_GROUPS_EXPECTS,
  }),
});

export const proxy = (update: UpdatePolicy, ofAddress = update) =>
  z
    .strictObject({
      HttpProxyAddress: z.string().min(1).optional().meta({
        description: "Proxy for outgoing HTTP and HTTPS, such as `https://10.0.0.4:8080`.",
        update: ofAddress,
      }),
    })
    .optional()
    .meta({
      description: "The way out of a network without internet access.",
      update,
      providers: CLOUDS,
    });

/** Queues and compute resources both have one; that of the compute resource counts. */
export const placementGroup = () =>
  z
    .strictObject({
      Enabled: z.boolean().optional().meta({
        description: "Whether machines are placed close together.",
        update: "MANAGED_PLACEMENT_GROUP",
        defaultText: "true with Id or Name, otherwise false",
      }),
      Id: z.string().min(1).optional().meta({
        description: "An existing placement group, by id.",
        update: "MANAGED_PLACEMENT_GROUP",
      }),
      Name: z.string().min(1).optional().meta({
        description: "An existing placement group, by name.",
        update: "MANAGED_PLACEMENT_GROUP",
      }),
    })
    .optional()
    .meta({
      description: "Machines close together, for jobs that talk a lot.",
      update: "MANAGED_PLACEMENT_GROUP",
      providers: CLOUDS,
    });

export const ssh = (policies: Record<"section" | "keyName" | "allowedIps", UpdatePolicy>) =>
  z
    .strictObject({
      KeyName: z.string().min(1).optional().meta({
        description: "Name of the key pair that may log in.",
        update: policies.keyName,
      }),
      AllowedIps: cidrOrPrefixList().optional().meta({
        description:
          "Addresses that may connect, as a CIDR or the id of a prefix list. Without it nobody from outside the cluster can; `0.0.0.0/0`, ParallelCluster's default, is the whole world.",
        update: policies.allowedIps,
        expects: CIDR_EXPECTS,
        defaultText: "none",
      }),
    })
    .optional()
    .meta({ description: "Access by SSH.", update: policies.section, providers: CLOUDS });

export const dcv = () =>
  z
    .strictObject({
      Enabled: z.boolean().optional().meta({
        description:
          "Whether a desktop can be opened there. Its port is opened and its licence allowed; DCV itself has to be in the image.",
        update: "UNSUPPORTED",
        defaultText: "false",
      }),
      Port: z.int().optional().meta({
        description: "TCP port of the desktop server.",
        update: "UNSUPPORTED",
        defaultText: "8443",
      }),
      AllowedIps: cidrOrPrefixList().optional().meta({
        description: "Addresses that may connect, as a CIDR or the id of a prefix list.",
        update: "SUPPORTED",
        expects: CIDR_EXPECTS,
        defaultText: "0.0.0.0/0",
      }),
    })
    .optional()
    .meta({ description: "Remote desktops by DCV.", update: "UNSUPPORTED", providers: AWS });
