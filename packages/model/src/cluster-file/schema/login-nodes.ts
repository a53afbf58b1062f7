import { z } from "zod";
import { customActionsWithUpdate } from "./custom-actions.ts";
import { loginIam } from "./iam.ts";
import "./meta.ts";
import { dcv, proxy, securityGroupKeys, ssh } from "./network-access.ts";
import {
  CLOUDS,
  IMAGE_EXPECTS,
  INSTANCE_TYPE_EXPECTS,
  imageId,
  instanceTypeName,
  RESOURCE_NAME_EXPECTS,
  resourceName,
  SUBNET_EXPECTS,
  subnetId,
} from "./values.ts";

const POOL = "LOGIN_NODES_POOL_STOP";

const pool = z.strictObject({
  Name: resourceName().meta({
    description: "Name of the pool, unique in the cluster.",
    update: POOL,
    expects: RESOURCE_NAME_EXPECTS,
    check: "NameValidator",
  }),
  InstanceType: instanceTypeName().meta({
    description: "Machine type of every login node of the pool.",
    update: POOL,
    expects: INSTANCE_TYPE_EXPECTS,
  }),
  Count: z.int().min(0).meta({
    description: "How many login nodes there are.",
    update: "SUPPORTED",
    expects: "a whole number from 0",
  }),
  GracetimePeriod: z.int().min(3).max(120).default(10).meta({
    description: "Minutes from telling the people on a login node that it goes to its end.",
    update: "SUPPORTED",
    expects: "minutes from 3 to 120",
  }),
  Image: z
    .strictObject({
      CustomAmi: imageId()
        .optional()
        .meta({
          description: "Machine image to boot instead of the cluster's.",
          update: POOL,
          providers: ["aws"],
          expects: IMAGE_EXPECTS,
        }),
    })
    .optional()
    .meta({ description: "What the login nodes boot.", update: POOL }),
  Networking: z
    .strictObject({
      SubnetIds: z
        .array(subnetId())
        .length(1)
        .optional()
        .meta({
          description: "The subnet of the pool; one.",
          update: POOL,
          expects: `a list with ${SUBNET_EXPECTS}`,
          defaultText: "one that Sluice makes on aws; required on azure",
        }),
      ...securityGroupKeys(POOL),
      Proxy: proxy(POOL, "SUPPORTED"),
    })
    .optional()
    .meta({
      description: "Where in the network the login nodes are.",
      update: POOL,
      defaultText: "required on azure",
    }),
  Ssh: ssh({ section: POOL, keyName: POOL, allowedIps: POOL }),
  Dcv: dcv(),
  CustomActions: customActionsWithUpdate(
    "Not run on login nodes: machines made after the update run the other two.",
  ),
  Iam: loginIam(),
});

export const loginNodesSchema = z
  .strictObject({
    Pools: z.array(pool).min(1).meta({
      description: "Groups of like login nodes.",
      update: "LOGIN_NODES_POOLS",
      expects: "a list of at least one pool",
    }),
  })
  .optional()
  .meta({
    description: "Machines that people log in to, apart from the head node.",
    update: "LOGIN_NODES_STOP",
    providers: CLOUDS,
  });
